"""What devenv remembers of a sandbox beside its labels: for showing, for saying what changed, never for existing.

Losing it loses no sandbox: `status`, `halt` and `destroy` work from labels alone.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from devenv import locations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RECORD = "record.json"
COMPOSE = "compose.yaml"


@dataclass(frozen=True)
class Record:
    """The last `up` of a sandbox. `completed` is the hash of the spec that it got to the end of, "" on the way."""

    name: str
    owner: str
    target: str
    backend: str
    spec_hash: str
    folder: str
    created_at: str
    buckets: list[str] = field(default_factory=list)
    store: str | None = None
    guests: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    provisioned: str = ""
    completed: str = ""


def load(name: str) -> Record | None:
    """Return the record of a sandbox; None where there is none, or none that this version understands."""
    try:
        data = json.loads((locations.sandbox_dir(name) / RECORD).read_text())
        return Record(**data)
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None


def save(record: Record) -> None:
    """Write a record."""
    write(locations.sandbox_dir(record.name) / RECORD, json.dumps(asdict(record), indent=2))


def services(name: str) -> Mapping[str, Mapping[str, Any]] | None:
    """Return the services of the Compose file as it was rendered last; None where there is none."""
    import yaml  # noqa: PLC0415 -- only a plan with changes asks

    try:
        data = yaml.load((locations.sandbox_dir(name) / COMPOSE).read_text(), Loader=yaml.CSafeLoader)
        found: Mapping[str, Mapping[str, Any]] = data["services"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return None
    return found


def write(path: Path, text: str) -> None:
    """Replace a file whole or not at all, readable by its owner only; one that is the same is not touched."""
    # One name for all processes (the sandbox's lock is held): what a killed one left here is overwritten or removed.
    fresh = path.with_name(f".{path.name}.new")
    if path.is_file() and path.read_text() == text:
        fresh.unlink(missing_ok=True)
        return
    locations.private(path.parent)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
