"""A YAML file -> a checked record of kinds, or everything that is wrong with it.

devenv.yaml and box.yaml are both read by this. It must not know what either of them says: the record (a frozen
dataclass, see `devenv.spec.structs`) and rules between its fields come from the caller.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from devenv.errors import NotFound, SpecInvalid
from devenv.spec.kinds import shown
from devenv.spec.merge import find, plain
from devenv.spec.structs import read_fields
from devenv.spec.yamlmap import MOST_BYTES, decode, fault_at, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.errors import Fault
    from devenv.spec.kinds import Path as Steps
    from devenv.spec.kinds import Report
    from devenv.spec.yamlmap import Tree

MOST_FAULTS = 100
"""More than these help nobody, and a hostile file could have thousands, each with a costly did-you-mean."""

_T = TypeVar("_T")


class Enough(Exception):
    """There are faults enough; the search for more ends."""


class Faults:
    """Collects what is wrong, each with the place in the file that said it. See `kinds.Report`."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found: list[Fault] = []

    def fault(self, path: Steps, message: str, *, at_key: bool = False) -> None:
        """Note a fault at the value of `path`, at its key, or where it is missing from.

        Raises:
            Enough: there are as many as anybody reads.
        """
        if len(self.found) >= MOST_FAULTS:
            raise Enough
        tree, taken, key = find(self.tree, path)
        mark = key if key is not None and (at_key or taken < len(path)) else tree.mark
        self.found.append(fault_at(mark, path, message))

    def written(self, path: Steps) -> str | None:
        """Return the plain scalar at `path` letter by letter, or the short form that the field was made from."""
        tree, _, _ = find(self.tree, path)
        return tree.written


def read(cls: type[_T], path: Path, *, rules: Callable[[_T, Report], None], hint: str, **given: Any) -> _T:
    """Return the record that a file holds.

    Args:
        cls: what to read; a field of it without a kind is not the author's to write, and comes from `given`.
        path: the file.
        rules: reports what no kind can see, once every field is right by itself.
        hint: what to do when there is no such file, or nothing in it.
        given: values of other fields.

    Raises:
        SpecInvalid: something in it is wrong; carries every fault with its file, line and column.
        NotFound: there is no such file.
    """

    def made(fields: dict[str, Any], report: Faults) -> _T | None:
        parts, _ = read_fields(cls, fields, (), report)
        if report.found:
            return None
        record = cls(**parts, **given)
        rules(record, report)
        return record

    tree, faults = read_tree(path, hint=hint)
    record, found = collect(tree, made, form="a map of fields")
    if record is None or faults:
        raise SpecInvalid([*faults, *found])
    return record


def collect(
    tree: Tree, make: Callable[[dict[str, Any], Faults], _T | None], *, form: str
) -> tuple[_T | None, list[Fault]]:
    """Return what `make` makes of a tree's map and no faults, or None and all of them. Pure."""
    report = Faults(tree)
    data = plain(tree)
    if not isinstance(data, dict):
        report.fault((), f"must be {form}; got {shown(data)}")
        return None, report.found
    try:
        made = make(data, report)
    except Enough:
        return None, [*report.found, fault_at(tree.mark, (), f"has more faults than these {MOST_FAULTS}")]
    return (None, report.found) if report.found else (made, [])


def read_tree(path: Path, *, hint: str) -> tuple[Tree, list[Fault]]:
    """Return what a file holds, and what is wrong with its YAML but does not stop the reading.

    Raises:
        SpecInvalid: it is not YAML, or nothing at all (then with `hint`).
        NotFound: there is no such file (with `hint`).
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}", hint=hint) from None
    except OSError as error:
        raise NotFound(f"cannot read {path}: {error.strerror}") from None
    shown_as = _shown(path)
    return parse(decode(raw, shown_as), shown_as, if_empty=hint)


def _shown(path: Path) -> str:
    # As short as an editor or a terminal can follow it: relative where it is below this folder.
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return os.fspath(path)
