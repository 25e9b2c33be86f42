"""Verbs that make and unmake a sandbox: plan, up, halt, start, destroy."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from devenv import errors, identity
from devenv.backends import registry
from devenv.cli import options, output, screens
from devenv.cli.output import Result
from devenv.cli.progress import Display
from devenv.hosts.host import Host
from devenv.sandbox.progress import Phases

if TYPE_CHECKING:
    from devenv.cli.options import Where
    from devenv.spec.model import Spec

_UP_S = 180.0
_GRACE_S = 10.0


@click.command()
@options.of_spec
@click.option("--exit-code", is_flag=True, help="Exit with 9 if `up` would change anything.")
@options.verb
def plan(where: Where, *, exit_code: bool) -> Result:
    """Show what `up` would change, and what each promise of the spec is worth on this host."""
    return _planned(where, exit_code=errors.Differs.exit_code if exit_code else 0)


@click.command()
@options.of_spec
@options.dry_run
@options.time_limit(_UP_S)
@options.yes
@options.verb
def up(where: Where, *, dry_run: bool, timeout: float, yes: bool) -> Result:  # noqa: ARG001 -- nothing `up` does asks yet
    """Make the sandbox real, or bring it up to date; interrupted, the same command goes on."""
    from devenv.sandbox import up as up_module  # noqa: PLC0415

    if dry_run:
        return _planned(where, exit_code=0)
    spec, name, target = where.resolve()
    _say_if_elsewhere(spec)
    host = registry.get(target.backend).provide(target)
    outcome = up_module.up(spec, name, host, Phases(Display()), timeout=timeout)
    data: dict[str, Any] = {
        "sandbox": outcome.sandbox.to_json(),
        "changes": [change.to_json() for change in outcome.changes],
    }
    if not outcome.changes:
        return Result(data, screens.unchanged(outcome.sandbox))
    from devenv.sandbox import fidelity  # noqa: PLC0415

    promises = fidelity.of(spec, name, host)
    data["fidelity"] = [asdict(promise) for promise in promises]
    return Result(data, screens.ready(outcome.sandbox, promises))


@click.command()
@options.named
@click.option("--release", is_flag=True, help="Give the cores and ports back; `up` claims new ones.")
@options.dry_run
@options.time_limit(_GRACE_S)
@options.verb
def halt(name: str, *, release: bool, dry_run: bool, timeout: float) -> Result:
    """Stop the sandbox; it keeps its cores, ports and data. --timeout is what its programs get to end in."""
    from devenv.sandbox import down, view  # noqa: PLC0415

    host, who = Host(), identity.mine(name)
    if dry_run:
        found = view.sandbox(host, who)
        running = [service["name"] for service in found.services if service["state"] == "running"]
        return Result({"would_stop": running}, f"would stop: {', '.join(running) or 'nothing, all is stopped'}")
    halted = down.halt(host, who, Phases(Display()), grace=max(1, round(timeout)), release=release)
    kept = "its cores and ports are free now" if release else "it keeps its cores and ports; `devenv start` goes on"
    return Result({"sandbox": halted.to_json()}, f"'{name}' is stopped; {kept}")


@click.command()
@options.named
@options.dry_run
@options.time_limit(_UP_S)
@options.verb
def start(name: str, *, dry_run: bool, timeout: float) -> Result:
    """Start a halted sandbox on the cores and ports it has kept."""
    from devenv.sandbox import down, view  # noqa: PLC0415

    host, who = Host(), identity.mine(name)
    if dry_run:
        found = view.sandbox(host, who)
        stopped = [service["name"] for service in found.services if service["state"] != "running"]
        return Result({"would_start": stopped}, f"would start: {', '.join(stopped) or 'nothing, all runs'}")
    started = down.start(host, who, Phases(Display()), timeout=timeout)
    return Result({"sandbox": started.to_json()}, screens.unchanged(started))


@click.command()
@options.named
@click.option("--keep-data", is_flag=True, help="Keep the volumes: buckets and named volumes survive.")
@options.dry_run
@options.yes
@options.time_limit(_GRACE_S)
@options.verb
def destroy(name: str, *, keep_data: bool, dry_run: bool, yes: bool, timeout: float) -> Result:
    """Remove the sandbox: its containers, networks and, unless --keep-data, its buckets and volumes."""
    from devenv.sandbox import down  # noqa: PLC0415

    host, who = Host(), identity.mine(name)
    host.require_engine()
    doomed = down.doomed(host, who)
    said = screens.doomed(name, doomed, [] if keep_data else down.contents(host, who), keep_data=keep_data)
    if dry_run:
        return Result({"would_remove": doomed.to_json()}, said)
    output.say(said)
    options.confirm(f"Destroy '{name}'?", yes=yes)
    gone = down.destroy(host, who, Phases(Display()), keep_data=keep_data, grace=max(1, round(timeout)))
    return Result({"removed": gone.to_json(), "kept_data": keep_data}, f"'{name}' is gone")


def _say_if_elsewhere(spec: Spec) -> None:
    from devenv.sandbox import record  # noqa: PLC0415

    before = record.load(spec.name)
    if before is not None and before.folder != str(spec.folder):
        output.warn(
            f"there is a sandbox '{spec.name}' already, made from {before.folder}; `up` here makes it this folder's. "
            "A sandbox of its own needs a name of its own"
        )


def _planned(where: Where, *, exit_code: int) -> Result:
    from devenv.sandbox import fidelity  # noqa: PLC0415
    from devenv.sandbox import up as up_module  # noqa: PLC0415

    spec, name, target = where.resolve()
    _say_if_elsewhere(spec)
    host = registry.get(target.backend).provide(target)
    want, changes = up_module.preview(spec, name, host)
    promises = fidelity.of(spec, name, host)
    data: dict[str, Any] = {
        "sandbox": spec.name,
        "target": name,
        "lease": want.lease.to_json(),
        "changes": [change.to_json() for change in changes],
        "fidelity": [asdict(promise) for promise in promises],
    }
    return Result(data, screens.plan(want, changes, promises), exit_code=exit_code if changes else 0)
