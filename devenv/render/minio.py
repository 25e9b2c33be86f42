"""The MinIO beside every sandbox, and what tells the sandbox's programs where their object store is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.render import labels, limits
from devenv.render.words import cpuset, escape

if TYPE_CHECKING:
    from devenv.agent.model import Lease
    from devenv.render.context import Context
    from devenv.spec.model import Minio, Spec

NAME = "minio"
VOLUME = "minio-data"
ENDPOINT = "http://minio:9000"
# Port names in the lease, and what each is inside.
PORT, CONSOLE = "minio", "minio-console"
GUESTS = {PORT: 9000, CONSOLE: 9001}
_REGION = "us-east-1"  # MinIO's own default
# Made at the start from this list, and over S3 when it grows later.
_BUCKETS = "DEVENV_BUCKETS"
DERIVED = frozenset({_BUCKETS})
# Where the files that hold credentials stand inside a container.
CREDENTIALS = "/run/devenv/s3-credentials"
_SECRETS = "/run/secrets"


def own(spec: Spec) -> Minio | None:
    """Return the spec's MinIO if devenv runs it; None where there is none, or an external store."""
    return spec.minio if spec.minio is not None and spec.minio.external is None else None


def is_our_box(store: Minio) -> bool:
    """Tell whether MinIO runs from devenv's own box, which can probe itself and makes its buckets."""
    return store.image is None


def service(spec: Spec, lease: Lease, context: Context) -> dict[str, Any]:
    """Return the `minio` service, without labels and networks."""
    store = own(spec)
    if store is None or context.minio_image is None:
        raise ValueError("a spec with a MinIO of its own needs context.minio_image")
    # devenv's box lets any uid keep its data and reads the credentials as their owner; what others' images need to be
    # is theirs to say.
    user = context.user if is_our_box(store) else None
    words: dict[str, Any] = {
        "image": context.minio_image,
        "init": True,
        "command": ["server", "/data", "--console-address", ":9001"],
        "environment": {
            "MINIO_ROOT_USER_FILE": f"{_SECRETS}/minio-user",
            "MINIO_ROOT_PASSWORD_FILE": f"{_SECRETS}/minio-password",
        },
        "ports": [f"127.0.0.1:{lease.ports.get(name, guest)}:{guest}" for name, guest in GUESTS.items()],
        "volumes": [
            {"type": "volume", "source": VOLUME, "target": "/data"},
            *(_file(context, f"minio-{name}", f"{_SECRETS}/minio-{name}") for name in ("user", "password")),
        ],
        **limits.shared(store.resources),
        **limits.confined(user),
        "restart": "no",  # as for the sandbox: see `render.main.RESTART`
        "stop_grace_period": "10s",
        "logging": limits.logging(spec.logs),
    }
    if context.pool:
        words["cpuset"] = cpuset(context.pool)
    if user is not None:
        words["user"] = user
    if is_our_box(store):
        words["environment"][_BUCKETS] = " ".join(store.buckets)
        words["healthcheck"] = _healthcheck()
        words["pull_policy"] = "never"  # built on this machine, as the sandbox's box is
    escaped: dict[str, Any] = escape(words)
    return escaped


def depends_on(spec: Spec) -> dict[str, Any]:
    """Return what the sandbox waits for: a healthy store where it can be probed, else a started one."""
    store = own(spec)
    if store is None:
        return {}
    return {NAME: {"condition": "service_healthy" if is_our_box(store) else "service_started"}}


def environment(spec: Spec) -> dict[str, str]:
    """Return the variables by which every AWS SDK finds the store and its credentials."""
    if spec.minio is None:
        return {}
    external = spec.minio.external
    endpoint = ENDPOINT if external is None else external.endpoint
    region = _REGION if external is None else external.region
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        **({"AWS_ENDPOINT_URL_S3": endpoint, "AWS_ENDPOINT_URL": endpoint} if endpoint else {}),
        "AWS_SHARED_CREDENTIALS_FILE": CREDENTIALS,
    }


def mounts(spec: Spec, context: Context) -> list[dict[str, Any]]:
    """Return the mount of the credentials that `environment` names; devenv copies external ones into its state."""
    return [] if spec.minio is None else [_file(context, "s3-credentials", CREDENTIALS)]


def volumes(spec: Spec, context: Context) -> dict[str, Any]:
    """Return the top-level volumes that MinIO needs."""
    if own(spec) is None:
        return {}
    return {VOLUME: {"labels": labels.of_resource(context, spec.name, NAME)}}


def _healthcheck() -> dict[str, Any]:
    url = "http://127.0.0.1:9000/minio/health/ready"
    return {
        "test": ["CMD", "curl", "-fsS", "--noproxy", "*", "--max-time", "2", "-o", "/dev/null", url],
        "interval": "2s",
        "timeout": "3s",
        "retries": 15,
        "start_period": "30s",
    }


def _file(context: Context, name: str, target: str) -> dict[str, Any]:
    # Without create_host_path a missing file is an error instead of an empty folder of that name, owned by root.
    return {
        "type": "bind",
        "source": str(context.state_dir / name),
        "target": target,
        "read_only": True,
        "bind": {"create_host_path": False},
    }
