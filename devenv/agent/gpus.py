"""Which GPUs a request means, and which of them to hand out. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Collection, List, Optional, Sequence, Tuple

if TYPE_CHECKING:
    from .model import Gpu, Request

# What a card reports is less than what it is sold as: ECC takes 1/16 of GDDR memory and the driver some more. An A10G
# sold as 24 GiB reports 23,028 MiB (0.937 of it), a T4 of 16 GiB 15,109 MiB (0.922); the next smaller size is never
# above 0.84 (20 of 24 GiB).
_REPORTED_OF_NOMINAL = 0.92
_VENDORS = ("nvidia", "amd", "intel")


def eligible(gpus: Sequence[Gpu], request: Request) -> List[Gpu]:
    """Return the GPUs that are what the request describes, taken ones included."""
    return [gpu for gpu in gpus if _is_vendor(gpu, request) and _is_model(gpu, request) and _is_big(gpu, request)]


def pick(free: Sequence[Gpu], count: int, nodes: Collection[Optional[int]]) -> Tuple[str, ...]:
    """Return the UUIDs of the `count` best of the `free` GPUs, in the machine's order.

    Nearest to the cores (`nodes`, their NUMA nodes) first, then the least memory (keeps the big ones), then those that
    can all hang on one node, then the machine's order.
    """
    room = {gpu.numa: sum(other.numa == gpu.numa for other in free) for gpu in free}
    order = {gpu.uuid: index for index, gpu in enumerate(free)}

    def key(gpu: Gpu) -> Tuple[bool, int, bool, int]:
        near = gpu.numa is None or gpu.numa in nodes or None in nodes
        return (not near, gpu.memory or 0, room[gpu.numa] < count, order[gpu.uuid])

    chosen = sorted(free, key=key)[:count]
    return tuple(gpu.uuid for gpu in sorted(chosen, key=lambda gpu: order[gpu.uuid]))


def describe(request: Request) -> str:
    """Return the asked GPUs in words, as in `2 nvidia A10G GPUs of 24.0 GiB`."""
    words = [str(request.gpus), request.gpu_vendor, request.gpu_model, "GPU" if request.gpus == 1 else "GPUs"]
    text = " ".join(word for word in words if word)
    return f"{text} of {size(request.gpu_memory)}" if request.gpu_memory else text


def size(count: int) -> str:
    """Return a number of bytes as people write it."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def _is_vendor(gpu: Gpu, request: Request) -> bool:
    if not request.gpu_vendor:
        return True
    wanted = request.gpu_vendor.strip().lower()
    if gpu.vendor:
        return gpu.vendor.strip().lower() == wanted
    named = [vendor for vendor in _VENDORS if vendor in _tokens(gpu.model or "")]
    return not named or wanted in named  # a machine that does not say is not refused


def _is_model(gpu: Gpu, request: Request) -> bool:
    """Compare by words, not by substring: `A10` is not an A10G; `a100-80gb` is an `NVIDIA A100-SXM4-80GB`."""
    if not request.gpu_model:
        return True
    wanted, have = _tokens(request.gpu_model), _tokens(gpu.model or "")
    if not wanted:
        return True
    rest = iter(have)
    if all(word in rest for word in wanted):
        return True
    joined = "".join(wanted)
    return any(joined == "".join(have[a:b]) for a in range(len(have)) for b in range(a + 1, len(have) + 1))


def _is_big(gpu: Gpu, request: Request) -> bool:
    if not request.gpu_memory:
        return True
    return gpu.memory is not None and gpu.memory >= request.gpu_memory * _REPORTED_OF_NOMINAL


def _tokens(text: str) -> List[str]:
    return re.findall(r"[a-z0-9]+", text.lower())
