"""Carries a plan out: others make room, what runs changes in place, what must go goes, Compose makes the rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from devenv import errors, locations
from devenv.hosts import docker
from devenv.hosts.compose import Compose
from devenv.sandbox import record
from devenv.sandbox.observe import finished, observe
from devenv.sandbox.plan import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from devenv.agent.engine import Container
    from devenv.hosts.host import Host
    from devenv.sandbox.desired import Desired
    from devenv.sandbox.observe import Observed
    from devenv.sandbox.plan import Change

# Roles of containers that live in the pool of unleased CPUs; a main container that is not dedicated does, too.
_POOLED = ("minio", "service")
_POLL_S = 0.1
# A command that cannot work (a wrong path, a missing module) ends within this; without a health check only that tells.
_SETTLED_S = 0.5
_LOG_LINES = 8


def compose(desired: Desired) -> Compose:
    """Return Compose for this sandbox's rendered files, in the folder that its words are relative to."""
    file = locations.sandbox_dir(desired.who.name) / record.COMPOSE
    return Compose(desired.who.project, file, desired.spec.folder)


def write_files(desired: Desired) -> None:
    """Put the rendered files where Compose reads them."""
    for path, text in desired.files.items():
        record.write(locations.sandbox_dir(desired.who.name) / path, text)


def make_room(host: Host, pool: Sequence[int], *, but: str = "") -> list[str]:
    """Narrow or widen every container that lives in the pool to `pool`; return the names of those changed.

    Live for those that run; those that are stopped come back in the pool. Called before a sandbox starts on newly
    leased CPUs, so that nobody is on them, and after a release. `but` is the sandbox whose plan sees to its own.
    """
    changed = []
    leases = {lease.sandbox: lease for lease in host.ledger.leases()}
    for container in host.containers():
        lease = leases.get(container.labels.get("devenv.id", ""))
        # Without a lease here it is in the ledger of another home, whose pool is not ours to know.
        if lease is None or lease.sandbox == but or container.cpuset == tuple(pool):
            continue
        if lease.dedicated and container.labels.get("devenv.role") not in _POOLED:
            continue
        docker.limit(container.id, cpus=pool)
        changed.append(container.name)
    return changed


def apply(desired: Desired, changes: Sequence[Change], seen: Observed, on_line: Callable[[str], None]) -> None:
    """Make the changes of a plan. Safe to repeat after an interruption anywhere: the next plan holds what is left."""
    for service, container in seen.containers.items():
        mine = [change for change in changes if change.service == service and change.kind == Kind.IN_PLACE]
        if mine:
            after = {change.field: change.after for change in mine}
            docker.limit(container.id, cpus=after.get("cpuset"), memory=after.get("memory"))
    doomed = {change.service for change in changes if change.kind in (Kind.RECREATE, Kind.REMOVE)}
    if doomed:
        docker.remove_containers([seen.containers[service].id for service in sorted(doomed)], on_line)
    made = doomed | {change.service for change in changes if change.kind == Kind.CREATE}
    if made or any(change.kind == Kind.START for change in changes):
        compose(desired).up(on_line, build=any("build" in desired.services.get(service, {}) for service in made))


def wait_healthy(host: Host, sandbox_id: str, services: Iterable[str], *, seconds: float) -> Observed:
    """Wait until every service runs, is healthy where it has a check, or has ended with 0 where it is a one-shot.

    Our own loop, not `up --wait`: that one fails when a one-shot service ends with 0 (docker/compose#10596).

    Raises:
        Unhealthy: one ended, or was not ready in time; says which, and the last lines it printed.
    """
    begun = time.monotonic()
    deadline = begun + seconds
    while True:
        seen = observe(host, sandbox_id)
        settled = time.monotonic() - begun >= _SETTLED_S
        waiting = [name for name in services if not _ready(seen.containers.get(name), settled=settled)]
        if not waiting:
            return seen
        for name in waiting:
            container = seen.containers.get(name)
            if container is not None and container.state in ("exited", "dead"):
                raise _ended(name, container)
        if time.monotonic() > deadline:
            raise _late(waiting, seen, seconds)
        time.sleep(_POLL_S)


def last_lines(container: Container) -> str:
    """Return the last lines a container printed, to stand in an error."""
    from devenv import process  # noqa: PLC0415 -- only for errors

    said = process.run(["docker", "logs", "--tail", str(_LOG_LINES), container.id], check=False, timeout=10)
    return "\n".join((said.stdout + said.stderr).strip().splitlines()[-_LOG_LINES:])


def _ready(container: Container | None, *, settled: bool) -> bool:
    if container is None:
        return False
    if finished(container):
        return True
    return container.state == "running" and (container.health == "healthy" or (container.health is None and settled))


def _ended(name: str, container: Container) -> errors.Unhealthy:
    lines = last_lines(container)
    said = f"; it said:\n{lines}" if lines else "; it printed nothing"
    return errors.Unhealthy(
        f"service '{name}' ended with code {container.exit_code}{said}",
        hint="`devenv logs` shows all of it; mend the cause and `devenv up` again",
    )


def _late(waiting: Sequence[str], seen: Observed, seconds: float) -> errors.Unhealthy:
    words = []
    for name in waiting:
        container = seen.containers.get(name)
        state = "absent" if container is None else container.health or container.state
        probe = f" ({container.health_log[-1][:200]})" if container is not None and container.health_log else ""
        words.append(f"'{name}' is {state}{probe}")
    return errors.Unhealthy(
        f"not healthy within {seconds:.0f} s: {'; '.join(words)}",
        hint="`devenv logs` shows why; --timeout gives it longer",
    )
