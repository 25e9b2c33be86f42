"""The verb `render`: the files a sandbox is made of, without an engine, a host or devenv."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from devenv import errors, identity, locations
from devenv.agent.model import Lease
from devenv.backends import registry
from devenv.cli import options, output
from devenv.cli.output import Result
from devenv.hosts import capacity
from devenv.hosts.host import Host

if TYPE_CHECKING:
    from devenv.cli.options import Where
    from devenv.spec.model import Spec


@click.command()
@options.of_spec
@click.option("-o", "--output", "into", type=click.Path(path_type=Path), help="Write the files into this folder.")
@click.option(
    "--inventory", type=click.Path(path_type=Path), help="Lease on the machine in this file, not on this one."
)
@options.dry_run
@options.verb
def render(where: Where, into: Path | None, inventory: Path | None, *, dry_run: bool) -> Result:
    """Write the files a sandbox is made of: under its lease, else under the one it would get."""
    from devenv.sandbox import credentials, desired  # noqa: PLC0415

    spec, name, target = where.resolve()
    registry.get(target.backend)
    lease, pool = _lease(spec, inventory)
    files = desired.desired(spec, name, lease, pool).files
    if into is None or dry_run:
        text = "\n".join(f"# {path}\n{body}" if len(files) > 1 else body for path, body in files.items()).rstrip("\n")
        return Result({"files": dict(files)}, text)
    try:
        # What the file mounts; so that it runs without devenv, too.
        credentials.prepare(spec, locations.sandbox_dir(spec.name), desired.uid(spec))
    except errors.ToolMissing as error:
        output.warn(error.message)
    into.mkdir(parents=True, exist_ok=True)
    for path, body in files.items():
        (into / path).write_text(body)
    return Result({"files": dict(files), "folder": str(into)}, "\n".join(str(into / path) for path in files))


def _lease(spec: Spec, inventory: Path | None) -> tuple[Lease, tuple[int, ...]]:
    from devenv.sandbox import desired  # noqa: PLC0415

    who, request, ports = identity.mine(spec.name), desired.request(spec), desired.ports(spec)
    if inventory is None:
        host = Host()
        lease = host.lease(who.id) or host.what_if(request, ports, who=who)
        return lease, tuple(cpu for cpu in host.pool(but=who.id) if cpu not in lease.cpus)
    seen = capacity.read_inventory(inventory)
    got = capacity.what_if(seen, request)
    numbers = {port.name: port.host or port.guest for port in ports}
    lease = Lease(
        who.id, who.owner, got.cpus, request.memory, got.gpus, numbers, request=request, dedicated=request.dedicated
    )
    taken = {cpu for held in seen.leases for cpu in held.cpus} | set(got.cpus)
    return lease, tuple(cpu.id for cpu in seen.cpus if cpu.id not in taken)
