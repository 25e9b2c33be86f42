"""The difference between what should be there and what is, service by service. Pure.

devenv compares hashes of its own (label `devenv.hash`, made by `devenv.render`), not Compose's: in those, what can
change on a running container (its CPUs, its memory) does not count, so that it is changed in place and never recreates.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from devenv.agent import cpulist
from devenv.render import labels
from devenv.sandbox.observe import finished

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devenv.agent.engine import Container

HASH_LABEL = "devenv.hash"


class Kind(StrEnum):
    """What a change does to the container it is about."""

    CREATE = "create"
    START = "start"
    IN_PLACE = "in-place"
    RECREATE = "recreate"
    REMOVE = "remove"


@dataclass(frozen=True)
class Change:
    """One difference: of which service, in which field, from what to what."""

    service: str
    kind: Kind
    field: str = ""
    before: Any = None
    after: Any = None

    def to_json(self) -> dict[str, Any]:
        """Return the form that `plan --json` prints."""
        return {
            "service": self.service,
            "change": str(self.kind),
            "field": self.field,
            "before": self.before,
            "after": self.after,
        }


def plan(
    wanted: Mapping[str, Mapping[str, Any]],
    seen: Mapping[str, Container],
    before: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[Change, ...]:
    """Return what must change so that `seen` becomes `wanted`.

    `wanted` maps services to their Compose data; `before` is the same as of the last `up`, if that is known: it only
    serves to name the fields in which a recreated service differs.
    """
    changes: list[Change] = []
    for service, body in wanted.items():
        container = seen.get(service)
        if container is None:
            changes.append(Change(service, Kind.CREATE))
        elif container.labels.get(HASH_LABEL) != labels.value(body["labels"], HASH_LABEL):
            changes += _recreate(service, body, (before or {}).get(service))
        else:
            changes += _running(service, body, container)
    changes += [Change(service, Kind.REMOVE) for service in seen if service not in wanted]
    return tuple(changes)


def _running(service: str, body: Mapping[str, Any], container: Container) -> Iterable[Change]:
    if container.state != "running" and not finished(container):
        yield Change(service, Kind.START, "state", container.state, "running")
    cpus = cpulist.parse(str(body.get("cpuset", "")))
    if cpus and cpus != container.cpuset:
        yield Change(service, Kind.IN_PLACE, "cpuset", list(container.cpuset), list(cpus))
    memory = body.get("mem_limit")
    if isinstance(memory, int) and memory != container.memory:
        yield Change(service, Kind.IN_PLACE, "memory", container.memory, memory)


def _recreate(service: str, body: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Change]:
    fields = [
        Change(service, Kind.RECREATE, field, (before or {}).get(field), body.get(field))
        for field in sorted({*body, *(before or {})} - {"labels"})
        if before is not None and before.get(field) != body.get(field)
    ]
    return fields or [Change(service, Kind.RECREATE, "configuration")]
