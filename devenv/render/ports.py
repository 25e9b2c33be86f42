"""Published ports of services: bound to 127.0.0.1 unless the spec says an address (DESIGN section 9)."""

from __future__ import annotations

from typing import Any

from devenv.render import interpolation

LOOPBACK = "127.0.0.1"
# "container", "host:container", "address:host:container": Compose's short syntax.
_WITH_ADDRESS = 3


def bound(ports: Any) -> Any:
    """Return a service's `ports`, in either syntax, with 127.0.0.1 where there is no address."""
    return [_bound(port) for port in ports] if isinstance(ports, list) else ports


def addresses(ports: Any) -> tuple[str, ...]:
    """Return the addresses that a service's `ports` ask for by themselves, in order; "" where none is said."""
    return tuple(_address(port) for port in ports) if isinstance(ports, list) else ()


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
