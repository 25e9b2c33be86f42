"""What keeps a container from harming its neighbours: memory, processes, capabilities, logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.render.words import size

if TYPE_CHECKING:
    from devenv.spec.model import Logs, ServiceResources

# Enough for a training job with many loaders; a fork bomb stays inside.
PIDS = 4096
# What a root process needs to use files of other uids and to become another user (apt, chown, su, published MinIO
# images), given back to it alone. Other users have no capabilities that could be taken.
_ROOT_CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID")


def memory(amount: int | None) -> dict[str, Any]:
    """Return a hard limit without swap: a sandbox that swaps takes the disk from all others.

    In bytes, as the engine tells it: the life cycle compares the two.
    """
    return {"mem_limit": amount, "memswap_limit": amount} if amount else {}


def shared(resources: ServiceResources) -> dict[str, Any]:
    """Return the limits of what lives on the shared cores."""
    return ({"cpus": resources.cpus} if resources.cpus is not None else {}) | memory(resources.memory)


def confined(user: str | None) -> dict[str, Any]:
    """Return what holds for every container that devenv itself defines; `user` None is the image's, maybe root."""
    words: dict[str, Any] = {
        "pids_limit": PIDS,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }
    if user is None or user.partition(":")[0] == "0":
        words["cap_add"] = list(_ROOT_CAPABILITIES)
    return words


def logging(logs: Logs) -> dict[str, Any]:
    """Return the log limits: Docker's default keeps everything, until the disk is full."""
    return {
        "driver": "json-file",
        "options": {"max-size": size(logs.max_size), "max-file": str(logs.max_files)},
    }
