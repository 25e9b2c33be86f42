"""Choose host ports: never one that is leased, never one that a stranger listens on."""

from __future__ import annotations

import errno
import hashlib
import socket
from typing import Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence

from .model import NoCapacity, PortRequest

# Below the kernel's ephemeral range (32768 to 60999), so that outgoing connections never sit on them, and above the
# numbers people choose by hand.
FIRST, LAST = 20000, 29999
# Below it only root may bind; an automatic port must work for everybody.
_UNPRIVILEGED = 1024
_WILDCARDS = ("0.0.0.0", "::", "")  # noqa: S104 -- compared with, not bound to


class Leased(NamedTuple):
    """One leased host port, and the sandbox people know it by."""

    bind: str
    port: int
    protocol: str
    holder: str


def choose(
    sandbox_id: str,
    requests: Sequence[PortRequest],
    leased: Iterable[Leased],
    mine: Mapping[str, int],
    is_free: Callable[[str, int, str], bool],
) -> Dict[str, int]:
    """Return a host port for each request, by name.

    `leased` are the ports of all other sandboxes, stopped ones too. `mine` are those that this sandbox has already:
    they are kept, and not tested, for it may be listening on them. A fixed port is taken or refused; an automatic one
    is the guest's own number where it is free, else the first free one from a place that the sandbox's id picks, so
    that a sandbox made again gets the same URL again.

    Raises:
        NoCapacity: a fixed port is taken (says by whom), or no automatic one is left.
    """
    taken = list(leased)
    chosen: Dict[str, int] = {}
    # Fixed ones first: an automatic one must not sit on a number that this very sandbox asks for.
    for request in sorted(requests, key=lambda one: (one.host is None, one.name)):
        if request.host is not None:
            port = _fixed(request, request.host, taken, mine, is_free)
        else:
            port = _automatic(sandbox_id, request, taken, mine, is_free)
        chosen[request.name] = port
        taken.append(Leased(request.bind, port, request.protocol, f"port {request.name} of this very sandbox"))
    return chosen


def bindable(bind: str, port: int, protocol: str) -> bool:
    """Say whether nobody listens on this address and port, by binding it for a moment."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    try:
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # Connections of a listener that is gone linger for a minute (TIME_WAIT); they are in nobody's way.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((bind, port))
    except OSError as error:
        # Anything else (an address this machine lacks, a port that needs root) is for the engine to judge: it is root.
        return error.errno != errno.EADDRINUSE
    return True


def _fixed(
    request: PortRequest,
    port: int,
    taken: List[Leased],
    mine: Mapping[str, int],
    is_free: Callable[[str, int, str], bool],
) -> int:
    holder = _holder(request, port, taken)
    if holder:
        raise NoCapacity(
            f"port {port} on {request.bind} (asked for `{request.name}`) is held by {holder}",
            f"`host: auto` for port {request.guest} takes a free one",
        )
    if port not in mine.values() and not is_free(request.bind, port, request.protocol):
        raise NoCapacity(
            f"port {port} on {request.bind} (asked for `{request.name}`) is held by a program that is not devenv's",
            f"`ss -ltnp 'sport = :{port}'` shows it; `host: auto` for port {request.guest} takes a free one",
        )
    return port


def _automatic(
    sandbox_id: str,
    request: PortRequest,
    taken: List[Leased],
    mine: Mapping[str, int],
    is_free: Callable[[str, int, str], bool],
) -> int:
    kept = mine.get(request.name)
    if kept is not None and not _holder(request, kept, taken):
        return kept
    busy = {one.port for one in taken if _overlap(one, request)}
    span = LAST - FIRST + 1
    start = int.from_bytes(hashlib.sha256(f"{sandbox_id}\0{request.name}".encode()).digest()[:4], "big") % span
    first = [request.guest] if request.guest >= _UNPRIVILEGED else []
    for port in [*first, *(FIRST + (start + step) % span for step in range(span))]:
        if port not in busy and is_free(request.bind, port, request.protocol):
            return port
    raise NoCapacity(
        f"no host port from {FIRST} to {LAST} is free for `{request.name}`",
        "`devenv list` shows the sandboxes that hold them",
    )


def _holder(request: PortRequest, port: int, taken: Iterable[Leased]) -> Optional[str]:
    return next((one.holder for one in taken if one.port == port and _overlap(one, request)), None)


def _overlap(one: Leased, request: PortRequest) -> bool:
    if one.protocol != request.protocol:
        return False
    return one.bind == request.bind or one.bind in _WILDCARDS or request.bind in _WILDCARDS
