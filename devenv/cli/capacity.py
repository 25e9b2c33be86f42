"""The verb `capacity`: who holds which core, and what a lease would get, here or on a machine one does not have yet."""

from __future__ import annotations

from pathlib import Path

import click

from devenv.cli import options, screens
from devenv.cli.output import Result
from devenv.hosts import capacity as capacities
from devenv.hosts.host import Host


@click.command()
@click.option("--inventory", type=click.Path(path_type=Path), help="Ask about the machine in this file, not this one.")
@click.option("--what-if", metavar="WORD=VALUE,...", help="Show the lease that e.g. cpus=6,gpus=1 would get.")
@options.verb
def capacity(inventory: Path | None, what_if: str | None) -> Result:
    """Show who holds which core, memory and GPUs; with --what-if, which ones a lease would get."""
    if inventory:
        found = capacities.Capacity(inventory.name, capacities.read_inventory(inventory))
    else:
        host = Host()
        found = capacities.Capacity(host.name, host.inventory())
    if what_if is None:
        return Result({"hosts": [found.to_json()]}, screens.capacity(found))
    request = capacities.parse_request(what_if)
    got = capacities.what_if(found.inventory, request)
    lease = {"cpus": list(got.cpus), "memory": request.memory, "gpus": list(got.gpus), "ports": {}}
    return Result({"lease": lease}, screens.what_if(got))
