"""The spec's side services: Compose's own words, untouched, with what is missing on a shared machine added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.render import gpus, limits, paths, ports
from devenv.render.words import cpuset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.agent.model import Lease
    from devenv.render.context import Context
    from devenv.spec.model import ServiceResources, Spec


def service(spec: Spec, name: str, lease: Lease, context: Context) -> dict[str, Any]:
    """Return one side service, without labels.

    Added, and only where the service says nothing itself: the CPUs that nobody leased, the limits of its `resources`,
    log limits, and 127.0.0.1 for its published ports. Requests for GPUs are narrowed to the lease.
    """
    words = gpus.narrowed(paths.service(spec.services[name], context.folder), lease.gpus)
    if words.get("ports") is not None:
        words["ports"] = ports.bound(words["ports"])
    additions = {**_cpus(context), **_limits(words, spec.service_resources.get(name))}
    if _lacks_logging(spec, name):
        additions["logging"] = limits.logging(spec.logs)
    return {**additions, **words}


def _lacks_logging(spec: Spec, name: str) -> bool:
    """Tell whether log limits can be added: not where they would overrule, or mix with, what `extends` brings along."""
    heirs = (other for other in spec.services if name in inherited(spec, other))
    for service in (name, *heirs):
        chain = (spec.services[service], *inherited(spec, service).values())
        if any("logging" in words or _extends_a_file(words) for words in chain):
            return False
    return True


def _extends_a_file(words: Mapping[str, Any]) -> bool:
    return isinstance(words.get("extends"), dict) and bool(words["extends"].get("file"))


def inherited(spec: Spec, name: str) -> dict[str, Any]:
    """Return the words of the services of this spec that a service extends: a change of them is a change of it."""
    found: dict[str, Any] = {}
    while True:
        extended = spec.services[name].get("extends")
        if isinstance(extended, dict):
            extended = None if extended.get("file") else extended.get("service")
        if not isinstance(extended, str) or extended in found or extended not in spec.services:
            return found
        name = extended
        found[name] = spec.services[name]


def networks(words: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the networks that a service joins; `default` where it names none."""
    if words.get("network_mode"):
        return ()
    named = words.get("networks")
    if isinstance(named, (dict, list)) and named:
        return tuple(str(name) for name in named)
    return ("default",)


def _cpus(context: Context) -> dict[str, str]:
    return {"cpuset": cpuset(context.pool)} if context.pool else {}


def _limits(words: Mapping[str, Any], resources: ServiceResources | None) -> dict[str, Any]:
    """Return the limits of `resources` that the service's own words leave open (Compose refuses both)."""
    if resources is None:
        return {}
    theirs = ((words.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    result = limits.shared(resources)
    if "cpus" in theirs:
        result.pop("cpus", None)
    if "memory" in theirs or "mem_limit" in words:
        result.pop("mem_limit", None)
        result.pop("memswap_limit", None)
    return result
