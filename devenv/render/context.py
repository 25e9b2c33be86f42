"""What rendering needs to know beside the spec and the lease: who, where, and what the host has made ready."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Context:
    """Everything that a rendered file depends on and that a spec does not say.

    Attributes:
        sandbox_id: first 8 hex digits that tell this sandbox from every other.
        owner: the unix user it belongs to.
        project: name of the Compose project.
        folder: folder of the spec; what is relative in the spec is relative to it.
        image: the sandbox's image, resolved to a reference that the engine has or can pull.
        minio_image: MinIO's image; None where the spec has no MinIO of its own.
        user: "uid:gid" of the main process; None leaves it to the image.
        home: home directory inside; None leaves it to the image.
        state_dir: folder of the 0600 files: `secrets/NAME`, `s3-credentials`, `minio-user`, `minio-password`.
        ca_bundle: the host's CA bundle, where it has roots of its own.
        proxy: the host's proxy variables (HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in either case).
        pool: CPUs that nobody has leased; MinIO and the side services live there. Empty: all CPUs.
        target: name of the target.
        spec_hash: hash of the effective spec.
        inputs: per service, a digest of what its definition refers to and the file does not hold (see
            `render.inputs`); it goes into the service's hash, so that a changed `.env` is seen as a change.
    """

    sandbox_id: str
    owner: str
    project: str
    folder: Path
    image: str
    state_dir: Path
    target: str
    spec_hash: str
    minio_image: str | None = None
    user: str | None = None
    home: str | None = None
    ca_bundle: Path | None = None
    proxy: Mapping[str, str] = field(default_factory=dict)
    pool: tuple[int, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.folder.is_absolute():
            # A relative path in front of a volume's name would make Compose take it for the name of a volume.
            raise ValueError(f"the folder of a spec must be absolute here; got {self.folder}")
