"""What the containers of a sandbox have printed, merged by time. The engine stamps each line; we only sort."""

from __future__ import annotations

import heapq
import queue
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv import errors, process
from devenv.sandbox.observe import observe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devenv.agent.engine import Container
    from devenv.hosts.host import Host
    from devenv.identity import Identity


# What `docker logs --since` takes: a duration as Go writes it, seconds since 1970, or a date and a time.
_SINCE = re.compile(
    r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+|\d+(\.\d+)?"
    r"|\d{4}-\d\d-\d\d(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?)?(Z|[+-]\d\d:\d\d)?"
)


@dataclass(frozen=True, order=True)
class Line:
    """One line: when (RFC 3339, UTC, nanoseconds: sorts as text), of which service, and what."""

    time: str
    service: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return one object of the JSON form."""
        return {"time": self.time, "service": self.service, "text": self.text}

    def to_text(self) -> str:
        """Return the line as people read it."""
        return f"{self.time[11:23]} {self.service.ljust(8)} {self.text}"


def read(
    host: Host,
    who: Identity,
    *,
    services: Sequence[str] = (),
    since: str | None = None,
    tail: int | None = None,
    follow: bool = False,
) -> Iterator[Line]:
    """Yield the lines of a sandbox's services (all, if none is named), oldest first; with `follow` as they come.

    Raises:
        UsageFault: `since` is not what the engine takes for a time.
        NotFound: there is no such sandbox, or no such service in it.
    """
    if since is not None and not _SINCE.fullmatch(since):
        raise errors.UsageFault(f"--since: '{since}' is no time", hint="e.g. 10m, 1h30m or 2026-01-31T08:00:00Z")
    containers = observe(host, who.id).containers
    if not containers:
        raise errors.NotFound(f"there is no sandbox '{who.name}'", hint="`devenv up` makes it; `devenv list` shows all")
    for service in services:
        if service not in containers:
            hint = f"it has {', '.join(sorted(containers))}"
            raise errors.NotFound(f"'{who.name}' has no service '{service}'", hint=hint)
    flags = [
        "--timestamps",
        *(["--since", since] if since else []),
        *(["--tail", str(tail)] if tail is not None else []),
    ]
    chosen = {name: containers[name] for name in (services or sorted(containers))}
    if follow:
        return _followed(chosen, [*flags, "--follow"])
    return heapq.merge(*(_past(name, container, flags) for name, container in chosen.items()))


def _past(service: str, container: Container, flags: list[str]) -> list[Line]:
    done = process.run(["docker", "logs", *flags, container.id], check=False)
    return sorted(_parsed(service, raw) for raw in (done.stdout + done.stderr).splitlines())


def _followed(containers: dict[str, Container], flags: list[str]) -> Iterator[Line]:
    lines: queue.SimpleQueue[Line | None] = queue.SimpleQueue()

    def follow(service: str, container: Container) -> None:
        process.stream(
            ["docker", "logs", *flags, container.id], lambda raw: lines.put(_parsed(service, raw)), check=False
        )
        lines.put(None)

    for item in containers.items():
        threading.Thread(target=follow, args=item, daemon=True).start()
    ended = 0
    while ended < len(containers):
        line = lines.get()
        if line is None:
            ended += 1
        else:
            yield line


def _parsed(service: str, raw: str) -> Line:
    time, _, text = raw.partition(" ")
    return Line(time, service, text)
