"""The rules between fields: what one kind alone cannot see. Each reports all that breaks it. Pure.

A rule looks at `fields`, what was written, and at `parts`, what of it could be read: a field that is wrong by itself
is missing from `parts`, so that one mistake is not reported twice.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from devenv.spec.kinds import did_you_mean, one_of

if TYPE_CHECKING:
    from devenv.spec.kinds import Report

RESERVED_PORTS = ("minio", "minio-console")
"""Names in a lease that belong to MinIO's own ports."""

_BASES = ("box", "image", "build")
_PROBES = ("http", "tcp", "command")


def check(fields: dict[str, Any], parts: dict[str, Any], report: Report) -> None:
    """Report every rule that is broken."""
    _one_base(fields, report)
    _ports(fields, parts, report)
    _health(fields, report)
    _idle(fields, report)
    _minio(fields, report)
    _secrets(parts, report)
    _default_target(fields, parts, report)


def _given(value: Any, *names: str) -> list[str]:
    return [name for name in names if isinstance(value, dict) and value.get(name) is not None]


def _one_base(fields: dict[str, Any], report: Report) -> None:
    given = _given(fields, *_BASES)
    if not given:
        report.fault((), "needs one of box, image or build; `box: base` is the smallest")
    for extra in given[1:]:
        said = f"cannot stand beside {given[0]}: a sandbox is made from one of box, image or build"
        report.fault((extra,), said, at_key=True)


def _ports(fields: dict[str, Any], parts: dict[str, Any], report: Report) -> None:
    ports, written = parts.get("ports", ()), fields.get("ports")
    if not isinstance(written, list) or len(ports) != len(written):
        return  # some could not be read: the places of the others are not known
    taken: dict[tuple[int, str], str] = {}
    for index, port in enumerate(ports):
        if port.name in RESERVED_PORTS:
            report.fault(("ports", index, "name"), f"is reserved for MinIO's own ports; got {port.name}")
        try:
            address = ipaddress.ip_address(port.bind)
        except ValueError:
            report.fault(("ports", index, "bind"), f'must be an IP address such as 127.0.0.1; got "{port.bind}"')
            continue
        if port.host is None:
            continue
        # 0.0.0.0 takes the number on every address.
        same = [name for (number, bind), name in taken.items() if number == port.host and _meet(bind, str(address))]
        if same:
            report.fault(("ports", index, "host"), f"is {port.host}, which port {same[0]} has already")
        taken[port.host, str(address)] = port.name


def _meet(one: str, other: str) -> bool:
    return one == other or bool({one, other} & {"0.0.0.0", "::"})  # noqa: S104 -- compared with, not bound to


def _health(fields: dict[str, Any], report: Report) -> None:
    health = fields.get("health")
    given = _given(health, *_PROBES)
    if isinstance(health, dict) and not given:
        report.fault(("health",), f"needs one of {one_of(_PROBES)}, such as http: 8000/healthz")
    for extra in given[1:]:
        report.fault(("health", extra), f"cannot stand beside {given[0]}: one check decides", at_key=True)


def _idle(fields: dict[str, Any], report: Report) -> None:
    idle = fields.get("idle")
    if isinstance(idle, dict) and not _given(idle, "stop_after", "max_lifetime"):
        report.fault(("idle",), "needs stop_after, max_lifetime or both")


def _minio(fields: dict[str, Any], report: Report) -> None:
    minio = fields.get("minio")
    if _given(minio, "external"):
        said = "cannot stand beside external: with a store of one's own no MinIO is started"
        for extra in _given(minio, "image", "resources"):
            report.fault(("minio", extra), said, at_key=True)


def _secrets(parts: dict[str, Any], report: Report) -> None:
    env = parts.get("env", {})
    for secret in parts.get("secrets", ()):
        if secret.name in env:
            report.fault(("env", secret.name), "is a secret, too; its value must not stand in the spec", at_key=True)


def _default_target(fields: dict[str, Any], parts: dict[str, Any], report: Report) -> None:
    chosen = parts.get("default_target")
    targets = fields.get("targets")
    names = list(targets) if targets and isinstance(targets, dict) else ["laptop"]
    if chosen is not None and chosen not in names:
        hint = did_you_mean(chosen, names)
        report.fault(("default_target",), f"must be {one_of(sorted(names))}; got {chosen}{hint}")
