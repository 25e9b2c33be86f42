"""Verbs that act inside a running sandbox: exec, run, logs, port."""

from __future__ import annotations

import sys

import click

from devenv import errors, identity, process
from devenv.cli import options, output
from devenv.cli.output import Result
from devenv.hosts.host import Host


def _name_and_command(words: tuple[str, ...], file: str | None) -> tuple[str, tuple[str, ...]]:
    # click has eaten the `--`; what was typed has it, and `exec NAME -- CMD` and `exec -- CMD` differ by it.
    typed = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    if not typed:
        raise errors.UsageFault("say which command, behind `--`", hint="devenv exec [NAME] -- COMMAND [ARGUMENT ...]")
    named = words[: len(words) - len(typed)]
    if len(named) > 1:
        raise errors.UsageFault(
            f"too many words before `--`: {' '.join(named)}", hint="only the sandbox's NAME goes there"
        )
    return (named[0] if named else options.name_here(file)), tuple(typed)


@click.command("exec")
@click.argument("words", nargs=-1, metavar="[NAME] -- COMMAND...")
@click.option("-f", "--file", envvar="DEVENV_FILE", help="The spec whose sandbox is meant, if no NAME is given.")
@options.verb
def exec_(words: tuple[str, ...], file: str | None) -> Result | int:
    """Run a command in the sandbox, on this terminal if there is one; exits with the command's own code."""
    from devenv.sandbox import inside  # noqa: PLC0415

    name, command = _name_and_command(words, file)
    container = inside.running(Host(), identity.mine(name))
    if output.json_wanted():
        done = process.run(inside.argv(container, command, tty=False), check=False)
        data = {"exit_code": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
        return Result(data, exit_code=done.returncode)
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return process.attach(inside.argv(container, command, tty=terminal, stdin=True))


@click.command()
@click.argument("words", nargs=-1, metavar="[NAME] -- COMMAND...")
@click.option("-f", "--file", envvar="DEVENV_FILE", help="The spec whose sandbox is meant, if no NAME is given.")
@options.verb
def run(words: tuple[str, ...], file: str | None) -> int:
    """Run a command in the sandbox as a job: its output streams, its run time is recorded; exits with its code.

    With --json each line is one JSON object, the last one {"exit_code", "seconds"}.
    """
    from devenv.sandbox import inside  # noqa: PLC0415

    name, command = _name_and_command(words, file)
    job = inside.run(Host(), identity.mine(name), command, _job_line)
    if output.json_wanted():
        output.emit_line(job.to_json())
    else:
        output.say(f"- ended with {job.exit_code} after {job.seconds:.2f} s (recorded)")
    return job.exit_code


def _job_line(line: str) -> None:
    if output.json_wanted():
        output.emit_line({"line": line})
    else:
        print(line, flush=True)  # noqa: T201


@click.command()
@options.named
@click.option("--follow", "-F", is_flag=True, help="Go on as more is printed.")
@click.option("--service", "services", multiple=True, help="Only this service (may be given again).")
@click.option("--since", help="Only what is newer, e.g. 10m, or a time stamp.")
@click.option("--tail", type=click.IntRange(min=0), help="Only the last lines of each service.")
@options.verb
def logs(name: str, *, follow: bool, services: tuple[str, ...], since: str | None, tail: int | None) -> Result | int:
    """Show what the sandbox and its services have printed, the services told apart, merged by time."""
    from devenv.sandbox import logs as logs_module  # noqa: PLC0415

    lines = logs_module.read(Host(), identity.mine(name), services=services, since=since, tail=tail, follow=follow)
    if not output.json_wanted():
        for line in lines:
            print(line.to_text())  # noqa: T201
        return 0
    if follow:
        for line in lines:
            output.emit_line(line.to_json())
        return 0
    return Result({"lines": [line.to_json() for line in lines]})


@click.command()
@options.named
@click.argument("port_name", required=False, metavar="[PORT]")
@options.verb
def port(name: str, port_name: str | None) -> Result:
    """Show where the sandbox's ports are on this machine; with PORT (a name or a number inside) only that one."""
    from devenv.sandbox import view  # noqa: PLC0415

    found = view.sandbox(Host(), identity.mine(name))
    ports: dict[str, int] = dict(found.lease["ports"]) if found.lease else {}
    if port_name is None:
        return Result({"ports": ports}, "\n".join(f"{key}  127.0.0.1:{number}" for key, number in ports.items()))
    if port_name not in ports:
        raise errors.NotFound(f"'{name}' has no port '{port_name}'", hint=f"it has {', '.join(ports) or 'none'}")
    return Result({"ports": {port_name: ports[port_name]}}, f"127.0.0.1:{ports[port_name]}")
