"""The options that verbs share, and the frame every verb runs in.

@click.command()
@options.of_spec          # -f -t -p --set   -> one `Where` argument
@options.verb             # --json -q -v     -> calls the function, prints the Result it returns
def validate(where: Where) -> Result: ...
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from devenv import errors, locations
from devenv.cli import output

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.spec.model import Spec, Target

Function = Any  # click decorates functions of every shape


@dataclass(frozen=True)
class Where:
    """Which spec a verb means, as the command line said it."""

    file: str | None
    target: str | None
    profile: str | None
    sets: tuple[str, ...]

    def path(self) -> Path:
        """Return the spec's file.

        Raises:
            NotFound: the named file is not there, or no folder from here up has a devenv.yaml.
        """
        if self.file:
            path = Path(self.file)
            if path.is_dir():
                path = path / locations.SPEC_NAME
            if not path.is_file():
                raise errors.NotFound(f"there is no spec file {path}", hint="`devenv init` writes one")
            return path.absolute()
        found = locations.find_spec(Path.cwd())
        if found is None:
            raise errors.NotFound(
                f"no {locations.SPEC_NAME} here or in a parent folder",
                hint="`devenv init` writes one, or name one with -f",
            )
        return found

    def load(self) -> Spec:
        """Load and validate the spec."""
        from devenv import spec  # noqa: PLC0415 -- YAML is imported by the verbs that need it

        return spec.load(self.path(), profile=self.profile, sets=self.sets, defaults=locations.config_file())

    def resolve(self) -> tuple[Spec, str, Target]:
        """Load the spec and find its target: the one named, else the default, else the first."""
        loaded = self.load()
        name, target = loaded.target(self.target)
        return loaded, name, target


def of_spec(function: Function) -> Function:
    """Add -f, -t, -p and --set, handed over as one `where`."""

    @click.option("-f", "--file", envvar="DEVENV_FILE", help="The spec (default: devenv.yaml here or in a parent).")
    @click.option("-t", "--target", envvar="DEVENV_TARGET", help="Where to run (default: the spec's first target).")
    @click.option("-p", "--profile", help="A profile of the spec to merge in.")
    @click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Set one field, e.g. resources.cpus=2.")
    @functools.wraps(function)
    def wrapped(
        *args: Any,
        file: str | None,
        target: str | None,
        profile: str | None,
        sets: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        return function(*args, where=Where(file, target, profile, sets), **rest)

    return wrapped


def named(function: Function) -> Function:
    """Add the optional NAME of a sandbox and -f, handed over as one `name` that is never empty."""

    @click.argument("name", required=False)
    @click.option("-f", "--file", envvar="DEVENV_FILE", help="The spec whose sandbox is meant, if no NAME is given.")
    @functools.wraps(function)
    def wrapped(*args: Any, name: str | None, file: str | None, **rest: Any) -> Any:
        return function(*args, name=name or name_here(file), **rest)

    return wrapped


class WithCommand(click.Command):
    """A verb with a command behind `--`: its usage says so, and so does the error when the `--` was forgotten."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the pieces of the usage line, the command last."""
        return [*super().collect_usage_pieces(ctx), "-- COMMAND..."]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the verb's own options and NAME; too many words without a `--` are taken for the command."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if ctx.obj:
                raise
            raise _no_command(ctx) from error


def _no_command(ctx: click.Context) -> errors.UsageFault:
    hint = f"{ctx.command_path} [NAME] -- COMMAND [ARGUMENT ...]"
    return errors.UsageFault("say which command, behind `--`", hint=hint)


def behind(function: Function) -> Function:
    """Add what stands behind `--`, handed over as one `command` that is never empty."""

    @click.pass_context
    @functools.wraps(function)
    def wrapped(ctx: click.Context, *args: Any, **rest: Any) -> Any:
        if not ctx.obj:
            raise _no_command(ctx)
        return function(*args, command=ctx.obj, **rest)

    return wrapped


def name_here(file: str | None) -> str:
    """Return the name of the sandbox of the spec here, without asking that the whole spec be valid."""
    path = Where(file, None, None, ()).path()
    from devenv import spec  # noqa: PLC0415

    return spec.name_of(path)


def dry_run(function: Function) -> Function:
    """Add --dry-run."""
    return click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")(function)


def yes(function: Function) -> Function:
    """Add -y."""
    return click.option("-y", "--yes", is_flag=True, help="Do not ask.")(function)


def time_limit(default: float) -> Callable[[Function], Function]:
    """Add --timeout in seconds."""
    return click.option(
        "--timeout", type=click.FloatRange(min=0, min_open=True), default=default, show_default=True, help="Seconds."
    )


def verb(function: Function) -> Function:
    """Add --json, -q and -v, run the verb, print the `Result` it returns, and return its exit code."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    @click.option("-q", "--quiet", is_flag=True, help="Print no progress.")
    @click.option("-v", "--verbose", is_flag=True, help="Print what is run, too.")
    @functools.wraps(function)
    def wrapped(*args: Any, as_json: bool, quiet: bool, verbose: bool, **rest: Any) -> int:
        output.configure(as_json=as_json, quiet=quiet, verbose=verbose)
        result = function(*args, **rest)
        return output.emit(result) if isinstance(result, output.Result) else int(result or 0)

    return wrapped


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is lost; without a terminal only `--yes` is an answer.

    Raises:
        UsageFault: nobody can be asked.
        Refused: the answer was no.
    """
    if yes:
        return
    if output.json_wanted() or not (os.isatty(0) and os.isatty(2)):
        raise errors.UsageFault(f"{question} Nobody can be asked here.", hint="say --yes to go on")
    if not click.confirm(question, err=True):
        raise errors.Refused("nothing was done: the answer was no")
