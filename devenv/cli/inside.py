"""Verbs that act inside a running sandbox: exec, run, logs, port."""

from __future__ import annotations

import sys
from typing import Any

import click

from devenv import errors, identity, process
from devenv.cli import options, output
from devenv.cli.output import Result
from devenv.hosts.host import Host


@click.command("exec", cls=options.WithCommand)
@options.behind
@options.named
@options.verb
def exec_(name: str, command: tuple[str, ...]) -> Result | int:
    """Run a command in the sandbox, on this terminal if there is one; exits with the command's own code."""
    from devenv.sandbox import inside  # noqa: PLC0415

    container = inside.running(Host(), identity.mine(name))
    if output.json_wanted():
        done = process.run(inside.argv(container, command, tty=False), check=False)
        data = {"exit_code": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
        return Result(data, exit_code=done.returncode)
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return process.attach(inside.argv(container, command, tty=terminal, stdin=True))


@click.command(cls=options.WithCommand)
@options.behind
@options.named
@options.verb
def run(name: str, command: tuple[str, ...]) -> int:
    """Run a command in the sandbox as a job: its output streams, its run time is recorded; exits with its code.

    With --json each line is one JSON object, the last one {"exit_code", "seconds"}.
    """
    from devenv.sandbox import inside  # noqa: PLC0415

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
@click.argument("name", required=False)
@click.option("--file", envvar="DEVENV_FILE", help="The spec whose sandbox is meant, if no NAME is given.")
@click.option("-f", "--follow", is_flag=True, help="Go on as more is printed.")
@click.option("--service", "services", multiple=True, help="Only this service (may be given again).")
@click.option("--since", help="Only what is newer, e.g. 10m, or a time stamp.")
@click.option("--tail", type=click.IntRange(min=0), help="Only the last lines of each service.")
@options.verb
def logs(name: str | None, file: str | None, *, follow: bool, **chosen: Any) -> Result | int:
    """Show what the sandbox and its services have printed, the services told apart, merged by time."""
    from devenv.sandbox import logs as logs_module  # noqa: PLC0415

    who = identity.mine(name or options.name_here(file))
    lines = logs_module.read(Host(), who, follow=follow, **chosen)
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
@click.argument("words", nargs=-1, metavar="[NAME] [PORT]")
@click.option("-f", "--file", envvar="DEVENV_FILE", help="The spec whose sandbox is meant, if no NAME is given.")
@options.verb
def port(words: tuple[str, ...], file: str | None) -> Result:
    """Show where the sandbox's ports are on this machine; with PORT, its name in the spec, only that one."""
    from devenv.sandbox import view  # noqa: PLC0415

    host = Host()
    name, port_name = _name_and_port(host, words, file)
    found = view.sandbox(host, identity.mine(name))
    ports: dict[str, int] = dict(found.lease["ports"]) if found.lease else {}
    if port_name is None:
        return Result({"ports": ports}, "\n".join(f"{key}  127.0.0.1:{number}" for key, number in ports.items()))
    if port_name not in ports:
        raise errors.NotFound(f"'{name}' has no port '{port_name}'", hint=f"it has {', '.join(ports) or 'none'}")
    return Result({"ports": {port_name: ports[port_name]}}, f"127.0.0.1:{ports[port_name]}")


def _name_and_port(host: Host, words: tuple[str, ...], file: str | None) -> tuple[str, str | None]:
    match words:
        case ():
            return options.name_here(file), None
        case (word,):
            # One word is a sandbox if there is one of that name, else a port of the sandbox here.
            known = host.lease(identity.mine(word).id) is not None
            return (word, None) if known else (options.name_here(file), word)
        case (name, port_name):
            return name, port_name
    raise errors.UsageFault(f"too many words: {' '.join(words)}", hint="devenv port [NAME] [PORT]")
