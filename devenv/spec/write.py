"""A Spec -> plain data that says the same, and its hash. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from devenv.spec.structs import describe, write_fields

if TYPE_CHECKING:
    from devenv.spec.model import Spec


def effective(spec: Spec) -> dict[str, Any]:
    """Return the canonical form of a spec: a document that `parse` reads back as the same spec.

    What is as by default is left out, so that a field that a later version adds does not change what was said before.
    """
    found = write_fields(spec)
    services = {name: dict(words) for name, words in spec.services.items()}
    for name, resources in spec.service_resources.items():
        services[name]["resources"] = write_fields(resources)
    if services:
        found["services"] = services
    return {name: found[name] for name in describe(type(spec)) if name in found}


def spec_hash(spec: Spec) -> str:
    """Return 64 hex digits that are the same for specs that mean the same, however they were written."""
    text = json.dumps(effective(spec), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
