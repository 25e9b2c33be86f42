"""The spec: what a person writes in devenv.yaml, read into frozen data.

`load` is read -> merge -> validate, each a pure step of its own module. The names here are imported on first use, so
that a verb that needs only the model pays for no YAML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devenv.spec.loader import load as load
    from devenv.spec.loader import name_of as name_of
    from devenv.spec.loader import parse as parse
    from devenv.spec.model import Spec as Spec
    from devenv.spec.schema import json_schema as json_schema
    from devenv.spec.write import effective as effective
    from devenv.spec.write import spec_hash as spec_hash

__all__ = ["Spec", "effective", "json_schema", "load", "name_of", "parse", "spec_hash"]

_HOMES = {
    "Spec": "devenv.spec.model",
    "effective": "devenv.spec.write",
    "json_schema": "devenv.spec.schema",
    "load": "devenv.spec.loader",
    "name_of": "devenv.spec.loader",
    "parse": "devenv.spec.loader",
    "spec_hash": "devenv.spec.write",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    import importlib  # noqa: PLC0415 -- only when something is wanted

    found = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
