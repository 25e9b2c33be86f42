"""Which backend serves which word of a spec. A new backend is a module and one line here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from devenv import errors

if TYPE_CHECKING:
    from devenv.backends.base import Backend

_BACKENDS = {
    "compose": "devenv.backends.compose:ComposeBackend",
}
# Valid in a spec, not in this version: DESIGN's other places.
_TO_COME = ("vagrant", "ec2", "slurm")


def get(name: str) -> Backend:
    """Return the backend of this name.

    Raises:
        ToolMissing: a spec may name it, but this version does not have it.
    """
    if name in _BACKENDS:
        module, kind = _BACKENDS[name].split(":")
        backend: Backend = getattr(importlib.import_module(module), kind)()
        return backend
    raise errors.ToolMissing(
        f"this version of devenv cannot run a target of backend '{name}' yet",
        hint=f"the spec is valid; choose a target of backend {', '.join(_BACKENDS)} with -t",
    )


def available() -> tuple[str, ...]:
    """Return the backends that this version has."""
    return tuple(_BACKENDS)


def to_come() -> tuple[str, ...]:
    """Return the backends that a spec may name and this version lacks."""
    return _TO_COME
