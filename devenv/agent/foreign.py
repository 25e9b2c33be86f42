"""Who else sits on this host's cores: containers pinned by hand, or by another user's devenv."""

from __future__ import annotations

from typing import TYPE_CHECKING, Collection, Mapping, Tuple

from .model import Held

if TYPE_CHECKING:
    from .engine import Container, Engine

# What devenv starts beside a sandbox follows the pool of unleased cores and is narrowed live: it claims nothing.
_FOLLOWS_THE_POOL = ("minio", "service")


def foreign(engine: Engine, known: Collection[str] = ()) -> Tuple[Held, ...]:
    """Return what running containers hold that our ledger does not know; `known` are the sandbox ids it does.

    Only an explicit cpuset claims cores: without one a container runs wherever the kernel likes, and every container
    of the machine would count. Memory is not counted either: a limit is not a use, and strangers set none.

    Raises:
        EngineDown: the engine does not answer.
    """

    def stranger(labels: Mapping[str, str]) -> bool:
        follows = labels.get("devenv.role") in _FOLLOWS_THE_POOL or labels.get("devenv.dedicated") == "false"
        return not follows and labels.get("devenv.id") not in known

    return tuple(
        Held(_name(one), one.cpuset, one.gpus, 0, foreign=True)
        for one in engine.containers(all=False, wanted=stranger)
        if one.cpuset or one.gpus
    )


def _name(container: Container) -> str:
    sandbox, owner = container.labels.get("devenv.sandbox"), container.labels.get("devenv.owner")
    return f"{sandbox} of {owner}" if sandbox and owner else f"container {container.name}"
