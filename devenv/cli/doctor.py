"""The verb `doctor`: what devenv needs on this machine, and how to mend what is missing."""

from __future__ import annotations

import click

from devenv import errors
from devenv.cli import options, screens
from devenv.cli.output import Result
from devenv.hosts.host import Host


@click.command()
@options.verb
def doctor() -> Result:
    """Check this machine for what devenv needs, and say how to mend what is missing."""
    from devenv.hosts import doctor as checks  # noqa: PLC0415

    findings = checks.examine(Host())
    broken = [finding for finding in findings if finding.level == "failure"]
    data = {"findings": [finding.to_json() for finding in findings]}
    error = None
    if broken:
        error = errors.ToolMissing(
            f"missing: {', '.join(finding.name for finding in broken)}", hint=broken[0].hint or None
        )
    return Result(data, screens.doctor(findings), error=error)
