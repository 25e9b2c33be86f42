"""Sandboxes for the figures to be taken on: a state of their own, made and removed within one `with`.

They have their own `DEVENV_HOME`, so that a figure never touches what the user has; cores that the user's sandboxes
hold are seen and avoided all the same, as those of any other container are.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv import process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEVENV = str(Path(sys.executable).parent / "devenv")


@dataclass
class Rig:
    """A folder with a spec per sandbox, and the sandboxes made from them."""

    folder: Path
    names: list[str] = field(default_factory=list)

    def write(self, name: str, spec: Mapping[str, Any]) -> Path:
        """Write the spec of a sandbox (JSON is YAML) and return its file."""
        path = self.folder / name / "devenv.yaml"
        path.parent.mkdir()
        path.write_text(json.dumps({"version": 1, "name": name, **spec}))
        self.names.append(name)
        return path

    def up(self, path: Path) -> dict[str, Any]:
        """Make the sandbox of a spec and return what `--json` says about it."""
        done = process.run([DEVENV, "up", "--json", "-f", str(path)])
        sandbox: dict[str, Any] = json.loads(done.stdout)["data"]["sandbox"]
        return sandbox

    def destroy(self, name: str) -> None:
        """Remove a sandbox, whether it is there or not."""
        process.run([DEVENV, "destroy", "--yes", name], check=False)

    def container(self, sandbox: Mapping[str, Any]) -> str:
        """Return the id of a sandbox's main container."""
        labels = [f"label=devenv.id={sandbox['id']}", "label=devenv.role=sandbox"]
        filters = [word for label in labels for word in ("--filter", label)]
        return process.run(["docker", "ps", "--quiet", *filters]).stdout.strip()


@contextlib.contextmanager
def rig() -> Iterator[Rig]:
    """Yield a fresh rig; its sandboxes are gone afterwards, also after an error."""
    with tempfile.TemporaryDirectory(prefix="devenv-bench-") as name:
        folder = Path(name)
        before = os.environ.get("DEVENV_HOME")
        os.environ["DEVENV_HOME"] = str(folder / "state")
        made = Rig(folder)
        try:
            yield made
        finally:
            for sandbox in made.names:
                made.destroy(sandbox)
            if before is None:
                del os.environ["DEVENV_HOME"]
            else:
                os.environ["DEVENV_HOME"] = before
