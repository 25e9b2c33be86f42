"""A merged tree -> a Spec, or everything that is wrong with it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.spec import rules, services
from devenv.spec.model import ServiceResources, Spec
from devenv.spec.reading import collect
from devenv.spec.structs import Record, read_fields

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from devenv.errors import Fault
    from devenv.spec.reading import Faults
    from devenv.spec.yamlmap import Tree


def check(tree: Tree, source: FilePath) -> tuple[Spec | None, list[Fault]]:
    """Return the spec that `tree` holds and no faults, or None and all of them. Profiles must be merged already."""
    parts, faults = collect(tree, _read, form="a map of fields, `version: 1` first")
    return (None, faults) if parts is None else (Spec(**parts, source=source), [])


def _read(written: dict[str, Any], report: Faults) -> dict[str, Any]:
    fields = {name: value for name, value in written.items() if not name.startswith("x-")}
    parts, _ = read_fields(Spec, fields, (), report, also=("profiles",))
    if not parts.get("targets"):
        parts.pop("targets", None)
    _split_services(parts, report)
    rules.check(fields, parts, report)
    services.check(fields, parts, report)
    return parts


def _split_services(parts: dict[str, Any], report: Faults) -> None:
    """Take our own word `resources` out of each service, which keeps Compose's."""
    kind = Record(ServiceResources)
    taken: dict[str, ServiceResources] = {}
    words: dict[str, dict[str, Any]] = {}
    for name, service in parts.get("services", {}).items():
        words[name] = {key: value for key, value in service.items() if key != "resources"}
        if service.get("resources") is not None:
            taken[name] = kind.read(service["resources"], ("services", name, "resources"), report)
    parts["services"] = words
    parts["service_resources"] = taken
