"""GPUs: only those of the lease, by UUID, for the sandbox and for the side services that ask for some.

`count: 1`, `gpus: all` and an index mean "of the host", and would hand out GPUs that another sandbox has leased. Within
one sandbox GPUs are shared: its services get them in the order of the lease.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What the NVIDIA runtime reads. CUDA images set it to `all`, which counts where that runtime is the host's default or
# is asked for by name; `void` is none.
VISIBLE = "NVIDIA_VISIBLE_DEVICES"
_NVIDIA_RUNTIME = "nvidia"
# Each of these alone makes the engine choose NVIDIA's driver (moby `daemon/nvidia_linux.go`), not only `gpu`.
_CAPABILITIES = frozenset(
    {"gpu", "nvidia", "compute", "compat32", "graphics", "utility", "video", "display", "ngx"},
)
_CDI = "cdi"
_CDI_KIND = "nvidia.com/gpu"


def devices(gpus: Sequence[str]) -> dict[str, Any]:
    """Return the `deploy` that gives a container these GPUs."""
    if not gpus:
        return {}
    device = {"driver": "nvidia", "device_ids": list(gpus), "capabilities": ["gpu"]}
    return {"deploy": {"resources": {"reservations": {"devices": [device]}}}}


def visible(gpus: Sequence[str]) -> str:
    """Return the value of `VISIBLE` that shows these GPUs and no other."""
    return ",".join(gpus) or "void"


def narrowed(words: Mapping[str, Any], gpus: Sequence[str]) -> dict[str, Any]:
    """Return a side service's words with every request for GPUs narrowed to those of the lease."""
    result = dict(words)
    asked = result.get("gpus")
    if asked is not None:
        requests = asked if isinstance(asked, list) else [{"count": "all"}]
        result["gpus"] = [_narrowed(request, gpus) for request in requests]
    reserved = (((words.get("deploy") or {}).get("resources") or {}).get("reservations") or {}).get("devices")
    if isinstance(reserved, list):
        narrow = [_narrowed(request, gpus) if _wants_gpu(request) else request for request in reserved]
        result["deploy"] = _replaced(words["deploy"], narrow)
    runtime = str(result.get("runtime") or "")
    if runtime == _NVIDIA_RUNTIME or "$" in runtime:
        result["environment"] = _with_variable(result.get("environment"), VISIBLE, visible(gpus))
    return result


def _wants_gpu(request: Any) -> bool:
    if not isinstance(request, dict):
        return False
    words = {str(word) for word in (*(request.get("capabilities") or ()), request.get("driver", ""))}
    # A variable may turn out to be any of them.
    return bool(words & {*_CAPABILITIES, _CDI}) or any("$" in word for word in words)


def _narrowed(request: Any, gpus: Sequence[str]) -> Any:
    if not isinstance(request, dict):
        return request
    named = request.get("device_ids")
    wanted = len(named) if isinstance(named, list) else request.get("count", "all")
    # What is not a number here is `all`, or a variable, which must not be able to ask for more than was leased.
    most = wanted if isinstance(wanted, int) and wanted > 0 else len(gpus)
    kept = {key: value for key, value in request.items() if key not in ("count", "device_ids")}
    prefix = f"{_CDI_KIND}=" if request.get("driver") == _CDI else ""
    return {**kept, "device_ids": [f"{prefix}{gpu}" for gpu in gpus[:most]]}


def _replaced(deploy: Mapping[str, Any], reserved: list[Any]) -> dict[str, Any]:
    resources = deploy["resources"]
    reservations = {**resources["reservations"], "devices": reserved}
    return {**deploy, "resources": {**resources, "reservations": reservations}}


def _with_variable(environment: Any, name: str, value: str) -> Any:
    if isinstance(environment, list):
        others = [item for item in environment if str(item).partition("=")[0] != name]
        return [*others, f"{name}={value}"]
    return {**(environment or {}), name: value}
