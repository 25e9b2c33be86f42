"""What a side service depends on that its definition only refers to: variables, env files, the file it extends.

Compose reads these when it creates a container. devenv decides by its own hash whether a container is current, so
their digest has to be part of it (`Context.inputs`): else a changed `.env` would never take effect. Pure: the caller
reads the files.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.render import paths, sections, services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from devenv.spec.model import Spec

DOTENV = ".env"
_VARIABLE = re.compile(r"\$(?:\$|\{?([A-Za-z_][A-Za-z0-9_]*))")
_FILE_WORDS = ("env_file", "label_file")


@dataclass(frozen=True)
class Inputs:
    """Names of variables, and paths of files as Compose would open them (some may hold variables themselves)."""

    variables: tuple[str, ...]
    files: tuple[str, ...]


def of_service(spec: Spec, name: str) -> Inputs:
    """Return what a side service refers to, the configs and secrets that it uses included."""
    top = {"configs": spec.compose.configs, "secrets": spec.compose.secrets}
    variables: set[str] = set()
    files: dict[str, None] = {}
    for words in (spec.services[name], *services.inherited(spec, name).values()):
        used = sections.referenced(words, top)
        variables |= {*_in_strings([words, used]), *_passed_through(words.get("environment"))}
        variables |= {
            entry["environment"] for entry in used.values() if isinstance((entry or {}).get("environment"), str)
        }
        files |= dict.fromkeys(_files(paths.service(words, spec.folder)))
    return Inputs(tuple(sorted(variables)), tuple(files))


def digests(spec: Spec, environment: Mapping[str, str], read: Callable[[str], bytes | None]) -> dict[str, str]:
    """Return the digest of each side service's inputs; "" for those that have none.

    Args:
        spec: the spec.
        environment: the variables of whoever runs Compose.
        read: returns what is in a file, None if it cannot be read.
    """
    if not spec.services:
        return {}
    dotenv = (read(str(spec.folder / DOTENV)) or b"").decode(errors="replace")
    found: dict[str, str] = {}
    for name in spec.services:
        inputs = of_service(spec, name)
        values = {variable: _value(variable, environment, dotenv) for variable in inputs.variables}
        contents = {file: _digest(read(file)) for file in inputs.files}
        known = any(values.values()) or any(contents.values())
        found[name] = _digest(json.dumps([values, contents], sort_keys=True).encode()) if known else ""
    return found


def _value(name: str, environment: Mapping[str, str], dotenv: str) -> str:
    """Return the value of a variable, or its line of `.env`: enough to see that it changed."""
    if name in environment:
        return environment[name]
    lines = re.findall(rf"^\s*(?:export\s+)?{name}\s*[=:].*$", dotenv, re.MULTILINE)
    return "\n".join(lines)


def _digest(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()


def _in_strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (name for name in _VARIABLE.findall(value) if name)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _in_strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _in_strings(item)


def _passed_through(environment: Any) -> Iterator[str]:
    """Yield the variables that are named without a value, and so come from the caller."""
    if isinstance(environment, dict):
        yield from (name for name, value in environment.items() if value is None)
    elif isinstance(environment, list):
        yield from (item for item in environment if isinstance(item, str) and "=" not in item)


def _files(words: Mapping[str, Any]) -> Iterator[str]:
    for word in _FILE_WORDS:
        value = words.get(word)
        for item in value if isinstance(value, list) else [value]:
            path = item.get("path") if isinstance(item, dict) else item
            if isinstance(path, str):
                yield path
    extended = words.get("extends")
    if isinstance(extended, dict) and isinstance(extended.get("file"), str):
        yield extended["file"]
