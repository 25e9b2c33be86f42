"""Compose's other top-level sections: the spec's own as they are, with our labels on what we make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.render import labels, minio, paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.render.context import Context
    from devenv.spec.model import Spec

DEFAULT_NETWORK = "default"
# Without egress only MinIO is on it: the engine publishes no ports of a container that has internal networks alone, and
# devenv and its user reach the store from outside.
OUTSIDE_NETWORK = "minio-outside"


def sections(spec: Spec, context: Context) -> dict[str, dict[str, Any]]:
    """Return networks, volumes, secrets and configs, leaving out what is empty."""
    result = {
        "networks": _networks(spec, context),
        "volumes": {
            **{
                name: _ours(paths.volume(entry, context.folder), spec, context)
                for name, entry in spec.compose.volumes.items()
            },
            **minio.volumes(spec, context),
        },
        "secrets": paths.files(spec.compose.secrets, context.folder),
        "configs": paths.files(spec.compose.configs, context.folder),
    }
    return {name: section for name, section in result.items() if section}


def referenced(words: Mapping[str, Any], rendered: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the definitions of the configs and secrets that a service uses: a change of them is a change of it."""
    found: dict[str, Any] = {}
    for kind in ("configs", "secrets"):
        used = words.get(kind)
        for use in used if isinstance(used, list) else ():
            name = str(use.get("source") if isinstance(use, dict) else use)
            if name in rendered.get(kind, {}):
                found[f"{kind}.{name}"] = rendered[kind][name]
    return found


def reachable(spec: Spec, joined: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the networks that the sandbox and MinIO join, so that they and the side services reach each other by name.

    Args:
        spec: the spec.
        joined: per side service, the networks that it joins.

    Besides the default one only the first network of a service that is not on it. Without egress only those that have
    none either: one open network would be a way out.
    """
    names = [DEFAULT_NETWORK]
    for networks in joined:
        if networks and not set(networks) & set(names):
            names.append(networks[0])
    if spec.network.egress == "none":
        names = [name for name in names if name == DEFAULT_NETWORK or _is_internal(spec.compose.networks.get(name))]
    return tuple(names)


def _networks(spec: Spec, context: Context) -> dict[str, Any]:
    result = {name: _ours(entry, spec, context) for name, entry in spec.compose.networks.items()}
    default = result.setdefault(DEFAULT_NETWORK, _ours(None, spec, context))
    if spec.network.egress == "none":
        if not _is_external(default):
            default["internal"] = True
        if minio.own(spec) is not None:
            result[OUTSIDE_NETWORK] = _ours(None, spec, context)
    return {DEFAULT_NETWORK: result.pop(DEFAULT_NETWORK), **result}


def _ours(entry: Any, spec: Spec, context: Context) -> Any:
    """Label what this project makes; what is external belongs to somebody else."""
    if _is_external(entry):
        return entry
    words = dict(entry or {})
    words["labels"] = labels.add(words.get("labels"), labels.of_resource(context, spec.name, "service"))
    return words


def _is_external(entry: Any) -> bool:
    return isinstance(entry, dict) and bool(entry.get("external"))


def _is_internal(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("internal") is True
