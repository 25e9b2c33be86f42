"""From a spec and a lease to what should be there: the request to the ledger, the rendered files, the Compose data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv import locations
from devenv import spec as spec_package
from devenv.agent.model import PortRequest, Request
from devenv.boxes import build as box_build
from devenv.boxes import recipe as box_recipe
from devenv.boxes import trust
from devenv.hosts import images as built_images
from devenv.identity import Identity, mine
from devenv.render import compose as render_compose
from devenv.render import inputs
from devenv.render import minio as render_minio
from devenv.render import ports as render_ports
from devenv.render.context import Context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.agent.engine import Engine
    from devenv.agent.model import Lease
    from devenv.spec.model import Spec

MINIO_BOX = "minio"


@dataclass(frozen=True)
class Desired:
    """A sandbox as it should be. `project` is what `files["compose.yaml"]` says, before it is text."""

    spec: Spec
    who: Identity
    target: str
    backend: str
    spec_hash: str
    lease: Lease
    project: Mapping[str, Any]
    files: Mapping[str, str]

    @property
    def services(self) -> dict[str, Mapping[str, Any]]:
        """Return the services that `up` starts: those behind a Compose profile are not among them."""
        return {name: body for name, body in self.project["services"].items() if not body.get("profiles")}

    @property
    def bundled_minio(self) -> bool:
        """Tell whether the sandbox has a MinIO of its own."""
        return self.spec.minio is not None and self.spec.minio.external is None


def request(spec: Spec) -> Request:
    """Return what the spec asks of a host's ledger; what MinIO and the services may use is counted, too."""
    wanted = spec.resources
    gpus = wanted.gpus
    beside = sum(service.memory or 0 for service in spec.service_resources.values())
    if spec.minio is not None and spec.minio.external is None:
        beside += spec.minio.resources.memory or 0
    return Request(
        cpus=wanted.cpus,
        memory=wanted.memory,
        gpus=gpus.count if gpus else 0,
        gpu_vendor=gpus.vendor if gpus else None,
        gpu_model=gpus.model if gpus else None,
        gpu_memory=gpus.memory if gpus else None,
        core_type=wanted.core_type,
        dedicated=wanted.dedicated,
        beside=beside,
    )


def ports(spec: Spec) -> tuple[PortRequest, ...]:
    """Return the host ports that the sandbox leases: its own, its MinIO's two, and those its services insist on."""
    own = tuple(PortRequest(port.name, port.guest, port.host, port.bind) for port in spec.ports)
    side = tuple(
        PortRequest(f"{name}:{port.guest}/{port.protocol}", port.guest, port.host, port.address, port.protocol)
        for name, words in spec.services.items()
        for port in render_ports.fixed(words.get("ports"))
        if not words.get("profiles")
    )
    if spec.minio is None or spec.minio.external is not None:
        return own + side
    return own + tuple(PortRequest(name, guest) for name, guest in render_minio.GUESTS.items()) + side


def images(spec: Spec, engine: Engine | None) -> tuple[str, str | None]:
    """Return the references of the sandbox's image and of its MinIO's, without building or pulling either.

    Only a spec with `build:` asks the engine, for what was built last.
    """
    if spec.box is not None:
        main = box_build.reference(box_recipe.load(spec.box, spec.folder))
    elif spec.build is not None:
        main = built_images.built(engine, spec.name) if engine else built_images.latest(spec.name)
    else:
        main = spec.image or ""
    minio = None
    if spec.minio is not None and spec.minio.external is None:
        minio = spec.minio.image or box_build.reference(box_recipe.load(MINIO_BOX))
    return main, minio


def desired(spec: Spec, target: str, lease: Lease, pool: tuple[int, ...], engine: Engine | None = None) -> Desired:
    """Render the spec under a lease. `pool` is where MinIO and the side services live.

    Pure but for the paths of this user's state and trust store, which end up in the files.
    """
    who = mine(spec.name)
    digest = spec_package.spec_hash(spec)
    main, minio = images(spec, engine)
    context = Context(
        sandbox_id=who.id,
        owner=who.owner,
        project=who.project,
        folder=spec.folder,
        image=main,
        minio_image=minio,
        user=user(spec),
        home=box_recipe.load(spec.box, spec.folder).home if spec.box else None,
        state_dir=locations.sandbox_dir(spec.name),
        ca_bundle=trust.bundle(),
        proxy=trust.proxy(),
        pool=pool,
        target=target,
        spec_hash=digest,
        inputs=inputs.digests(spec, os.environ, _contents),
    )
    project = render_compose.project(spec, lease, context)
    return Desired(
        spec=spec,
        who=who,
        target=target,
        backend=spec.targets[target].backend,
        spec_hash=digest,
        lease=lease,
        project=project,
        files=render_compose.render(spec, lease, context),
    )


def _contents(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def user(spec: Spec) -> str | None:
    """Return the uid:gid that the sandbox runs as: the caller's, so that files keep their owner.

    Under sudo that is the person who called it. None leaves it to the image (`user: image`).
    """
    if spec.user == "image":
        return None
    if spec.user != "caller":
        return spec.user
    uid, gid = os.getuid(), os.getgid()
    if uid == 0 and "SUDO_UID" in os.environ:
        uid, gid = int(os.environ["SUDO_UID"]), int(os.environ.get("SUDO_GID", "0"))
    return f"{uid}:{gid}"


def uid(spec: Spec) -> int | None:
    """Return the number of the user that the sandbox runs as; None where the image decides, or names it."""
    first = (user(spec) or "").split(":")[0]
    return int(first) if first.isdigit() else None
