"""Verbs that look and change nothing: status, list, verify."""

from __future__ import annotations

import click

from devenv import errors, identity
from devenv.cli import options, screens
from devenv.cli.output import Result
from devenv.hosts.host import Host


@click.command()
@options.named
@options.verb
def status(name: str) -> Result:
    """Show one sandbox: state, health, lease, endpoints, services, drift."""
    from devenv.sandbox import view  # noqa: PLC0415

    found = view.sandbox(Host(), identity.mine(name))
    return Result({"sandbox": found.to_json()}, screens.status(found))


@click.command("list")
@options.verb
def list_() -> Result:
    """List the sandboxes on this host, stopped ones included."""
    from devenv.sandbox import view  # noqa: PLC0415

    found = view.sandboxes(Host())
    return Result({"sandboxes": [sandbox.to_json() for sandbox in found]}, screens.sandboxes(found))


@click.command()
@options.named
@options.verb
def verify(name: str) -> Result:
    """Prove by reading back from kernel, engine and store that the sandbox has what was promised."""
    from devenv.sandbox import verify as verify_module  # noqa: PLC0415

    host = Host()
    host.require_engine()
    checks = verify_module.verify(host, identity.mine(name))
    broken = [check for check in checks if not check.ok]
    data = {"sandbox": name, "ok": not broken, "checks": [check.to_json() for check in checks]}
    error = None
    if broken:
        lines = "\n".join(f"{check.name}: {check.detail}" for check in broken)
        hint = (
            "stop or re-pin the foreign containers"
            if all(c.by_others for c in broken)
            else "`devenv up` repairs what it can"
        )
        error = errors.Differs(f"'{name}' has not all that was promised:\n{lines}", hint=hint)
    return Result(data, screens.verified(name, checks), error=error)
