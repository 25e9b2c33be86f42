"""Rules for `services`: Compose's words, the names they refer to, and what one host cannot give or must not. Pure.

What is refused here would break a promise of the sandbox and not just be unusual: a lease must stay exclusive, and a
sandbox runs one container of each service. `network_mode: host`, `pid: host` and `privileged` without a GPU lease are
the user's to choose; `devenv plan` says what they weaken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devenv.spec import composewords
from devenv.spec.kinds import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.spec.kinds import Path, Report

RESERVED = ("sandbox", "minio")
"""Names of the services that every sandbox has of its own."""

_SECTIONS = {"volumes": "volume", "networks": "network", "secrets": "secret", "configs": "config"}
_VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_GPU_DEVICE = re.compile(r"/dev/(nvidia|kfd)|[a-z.]+/gpu=")  # device nodes of NVIDIA and AMD; CDI names
_ALWAYS_THERE = {"networks": {"default"}}


def check(fields: dict[str, Any], parts: dict[str, Any], report: Report) -> None:
    """Report what is wrong with the services and with Compose's other sections."""
    services: dict[str, dict[str, Any]] = parts.get("services", {})
    sections = _sections(fields, report)
    leases_gpus = getattr(parts.get("resources"), "gpus", None) is not None
    names = set(services)
    if fields.get("minio") is not False and not getattr(parts.get("minio"), "external", None):
        names.add("minio")
    for name, service in services.items():
        path: Path = ("services", name)
        if name in RESERVED:
            report.fault(path, "is a name that every sandbox uses itself; take another", at_key=True)
        composewords.check(service, "service", path, report)
        if not any(service.get(key) for key in ("image", "build", "extends", "provider")):
            report.fault(path, "needs an image or a build", at_key=True)
        _promises(service, path, report, leases_gpus=leases_gpus)
        _neighbours(service, path, names, report)
        for section, where, used in _used(service):
            known = sections[section] | _ALWAYS_THERE.get(section, set())
            if used not in known and "$" not in used:
                hint = did_you_mean(used, known) or f"; add it under compose.{section}"
                report.fault((*path, *where), f"uses {shown(used)}, which is not in compose.{section}{hint}")


def _sections(fields: dict[str, Any], report: Report) -> dict[str, set[str]]:
    compose = fields.get("compose")
    found: dict[str, set[str]] = {}
    for section, definition in _SECTIONS.items():
        written = compose.get(section) if isinstance(compose, dict) else None
        entries = written if isinstance(written, dict) else {}
        found[section] = set(entries)
        for name, entry in entries.items():
            if isinstance(entry, dict):
                composewords.check(entry, definition, ("compose", section, name), report)
    return found


def _promises(service: dict[str, Any], path: Path, report: Report, *, leases_gpus: bool) -> None:
    deploy = service["deploy"] if isinstance(service.get("deploy"), dict) else {}
    if service.get("privileged") not in (None, False, "false") and leases_gpus:
        report.fault((*path, "privileged"), "is refused beside a GPU lease: it sees every GPU of the host")
    if service.get("cpuset"):
        said = "is refused: devenv gives services the cores that nobody has leased; set resources.cpus instead"
        report.fault((*path, "cpuset"), said)
    counts: list[tuple[Path, Any]] = [
        (("scale",), service.get("scale")),
        (("deploy", "replicas"), deploy.get("replicas")),
    ]
    for where, count in counts:
        if isinstance(count, int) and count > 1:
            report.fault((*path, *where), f"must be 1: a sandbox runs one container of each service; got {count}")
    for index, device in enumerate(_list(service, "devices")):
        name = device.get("source") if isinstance(device, dict) else device
        if isinstance(name, str) and _GPU_DEVICE.match(name):
            report.fault((*path, "devices", index), f"is refused: the lease decides which GPU; got {shown(name)}")
    if not leases_gpus:
        for where in _gpu_requests(service, deploy):
            report.fault((*path, *where), "takes a GPU that no lease covers; ask for it with resources.gpus")


def _gpu_requests(service: dict[str, Any], deploy: dict[str, Any]) -> Iterator[Path]:
    for word in ("gpus", "runtime"):
        if service.get(word) and (word == "gpus" or service[word] == "nvidia"):
            yield (word,)
    resources = deploy["resources"] if isinstance(deploy.get("resources"), dict) else {}
    reservations = resources["reservations"] if isinstance(resources.get("reservations"), dict) else {}
    for index, device in enumerate(_list(reservations, "devices")):
        if isinstance(device, dict) and "gpu" in _list(device, "capabilities"):
            yield ("deploy", "resources", "reservations", "devices", index)


def _list(words: dict[str, Any], name: str) -> list[Any]:
    found = words.get(name)
    return found if isinstance(found, list) else []


def _neighbours(service: dict[str, Any], path: Path, names: set[str], report: Report) -> None:
    for where, used in _named(service):
        if "$" in used:
            continue
        if used == path[-1]:
            report.fault((*path, *where), "is the service itself")
        elif used not in names:
            why = "the sandbox starts after its services" if used == "sandbox" else "is not a service here"
            report.fault((*path, *where), f"{shown(used)}: {why}{did_you_mean(used, names)}")


def _named(service: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield where a service names another one, and its name."""
    depends = service.get("depends_on")
    if isinstance(depends, list):
        yield from ((("depends_on", index), name) for index, name in enumerate(depends) if isinstance(name, str))
    elif isinstance(depends, dict):
        yield from ((("depends_on", name), name) for name in depends)
    for word in ("network_mode", "pid", "ipc"):
        value = service.get(word)
        if isinstance(value, str) and value.startswith("service:"):
            yield (word,), value.removeprefix("service:")
    for word in ("links", "volumes_from"):
        for index, entry in enumerate(_list(service, word)):
            if isinstance(entry, str) and not entry.startswith("container:"):
                yield (word, index), entry.split(":")[0]
    extends = service.get("extends")
    if isinstance(extends, dict) and not extends.get("file") and isinstance(extends.get("service"), str):
        yield ("extends", "service"), extends["service"]


def _used(service: dict[str, Any]) -> Iterator[tuple[str, Path, str]]:
    """Yield the section, the place and the name of each volume, network, secret and config a service uses."""
    for section in ("secrets", "configs", "networks"):
        entries = service.get(section)
        if isinstance(entries, dict):
            yield from ((section, (section, name), name) for name in entries)
            continue
        for index, entry in enumerate(_list(service, section)):
            name = entry.get("source") if isinstance(entry, dict) else entry
            if isinstance(name, str):
                yield section, (section, index), name
    for index, entry in enumerate(_list(service, "volumes")):
        if isinstance(entry, dict):
            source = entry.get("source") if entry.get("type") == "volume" else None
        else:
            source = entry.split(":")[0] if isinstance(entry, str) and ":" in entry else None
        if isinstance(source, str) and _VOLUME_NAME.fullmatch(source):
            yield "volumes", ("volumes", index), source
