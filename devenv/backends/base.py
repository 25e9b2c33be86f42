"""The seam of a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from devenv.hosts.host import Host
    from devenv.spec.model import Target


class Backend(Protocol):
    """A way of making a host. Every method may be called again after it was interrupted anywhere."""

    def provide(self, target: Target) -> Host:
        """Return a host that answers, making or starting it if it must be.

        Blocks until the host's engine answers. Changes nothing where the host is there already.

        Raises:
            ToolMissing: what the host needs is not there (an engine, a tool, credentials).
            NoCapacity: nothing that fits can be had.
        """
        ...

    def find(self, target: Target) -> Host:
        """Return the host without making, starting or waiting for anything; its engine may not answer."""
        ...
