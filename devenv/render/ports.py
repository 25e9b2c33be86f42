"""Published ports of services: bound to 127.0.0.1 unless the spec says an address (DESIGN section 9)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.render import interpolation

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"
# "container", "host:container", "address:host:container": Compose's short syntax.
_WITH_ADDRESS = 3
_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


@dataclass(frozen=True)
class Published:
    """One port of a service on the host."""

    address: str
    host: int
    guest: int
    protocol: str


def bound(ports: Any) -> Any:
    """Return a service's `ports`, in either syntax, with 127.0.0.1 where there is no address."""
    return [_bound(port) for port in ports] if isinstance(ports, list) else ports


def addresses(ports: Any) -> tuple[str, ...]:
    """Return the addresses that a service's `ports` ask for by themselves, in order; "" where none is said."""
    return tuple(_address(port) for port in ports) if isinstance(ports, list) else ()


def fixed(ports: Any) -> tuple[Published, ...]:
    """Return what a service's `ports` publish on numbers of their own choice; not those that a variable decides."""
    found = (_published(port) for port in ports) if isinstance(ports, list) else ()
    return tuple(one for several in found for one in several)


def _published(port: Any) -> Iterator[Published]:
    if isinstance(port, dict):
        host, guest, protocol = str(port.get("published", "")), str(port.get("target", "")), port.get("protocol", "tcp")
        address = str(port.get("host_ip", LOOPBACK))
    else:
        text, _, protocol = str(port).partition("/")
        parts = interpolation.split(text)
        if len(parts) == 1:
            return
        host, guest, protocol = parts[-2], parts[-1], protocol or "tcp"
        address = ":".join(parts[:-2]).strip("[]") or LOOPBACK
    for number, inside in zip(_numbers(host), _numbers(guest), strict=False):
        yield Published(address, number, inside, str(protocol))


def _numbers(text: str) -> range:
    match = _RANGE.fullmatch(text)
    return range(int(match[1]), int(match[2] or match[1]) + 1) if match else range(0)


def _bound(port: Any) -> Any:
    if isinstance(port, dict):
        return port if "host_ip" in port else {**port, "host_ip": LOOPBACK}
    text = str(port)
    parts = interpolation.split(text)
    if len(parts) >= _WITH_ADDRESS or (len(parts) == 1 and interpolation.starts_with_variable(text)):
        # The address is there, or the whole mapping is a variable that may hold one.
        return port
    return f"{LOOPBACK}:{text}" if len(parts) > 1 else f"{LOOPBACK}::{text}"


def _address(port: Any) -> str:
    if isinstance(port, dict):
        return str(port.get("host_ip", ""))
    parts = interpolation.split(str(port))
    return ":".join(parts[:-2]) if len(parts) >= _WITH_ADDRESS else ""
