"""Made-up specs, leases and contexts, the same in every test of rendering."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv import spec as specs
from devenv.agent.model import Lease
from devenv.render.context import Context

if TYPE_CHECKING:
    from devenv.spec.model import Spec

FOLDER = Path("/home/me/project")
GIB = 1024**3


def spec(**fields: Any) -> Spec:
    """Return a spec of an image without MinIO, changed by `fields`."""
    return specs.parse({"version": 1, "name": "demo", "image": "alpine:3.20", "minio": False, **fields})


def lease(**fields: Any) -> Lease:
    """Return a lease of CPUs 2 and 3 and 2 GiB, changed by `fields`."""
    return Lease(**{"sandbox": "0123abcd", "owner": "me", "cpus": (2, 3), "memory": 2 * GIB, **fields})


def context(**fields: Any) -> Context:
    """Return the context of user `me` on a machine whose CPUs 0 and 1 nobody leased, changed by `fields`."""
    usual = {
        "sandbox_id": "0123abcd",
        "owner": "me",
        "project": "devenv-demo-0123abcd",
        "folder": FOLDER,
        "image": "devenv/base:0123456789ab",
        "minio_image": "devenv/minio:0123456789ab",
        "user": "1000:1000",
        "home": "/home/dev",
        "state_dir": Path("/home/me/.local/state/devenv/sandboxes/demo"),
        "target": "laptop",
        "spec_hash": "5" * 64,
        "pool": (0, 1),
    }
    return Context(**{**usual, **fields})
