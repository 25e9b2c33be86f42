"""The host that is there already: this machine and its Docker Engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv import errors
from devenv.hosts.host import Host

if TYPE_CHECKING:
    from devenv.spec.model import Target


class ComposeBackend:
    """Provides this machine as a host."""

    def provide(self, target: Target) -> Host:
        """Return this machine, once its engine has answered."""
        host = self.find(target)
        host.require_engine()
        return host

    def find(self, target: Target) -> Host:
        """Return this machine, without asking its engine."""
        address = getattr(target, "host", None)
        if address:
            raise errors.ToolMissing(
                f"this version of devenv cannot reach another host yet ({address})",
                hint="the spec is valid; leave `host` out to run on this machine",
            )
        return Host()
