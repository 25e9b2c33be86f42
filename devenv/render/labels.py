"""The labels that make containers, volumes and networks ours, and the hash that tells if a container is current."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from devenv.render.words import escape

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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
    """Return labels with ours added; ours win.

    A list becomes a map, unless a name in it holds a variable: Compose fills in the whole of a list's items, but of a
    map only the values.
    """
    if not isinstance(existing, list):
        return {**(existing or {}), **ours}
    pairs = [str(item).partition("=")[::2] for item in existing]
    if any("$" in name for name, _ in pairs):
        return [*existing, *(f"{name}={value}" for name, value in ours.items())]
    return {**dict(pairs), **ours}


def value(labels: Any, name: str) -> str | None:
    """Return the value of a label, in either form; None if it is not there."""
    if isinstance(labels, list):
        labels = dict(str(item).partition("=")[::2] for item in labels)
    found = (labels or {}).get(name)
    return None if found is None else str(found)


def hashed(
    words: Mapping[str, Any], *, live: Collection[str] = LIVE, derived: Collection[str] = (), extra: Any = None
) -> str:
    """Return the hash of a service: all it is made of but devenv's labels and what can change while it runs.

    Args:
        words: the service as rendered, before `devenv.*` labels are added.
        live: the words that are changed in a running container; only those that devenv itself sets can be.
        derived: names of environment variables that devenv derives from what is live. A running process keeps those
            it started with, which is harmless: a thread count that no longer fits, a list of buckets that are made
            over S3 when it grows.
        extra: what the service depends on that is not in `words` (definitions of its configs, digests of files).
    """
    kept = {key: item for key, item in words.items() if key not in {*live, *_NOT_OF_A_CONTAINER}}
    environment = kept.get("environment")
    if derived and isinstance(environment, dict):
        kept["environment"] = {key: item for key, item in environment.items() if key not in derived}
    text = json.dumps([kept, extra], sort_keys=True, separators=(",", ":"), default=str)
    return f"{SCHEMA}:{hashlib.sha256(text.encode()).hexdigest()}"
