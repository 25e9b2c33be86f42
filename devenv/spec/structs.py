"""Lists, maps and records of kinds, and how a frozen dataclass becomes one. See `devenv.spec.kinds`."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any

from devenv.spec.kinds import BAD, did_you_mean, one_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devenv.spec.kinds import Kind, Path, Report


class ListOf:
    """A list of one kind. `key` names items: two with the same key (None never counts) are a fault."""

    def __init__(self, item: Kind, *, key: Callable[[Any], object] | None = None, what: str = "item") -> None:
        self.item = item
        self.key = key
        self.what = what

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return a tuple of what can be read."""
        if not isinstance(value, list):
            report.fault(path, f"must be a list; got {shown(value)}; did you mean [{_inline(value)}]?")
            return BAD
        items = [self.item.read(item, (*path, index), report) for index, item in enumerate(value)]
        seen: dict[object, int] = {}
        for index, item in enumerate(items):
            name = None if item is BAD or self.key is None else self.key(item)
            if name is None:
                continue
            if name in seen:
                report.fault((*path, index), f"{self.what} {name} is already taken by {path[-1]}[{seen[name]}]")
            seen.setdefault(name, index)
        return tuple(item for item in items if item is not BAD)

    def write(self, value: Any) -> list[Any]:
        """Return the list."""
        return [self.item.write(item) for item in value]

    def schema(self) -> dict[str, Any]:
        """Describe an array."""
        return {"type": "array", "items": self.item.schema()}


class MapOf:
    """A map from names of one kind to values of another."""

    def __init__(self, name: Kind, item: Kind) -> None:
        self.name = name
        self.item = item

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return a dict of what can be read."""
        if not isinstance(value, dict):
            report.fault(path, f"must be a map; got {shown(value)}")
            return BAD
        found = {}
        for name, item in value.items():
            named = self.name.read(name, (*path, name), _AtKey(report))
            parsed = self.item.read(item, (*path, name), report)
            if named is not BAD and parsed is not BAD:
                found[name] = parsed
        return found

    def write(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the map."""
        return {name: self.item.write(item) for name, item in value.items()}

    def schema(self) -> dict[str, Any]:
        """Describe an object with names that match."""
        found: dict[str, Any] = {"type": "object", "additionalProperties": self.item.schema()}
        pattern = self.name.schema().get("pattern")
        return {**found, "propertyNames": {"pattern": pattern}} if pattern else found


class Record:
    """A map with known keys, read into a frozen dataclass. `short` turns a one-word form into the map, or None."""

    def __init__(
        self,
        cls: type,
        *,
        short: Callable[[Any], Any] | None = None,
        short_schema: dict[str, Any] | None = None,
        form: str = "a map",
    ) -> None:
        self.cls = cls
        self.short = short
        self.short_schema = short_schema
        self.form = form

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return an instance of the dataclass."""
        if not isinstance(value, dict) and self.short is not None:
            value = self._lengthen(value)
        if not isinstance(value, dict):
            report.fault(path, f"must be {self.form}; got {shown(value)}")
            return BAD
        parts, whole = read_fields(self.cls, value, path, report)
        return self.cls(**parts) if whole else BAD

    def write(self, value: Any) -> dict[str, Any]:
        """Return the map, without what is as by default."""
        return write_fields(value)

    def schema(self) -> dict[str, Any]:
        """Describe an object, or its short form."""
        found = {"$ref": f"#/$defs/{self.cls.__name__}"}
        return {"anyOf": [self.short_schema, found]} if self.short_schema else found

    def _lengthen(self, value: Any) -> Any:
        lengthened = self.short(value) if self.short else None
        return value if lengthened is None else lengthened


class Switch:
    """A record that is there by default: `false` is without it, `true` the same as nothing."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return an instance of the record, or None when it is switched off."""
        if value is False:
            return None
        return self.record.read({} if value is True else value, path, report)

    def write(self, value: Any) -> Any:
        """Return the map, or false."""
        return False if value is None else self.record.write(value)

    def schema(self) -> dict[str, Any]:
        """Describe the record or a boolean."""
        return {"anyOf": [{"type": "boolean"}, self.record.schema()]}


class Tagged:
    """A map whose `tag` key says which record it is."""

    def __init__(self, tag: str, records: dict[str, type]) -> None:
        self.tag = tag
        self.records = records

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return an instance of the record that the tag names."""
        words = tuple(self.records)
        if not isinstance(value, dict):
            report.fault(path, f"must be a map with `{self.tag}`; got {shown(value)}")
            return BAD
        if self.tag not in value:
            report.fault(path, f"`{self.tag}` is missing; it must be {one_of(words)}")
            return BAD
        name = value[self.tag]
        if not isinstance(name, str) or name not in self.records:
            hint = did_you_mean(name, words)
            report.fault((*path, self.tag), f"must be {one_of(words)}; got {shown(name)}{hint}")
            return BAD
        return Record(self.records[name]).read(value, path, report)

    def write(self, value: Any) -> dict[str, Any]:
        """Return the map."""
        return {self.tag: getattr(value, self.tag), **write_fields(value)}

    def schema(self) -> dict[str, Any]:
        """Describe one object per tag; `required` keeps the alternatives apart."""
        return {"oneOf": [Record(record).schema() for record in self.records.values()]}


@dataclass(frozen=True)
class FieldInfo:
    """What is known of one field of a record."""

    name: str
    kind: Kind
    doc: str
    required: bool
    default: Any


_DESCRIBED: dict[type, dict[str, FieldInfo]] = {}


def describe(cls: type) -> dict[str, FieldInfo]:
    """Return the fields of a record, in order, by name. A field without a kind is not for the spec's author."""
    found = _DESCRIBED.get(cls)
    if found is not None:
        return found
    found = {}
    for field in fields(cls):
        metadata = getattr(field.type, "__metadata__", None)
        if metadata is None:
            continue
        kind, doc = metadata
        default = field.default if field.default_factory is MISSING else field.default_factory()
        found[field.name] = FieldInfo(field.name, kind, doc, default is MISSING, default)
    _DESCRIBED[cls] = found
    return found


def read_fields(
    cls: type, value: dict[str, Any], path: Path, report: Report, *, also: tuple[str, ...] = ()
) -> tuple[dict[str, Any], bool]:
    """Return the keyword arguments of `cls` that `value` holds and are right, and whether that is all of them.

    A null is the same as a key that is not there. `also` are keys that are known, but not here any more.
    """
    known = describe(cls)
    parts: dict[str, Any] = {}
    whole = True
    for name, item in value.items():
        if name not in known:
            hint = did_you_mean(name, (*known, *also)) or f"; known here: {', '.join((*known, *also))}"
            report.fault((*path, name), f"is not a field{hint}", at_key=True)
            whole = False
        elif item is not None:
            read = known[name].kind.read(item, (*path, name), report)
            if read is BAD:
                whole = False
            else:
                parts[name] = read
    for name, field in known.items():
        if field.required and value.get(name) is None:
            report.fault((*path, name), f"is missing: {field.doc[0].lower()}{field.doc[1:]}")
            whole = False
    return parts, whole


def write_fields(value: Any) -> dict[str, Any]:
    """Return the plain data of a record, without the fields that are as by default."""
    found = {}
    for name, field in describe(type(value)).items():
        held = getattr(value, name)
        if held != field.default:
            found[name] = field.kind.write(held)
    return found


class _AtKey:
    """A report whose faults stand at the key and not at its value."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def fault(self, path: Path, message: str, *, at_key: bool = True) -> None:
        self.report.fault(path, message, at_key=at_key)

    def written(self, path: Path) -> str | None:
        return self.report.written(path)


def _inline(value: Any) -> str:
    return "..." if isinstance(value, dict) else str(value)[:40]
