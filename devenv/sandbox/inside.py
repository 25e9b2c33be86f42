"""Commands inside a running sandbox: once on a terminal, or as a job whose run time is recorded."""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from devenv import errors, locations, process
from devenv.sandbox.observe import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devenv.agent.engine import Container
    from devenv.hosts.host import Host
    from devenv.identity import Identity

JOBS = "jobs.jsonl"


@dataclass(frozen=True)
class Job:
    """One command that was run inside: when, for how long, and how it ended."""

    command: list[str]
    started_at: str
    seconds: float
    exit_code: int
    cpus: list[int]

    def to_json(self) -> dict[str, Any]:
        """Return the last line of `run --json`."""
        return asdict(self)


def running(host: Host, who: Identity) -> Container:
    """Return the sandbox's container.

    Raises:
        NotFound: there is no such sandbox, or it is not running; says what to do.
    """
    main = observe(host, who.id).main
    if main is None:
        raise errors.NotFound(f"there is no sandbox '{who.name}'", hint="`devenv up` makes it; `devenv list` shows all")
    if main.state != "running":
        raise errors.NotFound(f"'{who.name}' is not running ({main.state})", hint="`devenv start` starts it")
    return main


def argv(container: Container, command: Sequence[str], *, tty: bool, stdin: bool = False) -> list[str]:
    """Return the `docker exec` that runs `command` in a container, through the box's entry point where it has one.

    The entry point hands the sandbox's secrets on to the command's environment.
    """
    flags = [*(["--interactive"] if stdin else []), *(["--tty"] if tty else [])]
    entry = ["devenv-entry"] if "devenv.box" in container.labels else []
    return ["docker", "exec", *flags, container.id, *entry, *command]


def run(host: Host, who: Identity, command: Sequence[str], on_line: Callable[[str], None]) -> Job:
    """Run a command inside, hand its lines to `on_line`, and record how long it took."""
    container = running(host, who)
    started = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    clock = time.perf_counter()
    code = process.stream(argv(container, command, tty=False), on_line, check=False)
    seconds = round(time.perf_counter() - clock, 3)
    job = Job(list(command), started, seconds, code, list(container.cpuset))
    with (locations.private(locations.sandbox_dir(who.name)) / JOBS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(job.to_json()) + "\n")
    return job
