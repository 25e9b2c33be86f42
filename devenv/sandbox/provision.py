"""The commands that a spec's `provision` lists, run once in each container that is made."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from devenv import errors, process
from devenv.sandbox import inside

if TYPE_CHECKING:
    from devenv.sandbox.desired import Desired
    from devenv.sandbox.observe import Observed
    from devenv.sandbox.progress import Phases
    from devenv.sandbox.record import Record

_LAST_LINES = 8


def key(want: Desired, seen: Observed) -> str:
    """Return what tells whether provisioning has been done: the container it was done in, and the commands."""
    words = "\0".join([seen.main.id if seen.main else "", *want.spec.provision])
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def run(want: Desired, seen: Observed, before: Record | None, phases: Phases) -> None:
    """Run the commands in order, unless they have all succeeded in this very container.

    Raises:
        PartlyDone: one failed; the sandbox runs, and the next `up` begins with the first again.
    """
    main = seen.main
    if main is None or (before is not None and before.provisioned == key(want, seen)):
        return
    for command in want.spec.provision:
        phases.line(command)
        try:
            process.stream(inside.argv(main, ["sh", "-c", command], tty=False), phases.line)
        except errors.CommandFailed as error:
            said = "\n".join(error.output.strip().splitlines()[-_LAST_LINES:])
            raise errors.PartlyDone(
                f"the sandbox runs, but provision `{command}` ended with code {error.returncode}:\n{said}",
                hint="mend the command and `devenv up` again: provisioning is repeated until it has succeeded",
            ) from error
