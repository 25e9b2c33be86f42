"""The JSON Schema (draft 2020-12) of a spec, for editors: from the model's own fields and texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devenv.spec import composewords
from devenv.spec.model import ServiceResources, Spec
from devenv.spec.structs import FieldInfo, MapOf, Record, Tagged, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

_NULL = {"type": "null"}
_OWN_WORDS = {"^x-": {"description": "Yours: ignored, and a place for anchors."}}


def json_schema() -> dict[str, Any]:
    """Return the schema of a devenv.yaml.

    Any field may be null, which is the same as leaving it out, or in a profile deletes it.
    """
    records = dict.fromkeys(_records(Record(Spec)))
    own = {cls.__name__: _object(cls) for cls in records if cls is not Spec}
    spec = _object(Spec)
    spec["properties"]["profiles"] = {
        "description": "Layers by name, merged over the spec with -p NAME: maps merge, lists replace, null deletes.",
        "type": "object",
        "maxProperties": 20,
        "additionalProperties": {"$ref": "#/$defs/Profile"},
    }
    spec["oneOf"] = [{"required": [base]} for base in ("box", "image", "build")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "devenv.yaml",
        **spec,
        "$defs": {**own, "Profile": _profile(), **_compose()},
    }


def _object(cls: type) -> dict[str, Any]:
    known = describe(cls)
    found: dict[str, Any] = {
        "description": (cls.__doc__ or "").strip(),
        "type": "object",
        "properties": {name: _property(field) for name, field in known.items()},
        "additionalProperties": False,
    }
    required = [name for name, field in known.items() if field.required or name == "backend"]
    if required:
        found["required"] = required
    if cls is Spec:
        found["patternProperties"] = _OWN_WORDS
    return found


def _property(field: FieldInfo) -> dict[str, Any]:
    found = field.kind.schema()
    if not field.required and field.name != "backend":
        found = _or_null(found)
    found = {"description": field.doc, **found}
    if not field.required and field.default is not None:
        found["default"] = field.kind.write(field.default)
    return found


def _profile() -> dict[str, Any]:
    """Describe a layer: the fields of a spec, none of them required, entries of maps deletable."""
    found = _object(Spec)
    del found["required"]
    found["description"] = "Fields of the spec that are different with `-p NAME`."
    for name, field in describe(Spec).items():
        value = found["properties"][name]
        value.pop("default", None)
        if isinstance(field.kind, MapOf):
            entry = {"type": "object"} if name in ("targets", "services") else field.kind.item.schema()
            found["properties"][name] = {
                "description": field.doc,
                "type": ["object", "null"],
                "additionalProperties": _or_null(entry),
            }
    return found


def _compose() -> dict[str, Any]:
    """Return Compose's definitions under names that cannot meet ours; a service also takes `resources`."""
    text = json.dumps(composewords.definitions()).replace("#/definitions/", "#/$defs/compose_")
    found = {f"compose_{name}": value for name, value in json.loads(text).items()}
    service = found.pop("compose_service")
    service["properties"]["resources"] = {
        "description": (ServiceResources.__doc__ or "").strip(),
        **Record(ServiceResources).schema(),
    }
    return {"service": service, **found}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], _NULL]}
    return {"anyOf": [schema, _NULL]}


def _records(kind: Any) -> Iterator[type]:
    """Yield every record that a kind can lead to."""
    if isinstance(kind, Tagged):
        for cls in kind.records.values():
            yield from _records(Record(cls))
    elif isinstance(kind, Record):
        yield kind.cls
        for field in describe(kind.cls).values():
            yield from _records(field.kind)
    else:
        for within in ("item", "record"):
            if hasattr(kind, within):
                yield from _records(getattr(kind, within))
