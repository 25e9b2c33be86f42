"""Who a sandbox is: the names it goes by on a host, made from its own name and its owner's, and nothing else.

They are the same on every call, so that an interrupted `up` finds what it left, and plain `docker compose` addresses
the same project.
"""

from __future__ import annotations

import getpass
import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """A sandbox's name and its owner (a Unix user of this machine)."""

    name: str
    owner: str

    @property
    def id(self) -> str:
        """Return eight hex digits that stand for owner and name."""
        return hashlib.sha256(f"{self.owner}\0{self.name}".encode()).hexdigest()[:8]

    @property
    def project(self) -> str:
        """Return the name of the Compose project."""
        return f"devenv-{self.name}-{self.id}"


def mine(name: str) -> Identity:
    """Return the identity of this user's sandbox of that name."""
    return Identity(name, getpass.getuser())
