"""The labels that make containers, volumes and networks ours, and the hash that tells if a container is current."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from devenv.render.words import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.render.context import Context

PREFIX = "devenv."
# Goes before every hash. It names the rules of this module, never devenv's version: an upgrade that keeps the rules
# must not make every container look changed.
SCHEMA = "1"
# The engine changes these in a running container (`docker update`), so a difference in them is no reason to recreate
# it: the life cycle compares them with what the engine says, one by one, and updates in place.
LIVE = frozenset({"cpuset", "mem_limit", "memswap_limit"})

# Words that Compose acts on and a container knows nothing of (all but `develop` are out of Compose's own hash too).
_NOT_OF_A_CONTAINER = frozenset({"depends_on", "profiles", "pull_policy", "scale", "develop"})


def of_container(context: Context, sandbox: str, role: str, service: str) -> dict[str, str]:
    """Return the labels of one service's container, all but its hash. `role`: sandbox, minio or service."""
    return {
        **of_resource(context, sandbox, role),
        "devenv.service": service,
        "devenv.target": escape(context.target),
        "devenv.spec-hash": context.spec_hash,
    }


def of_resource(context: Context, sandbox: str, role: str) -> dict[str, str]:
    """Return the labels of a volume or network.

    They never change while the sandbox lives: Compose recreates a network, and asks to recreate a volume, whose
    definition differs from the one it was made from.
    """
    return {
        "devenv.id": context.sandbox_id,
        "devenv.sandbox": sandbox,
        "devenv.owner": escape(context.owner),
        "devenv.role": role,
    }


def add(existing: Any, ours: Mapping[str, str]) -> Any:
    """Return labels in the form they had (a list or a map), with ours added; ours win."""
    if isinstance(existing, list):
        return [*existing, *(f"{key}={value}" for key, value in ours.items())]
    return {**(existing or {}), **ours}


def hashed(words: Mapping[str, Any], derived: frozenset[str] = frozenset(), extra: Any = None) -> str:
    """Return the hash of a service: all it is made of but devenv's labels and what can change while it runs.

    Args:
        words: the service as rendered, before `devenv.*` labels are added.
        derived: names of environment variables that devenv derives from what is live. A running process keeps those
            it started with, which is harmless: a thread count that no longer fits, a list of buckets that are made
            over S3 when it grows.
        extra: what the service depends on that is not in `words` (definitions of its configs, digests of files).
    """
    kept = {key: value for key, value in words.items() if key not in LIVE | _NOT_OF_A_CONTAINER}
    environment = kept.get("environment")
    if derived and isinstance(environment, dict):
        kept["environment"] = {key: value for key, value in environment.items() if key not in derived}
    text = json.dumps([kept, extra], sort_keys=True, separators=(",", ":"), default=str)
    return f"{SCHEMA}:{hashlib.sha256(text.encode()).hexdigest()}"
