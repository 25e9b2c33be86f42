"""The sandbox's main service: the lease made into limits, the spec's own fields made into Compose's words.

Every string here is devenv's own, so every `$` is doubled: nothing in `command`, `env` or `health` is interpolated.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from devenv.render import environment, gpus, limits, minio
from devenv.render.health import healthcheck
from devenv.render.words import cpuset, duration, escape, size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.agent.model import Lease
    from devenv.render.context import Context
    from devenv.spec.model import Port, Spec

NAME = "sandbox"
SECRETS = "/run/secrets"
# Docker's own 64 MiB end a PyTorch data loader with a bus error. This is only a ceiling: what is written there counts
# against `memory` when it is written. It does not follow `memory`, which may change while the sandbox runs.
SHM_SIZE = 1024**3
# What ends stays ended, and is reported. The engine's own restarts would hide a crash loop, run a training again that
# nobody asked for, start the sandbox before its MinIO (the engine knows no `depends_on`), and after a reboot
# bring back containers whose cores or job (Slurm) may have gone to somebody else. As with Vagrant, `devenv up` brings
# everything back after a reboot, in order, on the lease that the ledger kept.
RESTART = "no"
# Docker's default, written out: what `halt` waits for is part of the promise. `init` passes the signal on.
GRACE = 10.0


def service(spec: Spec, lease: Lease, context: Context) -> dict[str, Any]:
    """Return the `sandbox` service, without labels and networks."""
    words: dict[str, Any] = {
        "image": context.image,
        "hostname": spec.name,
        "init": True,
        "environment": environment.variables(spec, lease, context),
        "depends_on": {**minio.depends_on(spec), **_services(spec)},
        "ports": [_port(port, lease) for port in spec.ports],
        "volumes": [
            *_workspace(spec, context),
            *_secrets(spec, context),
            *_trust(context),
            *minio.mounts(spec, context),
        ],
        **_resources(spec, lease, context),
        "shm_size": size(spec.resources.shm_size or SHM_SIZE),
        **limits.confined(context.user),
        "restart": RESTART,
        "stop_grace_period": duration(GRACE),
        "logging": limits.logging(spec.logs),
    }
    if spec.image is None:
        # Built on this machine. A registry that had something of this name would have somebody else's.
        words["pull_policy"] = "never"
    if spec.command is not None:
        words["command"] = list(spec.command)
    if context.user is not None:
        words["user"] = context.user
    if spec.workspace is not None:
        words["working_dir"] = spec.workspace.target
    if spec.health is not None:
        words["healthcheck"] = healthcheck(spec.health)
    escaped: dict[str, Any] = escape({key: value for key, value in words.items() if value not in ([], {})})
    return escaped


def _resources(spec: Spec, lease: Lease, context: Context) -> dict[str, Any]:
    words = limits.memory(lease.memory)
    cpus = lease.cpus if lease.dedicated else context.pool
    if cpus:
        words["cpuset"] = cpuset(cpus)
    if not lease.dedicated:
        # Without cores of its own, what was asked for is a ceiling on the shared ones.
        words["cpus"] = float(spec.resources.cpus)
    return words | gpus.devices(lease.gpus)


def _services(spec: Spec) -> dict[str, Any]:
    """Return the wait for the side services: until they are healthy, where they can tell.

    Not required: a service that fails, or whose profile is off, is reported, and does not keep the sandbox away.
    """
    return {name: {"condition": _condition(words), "required": False} for name, words in spec.services.items()}


def _condition(words: Mapping[str, Any]) -> str:
    check = words.get("healthcheck")
    test = check.get("test") if isinstance(check, dict) and not check.get("disable") else None
    return "service_healthy" if test and test != ["NONE"] else "service_started"


def _port(port: Port, lease: Lease) -> str:
    bind = f"[{port.bind}]" if ":" in port.bind else port.bind
    return f"{bind}:{lease.ports.get(port.name, port.host or port.guest)}:{port.guest}"


def _workspace(spec: Spec, context: Context) -> list[dict[str, Any]]:
    if spec.workspace is None:
        return []
    source = posixpath.normpath(context.folder / str(spec.workspace.source))
    return [_bind(source, spec.workspace.target, read_only=False)]


def _secrets(spec: Spec, context: Context) -> list[dict[str, Any]]:
    folder = context.state_dir / "secrets"
    return [_bind(str(folder / secret.name), f"{SECRETS}/{secret.name}", read_only=True) for secret in spec.secrets]


def _trust(context: Context) -> list[dict[str, Any]]:
    return [] if context.ca_bundle is None else [_bind(str(context.ca_bundle), environment.CA_BUNDLE, read_only=True)]


def _bind(source: str, target: str, *, read_only: bool) -> dict[str, Any]:
    # Without create_host_path a missing source is an error instead of an empty folder of that name, owned by root.
    words: dict[str, Any] = {"type": "bind", "source": source, "target": target}
    if read_only:
        words["read_only"] = True
    return {**words, "bind": {"create_host_path": False}}
