"""What `devenv init` writes: a template's files, the sandbox's name in its spec, and the schema for the editor."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from devenv import locations
from devenv.errors import DevenvError, NotFound, UsageFault
from devenv.spec.kinds import did_you_mean, one_of
from devenv.spec.resolve import resolve
from devenv.spec.schema import json_schema
from devenv.spec.targets import NAME

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_FILE = ".devenv/schema.json"
"""Beside the spec, so that the editor finds it on every machine: commit it with devenv.yaml."""

_MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
_LONGEST_NAME = 41
_NAME_LINE = re.compile(r"^name: *([^ #\n]+)( *)", re.MULTILINE)


def templates() -> tuple[str, ...]:
    """Return the names of the templates that come with devenv."""
    folders = sorted(locations.templates_dir().iterdir())
    return tuple(folder.name for folder in folders if (folder / locations.SPEC_NAME).is_file())


def name_for(folder: Path, name: str | None = None) -> str:
    """Return `name`, else the folder's name with what a name cannot hold turned into dashes.

    Raises:
        UsageFault: `name` cannot be a sandbox's name.
    """
    if name is not None:
        if not NAME.pattern or not re.fullmatch(NAME.pattern, name):
            raise UsageFault(f"'{name}' cannot be the name of a sandbox", hint=NAME.rule)
        return name
    slug = re.sub(r"[^a-z0-9]+", "-", folder.absolute().name.lower()).strip("-")[:_LONGEST_NAME].rstrip("-")
    return slug or "sandbox"


def plan(folder: Path, template: str, name: str | None = None) -> dict[Path, bytes]:
    """Return the files to write, path -> content.

    Raises:
        NotFound: there is no such template; says which there are.
        UsageFault: `name` cannot be a sandbox's name.
    """
    chosen = name_for(folder, name)
    if template not in templates():
        hint = f"there are {one_of(templates())}"
        raise NotFound(f"no template {template}{did_you_mean(template, templates())}", hint=hint)
    source = locations.templates_dir() / template
    files: dict[Path, bytes] = {}
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if path.is_file() and not any(part.strip("._").endswith("cache") for part in inside.parts):
            files[folder / inside] = path.read_bytes()
    spec = files[folder / locations.SPEC_NAME].decode()
    files[folder / locations.SPEC_NAME] = (_MODELINE + _named(spec, chosen)).encode()
    files[folder / SCHEMA_FILE] = json.dumps(json_schema(), separators=(",", ":")).encode() + b"\n"
    return files


def write(files: dict[Path, bytes]) -> None:
    """Write the files, and the folders they need.

    Raises:
        DevenvError: one cannot be written; says which, and why.
    """
    for path, body in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        except OSError as error:
            raise DevenvError(f"cannot write {path}: {error.strerror}") from None


def _named(spec: str, name: str) -> str:
    word = name if resolve(name) == name else f'"{name}"'  # 123 without quotes would be a number

    def line(match: re.Match[str]) -> str:
        # The comment beside the name keeps its column where there is room.
        gap = max(len(match[1]) + len(match[2]) - len(word), 1) if match[2] else 0
        return f"name: {word}{' ' * gap}"

    return _NAME_LINE.sub(line, spec, count=1)
