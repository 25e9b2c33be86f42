"""The root command: finds a verb's function by name, imports it only then, and turns every ending into an exit code."""

from __future__ import annotations

import difflib
import importlib
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from devenv import __version__, errors
from devenv.cli import output

if TYPE_CHECKING:
    from collections.abc import Sequence

# verb -> "module:function", grouped as `devenv --help` prints them.
VERBS: dict[str, dict[str, str]] = {
    "Spec": {
        "init": "devenv.cli.spec:init",
        "validate": "devenv.cli.spec:validate",
        "schema": "devenv.cli.spec:schema",
        "render": "devenv.cli.render:render",
    },
    "Life": {
        "plan": "devenv.cli.life:plan",
        "up": "devenv.cli.life:up",
        "halt": "devenv.cli.life:halt",
        "start": "devenv.cli.life:start",
        "destroy": "devenv.cli.life:destroy",
    },
    "Inside": {
        "exec": "devenv.cli.inside:exec_",
        "run": "devenv.cli.inside:run",
        "logs": "devenv.cli.inside:logs",
        "port": "devenv.cli.inside:port",
    },
    "Look": {
        "status": "devenv.cli.look:status",
        "list": "devenv.cli.look:list_",
        "verify": "devenv.cli.look:verify",
        "capacity": "devenv.cli.capacity:capacity",
        "doctor": "devenv.cli.doctor:doctor",
    },
    "Boxes": {
        "box": "devenv.cli.box:box",
    },
}
ALIASES = {"stop": "halt", "down": "destroy", "ls": "list", "ps": "status"}
# One line each, so that `devenv --help` imports no verb.
HELP = {
    "init": "Write a devenv.yaml to start from.",
    "validate": "Check a spec and list every fault in it.",
    "schema": "Print the JSON Schema of a spec, for editors.",
    "render": "Write the files a sandbox is made of, without making it.",
    "plan": "Show what `up` would change, and what each promise is worth here.",
    "up": "Make the sandbox real, or bring it up to date.",
    "halt": "Stop the sandbox; it keeps its cores, ports and data (alias: stop).",
    "start": "Start a halted sandbox again.",
    "destroy": "Remove the sandbox, its data included (alias: down).",
    "exec": "Run a command in the sandbox.",
    "run": "Run a command in the sandbox as a job, and record how long it took.",
    "logs": "Show what the sandbox and its services have printed.",
    "port": "Show where the sandbox's ports are on this machine.",
    "status": "Show one sandbox: state, health, lease, endpoints.",
    "list": "List the sandboxes on this host.",
    "verify": "Prove by reading back that the sandbox has what was promised.",
    "capacity": "Show who holds which core, and what a lease would get.",
    "doctor": "Check this machine for what devenv needs, and say how to mend it.",
    "box": "List, show and build boxes.",
}


# What Ctrl-C leaves: most verbs finish when they are said again.
_GO_ON = "the same command continues; `devenv status` shows what is there"
_AFTER = {"logs": None, "run": "what it started inside may go on: `devenv exec -- ps ax` shows it", "exec": None}


class VerbGroup(click.Group):
    """A click group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return all verbs in the order of the help text."""
        return [verb for group in VERBS.values() for verb in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command of a verb or an alias; None where there is none."""
        verb = ALIASES.get(cmd_name, cmd_name)
        for group in VERBS.values():
            if verb in group:
                module, function = group[verb].split(":")
                command: click.Command = getattr(importlib.import_module(module), function)
                return command
        return None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Find the verb, or say which one may have been meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            known = [*self.list_commands(ctx), *ALIASES]
            close = difflib.get_close_matches(args[0], known, 1) if args else []
            meant = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"there is no verb '{args[0]}'.{meant}", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the verbs by group, from HELP alone."""
        for group, verbs in VERBS.items():
            with formatter.section(group):
                formatter.write_dl([(verb, HELP[verb]) for verb in verbs])


@click.group(cls=VerbGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="devenv", message="%(prog)s %(version)s")
def cli() -> None:
    """One devenv.yaml, a sandbox with its own cores and its own MinIO, anywhere.

    A verb that acts on a sandbox takes its NAME, else the one of the spec here.
    """


def run(argv: Sequence[str]) -> int:  # noqa: PLR0911 -- one ending a line
    """Run the command line `argv` and return its exit code. No exception leaves here."""
    own, behind = _split(argv)
    wants_json = "--json" in own
    # Before any verb is imported: what goes wrong from here on has a log to go to.
    output.configure(as_json=wants_json, quiet=False, verbose=False)
    try:
        result = cli.main(args=own, prog_name="devenv", standalone_mode=False, obj=behind)
    except errors.DevenvError as error:
        return output.fail(error, as_json=wants_json)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        return 0
    except click.ClickException as error:
        return output.fail(_usage(error), as_json=wants_json)
    except (KeyboardInterrupt, click.Abort):
        gone = errors.Interrupted("interrupted", hint=_AFTER.get(own[0] if own else "", _GO_ON))
        return output.fail(gone, as_json=wants_json)
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        logging.getLogger("devenv").exception("unexpected error in %s", list(argv))
        return output.fail(output.unexpected(error), as_json=wants_json)
    return result if isinstance(result, int) else 0


def _split(argv: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    # What stands behind `--` belongs to the program that runs inside; click would mix it with the sandbox's NAME.
    if "--" not in argv:
        return list(argv), ()
    at = list(argv).index("--")
    return list(argv[:at]), tuple(argv[at + 1 :])


def _usage(error: click.ClickException) -> errors.UsageFault:
    ctx = getattr(error, "ctx", None)
    hint = f"`{ctx.command_path} --help` lists what it takes" if ctx else None
    return errors.UsageFault(error.format_message(), hint=hint)
