"""Compose's own words, as its own JSON Schema has them: unknown keys, wrong types, missing parts.

`compose-spec.json` is schema/compose-spec.json of github.com/compose-spec/compose-go v2.9.1, the version inside
Compose v2.40.3, unchanged; Copyright 2020 The Compose Specification Authors, Apache License 2.0. It uses few
keywords, and this reads just those: what it cannot judge it lets pass, because `docker compose config` has the last
word. Text with a `$` is not judged, since Compose fills it in before it looks.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from devenv.spec.kinds import did_you_mean, one_of, shown

if TYPE_CHECKING:
    from devenv.spec.kinds import Path, Report

_FILE = FilePath(__file__).parent / "compose-spec.json"
_TYPES: dict[str, tuple[Any, str]] = {
    "object": (dict, "a map"),
    "array": (list, "a list"),
    "string": (str, "text"),
    "boolean": (bool, "true or false"),
    "integer": (int, "a whole number"),
    "number": ((int, float), "a number"),
    "null": (type(None), "nothing"),
}


@cache
def definitions() -> dict[str, Any]:
    """Return the schema's definitions by name: `service`, `volume`, `network`, `secret`, `config` and their parts."""
    found: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))["definitions"]
    return found


def check(value: Any, definition: str, path: Path, report: Report) -> None:
    """Report what in `value` is not what Compose knows under `definition`."""
    _walk(value, definitions()[definition], path, report)


def _walk(value: Any, schema: dict[str, Any], path: Path, report: Report) -> None:
    if "$ref" in schema:
        schema = definitions()[schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, str) and "$" in value:
        return
    if "oneOf" in schema:
        _walk_alternatives(value, schema["oneOf"], path, report)
        return
    if not _has_type(value, schema):
        report.fault(path, f"must be {_say(_types(schema))}; got {shown(value)}{_quote_it(value, _types(schema))}")
    elif "enum" in schema and value not in schema["enum"]:
        hint = did_you_mean(value, schema["enum"])
        report.fault(path, f"must be {one_of([str(word) for word in schema['enum']])}; got {shown(value)}{hint}")
    elif isinstance(value, dict):
        _walk_map(value, schema, path, report)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _walk(item, schema.get("items", {}), (*path, index), report)


def _walk_alternatives(value: Any, alternatives: list[dict[str, Any]], path: Path, report: Report) -> None:
    fitting = [one for one in alternatives if _has_type(value, one)]
    if len(fitting) == 1:
        _walk(value, fitting[0], path, report)
    elif not fitting:
        allowed = [name for one in alternatives for name in _types(one)]
        report.fault(path, f"must be {_say(allowed)}; got {shown(value)}{_quote_it(value, allowed)}")


def _walk_map(value: dict[str, Any], schema: dict[str, Any], path: Path, report: Report) -> None:
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for name, item in value.items():
        within = known.get(name) or next((of for pattern, of in patterns.items() if re.search(pattern, name)), None)
        if within is not None:
            _walk(item, within, (*path, name), report)
        elif schema.get("additionalProperties") is False:
            hint = did_you_mean(name, known) or ("" if len(known) > 12 else f"; known here: {', '.join(known)}")  # noqa: PLR2004
            report.fault((*path, name), f"is not a word of Compose{hint}", at_key=True)
        elif isinstance(schema.get("additionalProperties"), dict):
            _walk(item, schema["additionalProperties"], (*path, name), report)
    for name in schema.get("required", ()):
        if name not in value:
            report.fault((*path, name), "is missing")


def _types(schema: dict[str, Any]) -> list[str]:
    if "$ref" in schema:
        schema = definitions()[schema["$ref"].rsplit("/", 1)[1]]
    if "oneOf" in schema:
        return [name for one in schema["oneOf"] for name in _types(one)]
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _has_type(value: Any, schema: dict[str, Any]) -> bool:
    types = _types(schema)
    if isinstance(value, bool):
        return not types or "boolean" in types
    return not types or any(isinstance(value, _TYPES[name][0]) for name in types)


def _say(types: list[str]) -> str:
    return one_of(list(dict.fromkeys(_TYPES[name][1] for name in types)))


def _quote_it(value: Any, types: list[str]) -> str:
    return "; put it in quotes" if isinstance(value, int | float) and "string" in types else ""
