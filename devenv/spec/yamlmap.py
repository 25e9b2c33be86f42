"""YAML text -> a tree of plain values in which every value and key knows its line and column. Bounded.

A file is data from strangers. Size, depth and the number of values (aliases expanded) are limited, tags are refused,
keys must be text and stand once. `<<` merges maps as in YAML 1.1 and in Compose: a map's own keys win, then the
first of the maps it takes in. Scalars mean what `devenv.spec.resolve` says.

The parser's events are read one by one, so that a bomb is met by the limits and not by the parser's recursion.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from devenv.errors import Fault, SpecInvalid
from devenv.spec.paths import dotted
from devenv.spec.resolve import Scalar, resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from devenv.spec.kinds import Path

MOST_BYTES = 512 * 1024
MOST_DEPTH = 40
MOST_VALUES = 10_000

# libyaml's parser where PyYAML was built with it (all wheels are), else PyYAML's own: slower, the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# C0 controls but tab and newlines, DEL and C1 but NEL, lone surrogates: YAML has no place for them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

# What the parser says -> what to do about it.
_ADVICE = {
    "mapping values are not allowed": "a text that holds `: ` needs quotes",
    "could not find expected ':'": "a key needs `: ` after it, and a list item `- ` before it",
    "did not find expected key": "look at the indentation, and for a quote that does not end",
    "cannot start any token": "indent with spaces, not tabs; a text that starts with @, % or ` needs quotes",
    "did not find expected '-' indicator": "look at the indentation",
    "did not find expected ',' or": "a [ or { is not closed",
    "unexpected end of stream": "a quote is not closed",
}


@dataclass(frozen=True)
class Mark:
    """A place in a file. `line` and `col` count from 1."""

    file: str
    line: int = 1
    col: int = 1


@dataclass(frozen=True)
class Tree:
    """A value and its place. `value` is a scalar, a dict of trees or a list of trees; `keys` are the keys' places.

    `written` is a plain scalar letter by letter. `size` counts the values in it with aliases expanded, `depth` how
    deep they go.
    """

    value: Scalar | dict[str, Tree] | list[Tree]
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)
    written: str | None = None
    size: int = 1
    depth: int = 1


def fault_at(mark: Mark, path: Path, message: str) -> Fault:
    """Return a fault at a place; letters that a terminal would act on are escaped, for the text is a stranger's."""
    if not message.isprintable():
        message = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in message)
    return Fault(mark.file, mark.line, mark.col, dotted(path), message)


def decode(raw: bytes, file: str) -> str:
    """Return the text of a file, without its byte order mark.

    Raises:
        SpecInvalid: it is too long, not UTF-8, or has characters that YAML does not allow.
    """
    if len(raw) > MOST_BYTES:
        raise _invalid(Mark(file), f"is {len(raw)} bytes long; at most {MOST_BYTES} are read")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _invalid(Mark(file), "is UTF-16 or UTF-32; save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise _invalid(_mark_after(before, file), f"is not UTF-8: byte 0x{raw[error.start]:02x}") from None
    found = _UNPRINTABLE.search(text)
    if found:
        where = _mark_after(text[: found.start()], file)
        hint = "; save it as UTF-8" if found[0] == "\0" else ""
        raise _invalid(where, f"has the character U+{ord(found[0]):04X}, which YAML does not allow{hint}")
    return text


def parse(text: str, file: str, *, if_empty: str | None = None) -> tuple[Tree, list[Fault]]:
    """Return the one value that `text` holds, and what is wrong with it but does not stop the reading.

    `if_empty` is the hint for a file with nothing in it.

    Raises:
        SpecInvalid: it is not YAML, is empty, holds more than one document, or is beyond the limits.
    """
    return _Composer(text, file).document(if_empty)


class _Composer:
    """Builds one tree from the parser's events."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        self.anchors: dict[str, Tree] = {}
        self.faults: list[Fault] = []
        self.count = 0

    def document(self, if_empty: str | None) -> tuple[Tree, list[Fault]]:
        tree: Tree | None = None
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    if tree is not None:
                        raise self.stop(event, "holds a second document; a file holds one")
                    tree = self.value(next(self.events), ())
        except yaml.YAMLError as error:
            raise self.syntax(error) from None
        if tree is None:
            raise _invalid(Mark(self.file), "is empty", hint=if_empty)
        return tree, self.faults

    def value(self, event: Any, path: Path) -> Tree:
        self.count += 1
        if self.count > MOST_VALUES:
            raise self.stop(event, f"holds more than {MOST_VALUES} values")
        if len(path) > MOST_DEPTH:
            raise self.stop(event, f"is nested deeper than {MOST_DEPTH}")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, path)
        if event.tag is not None:
            self.fault(event, path, f"has the tag {event.tag[:60]}; tags are not allowed")
        if isinstance(event, yaml.ScalarEvent):
            tree = self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            tree = self.sequence(event, path)
        else:
            tree = self.mapping(event, path)
        if tree.size > MOST_VALUES:
            raise self.stop(event, f"holds more than {MOST_VALUES} values, its aliases expanded")
        if len(path) + tree.depth > MOST_DEPTH + 1:
            raise self.stop(event, f"is nested deeper than {MOST_DEPTH}, its aliases expanded")
        if event.anchor:
            self.anchors[event.anchor] = tree
        return tree

    def alias(self, event: Any, path: Path) -> Tree:
        tree = self.anchors.get(event.anchor)
        if tree is None:
            raise self.stop(event, f"*{event.anchor} names no anchor &{event.anchor} that ends before it")
        if len(path) + tree.depth > MOST_DEPTH + 1:
            raise self.stop(event, f"is nested deeper than {MOST_DEPTH}, its aliases expanded")
        return tree

    def scalar(self, event: Any) -> Tree:
        plain = event.implicit[0] and event.style in (None, "")
        value = resolve(event.value) if plain else event.value
        if isinstance(value, float) and not math.isfinite(value):
            value = event.value  # .inf and .nan are no amount of anything, and JSON has no word for them
        return Tree(value, self.mark(event), written=event.value if plain else None)

    def sequence(self, event: Any, path: Path) -> Tree:
        items: list[Tree] = []
        for item in self.events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            items.append(self.value(item, (*path, len(items))))
        return _tree(items, items, self.mark(event))

    def mapping(self, event: Any, path: Path) -> Tree:
        value: dict[str, Tree] = {}
        keys: dict[str, Mark] = {}
        merged: list[Tree] = []
        for key in self.events:
            if isinstance(key, yaml.MappingEndEvent):
                break
            name = self.key(key, path, keys)
            item = self.value(next(self.events), (*path, name or "?"))
            if name == "<<" and key.style in (None, ""):
                merged += self.merge_sources(item, (*path, name))
            elif name is not None:
                value[name] = item
        for source in merged:
            assert isinstance(source.value, dict)  # noqa: S101 -- merge_sources returns maps
            for name, item in source.value.items():
                if name not in value:
                    value[name] = item
                    keys[name] = source.keys[name]
        keys = {name: keys[name] for name in value}
        return _tree(value, value.values(), self.mark(event), keys)

    def key(self, event: Any, path: Path, keys: dict[str, Mark]) -> str | None:
        """Return a key's name, or None when it is none; note where it stands."""
        tree = self.value(event, (*path, "?"))
        if not isinstance(tree.value, str):
            written = tree.written if tree.written is not None else "a list or a map"
            advice = f'; did you mean "{written[:60]}"?' if tree.written else ""
            self.fault(event, path, f"has the key {written[:60] or 'null'}, which is not text{advice}")
            return None
        name = tree.value
        if name in keys:
            self.fault(event, (*path, name), f"stands twice; the first is on line {keys[name].line}")
            return None
        keys[name] = self.mark(event)
        return name

    def merge_sources(self, item: Tree, path: Path) -> list[Tree]:
        sources = item.value if isinstance(item.value, list) else [item]
        maps = [source for source in sources if isinstance(source.value, dict)]
        if len(maps) != len(sources):
            self.faults.append(fault_at(item.mark, path, "must be a map or a list of maps, such as *anchor"))
        return maps

    def mark(self, event: Any) -> Mark:
        return Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def fault(self, event: Any, path: Path, message: str) -> None:
        self.faults.append(fault_at(self.mark(event), path, message))

    def stop(self, event: Any, message: str) -> SpecInvalid:
        return SpecInvalid([*self.faults, fault_at(self.mark(event), (), message)])

    def syntax(self, error: yaml.YAMLError) -> SpecInvalid:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        where = Mark(self.file, mark.line + 1, mark.column + 1) if mark else Mark(self.file)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        advice = next((f"; {advice}" for said, advice in _ADVICE.items() if said in problem), "")
        return SpecInvalid([*self.faults, fault_at(where, (), f"is not YAML: {problem}{advice}")])


def _tree(
    value: dict[str, Tree] | list[Tree], items: Collection[Tree], mark: Mark, keys: dict[str, Mark] | None = None
) -> Tree:
    size = 1 + sum(item.size for item in items)
    depth = 1 + max((item.depth for item in items), default=0)
    return Tree(value, mark, keys or {}, size=size, depth=depth)


def _mark_after(text: str, file: str) -> Mark:
    return Mark(file, text.count("\n") + 1, len(text) - text.rfind("\n"))


def _invalid(mark: Mark, message: str, *, hint: str | None = None) -> SpecInvalid:
    return SpecInvalid([fault_at(mark, (), message)], hint=hint)
