"""A merged tree -> a Spec, or everything that is wrong with it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.spec import rules, services
from devenv.spec.kinds import shown
from devenv.spec.merge import find, plain
from devenv.spec.model import ServiceResources, Spec
from devenv.spec.structs import Record, read_fields
from devenv.spec.yamlmap import fault_at

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from devenv.errors import Fault
    from devenv.spec.kinds import Path
    from devenv.spec.yamlmap import Tree

MOST_FAULTS = 100
"""More than these help nobody, and a hostile file could have thousands, each with a costly did-you-mean."""


class Enough(Exception):
    """There are faults enough; the search for more ends."""


class Faults:
    """Collects what is wrong, each with the place in the file that said it. See `kinds.Report`."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found: list[Fault] = []

    def fault(self, path: Path, message: str, *, at_key: bool = False) -> None:
        """Note a fault at the value of `path`, at its key, or where it is missing from.

        Raises:
            Enough: there are as many as anybody reads.
        """
        if len(self.found) >= MOST_FAULTS:
            raise Enough
        tree, taken, key = find(self.tree, path)
        mark = key if key is not None and (at_key or taken < len(path)) else tree.mark
        self.found.append(fault_at(mark, path, message))

    def written(self, path: Path) -> str | None:
        """Return the plain scalar at `path` letter by letter, or the short form that the field was made from."""
        tree, _, _ = find(self.tree, path)
        return tree.written


def check(tree: Tree, source: FilePath) -> tuple[Spec | None, list[Fault]]:
    """Return the spec that `tree` holds and no faults, or None and all of them. Profiles must be merged already."""
    report = Faults(tree)
    data = plain(tree)
    if not isinstance(data, dict):
        report.fault((), f"must be a map of fields, `version: 1` first; got {shown(data)}")
        return None, report.found
    fields = {name: value for name, value in data.items() if not name.startswith("x-")}
    try:
        parts = _read(fields, report)
    except Enough:
        return None, [*report.found, fault_at(tree.mark, (), f"has more faults than these {MOST_FAULTS}")]
    return (None, report.found) if report.found else (Spec(**parts, source=source), [])


def _read(fields: dict[str, Any], report: Faults) -> dict[str, Any]:
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
