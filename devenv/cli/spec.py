"""The verbs `init`, `validate` and `schema`: they need no engine, no host and no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devenv import errors, locations
from devenv.backends import registry
from devenv.cli import options, output
from devenv.cli.output import Result

if TYPE_CHECKING:
    from devenv.cli.options import Where


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--template", default="starter", show_default=True, help="What to start from.")
@click.option("--name", help="The sandbox's name (default: the folder's).")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@options.yes
@options.dry_run
@options.verb
def init(folder: Path, template: str, name: str | None, *, force: bool, yes: bool, dry_run: bool) -> Result:
    """Write a devenv.yaml to start from into FOLDER, with what its template brings."""
    from devenv.spec import starter  # noqa: PLC0415 -- each verb pays for what it uses

    files = starter.plan(folder, template, name)
    taken = [path for path, body in files.items() if path.exists() and path.read_bytes() != body]
    data = {
        "folder": str(folder.absolute()),
        "template": template,
        "name": starter.name_for(folder, name),
        "files": [str(path.relative_to(folder)) for path in files],
        "replaced": [str(path.relative_to(folder)) for path in taken],
    }
    if dry_run:
        output.say(f"would write {len(files)} files; {len(taken)} of them would be replaced")
        return Result(data, "\n".join(map(str, files)))
    if taken:
        options.confirm(f"Replace {', '.join(map(str, taken))}?", yes=yes or force)
    starter.write(files)
    output.say(f"wrote {folder / locations.SPEC_NAME} from the template {template}; next: devenv validate, devenv up")
    return Result(data, "\n".join(map(str, files)))


@click.command()
@options.of_spec
@options.verb
def validate(where: Where) -> Result:
    """Check a spec, and list everything that is wrong with it."""
    from devenv.spec import effective, spec_hash  # noqa: PLC0415

    spec = where.load()
    name, target = spec.target(where.target)
    for other, place in spec.targets.items():
        if place.backend in registry.to_come():
            output.warn(f"target {other}: this version of devenv has no backend {place.backend} yet")
    if spec.box is not None:
        _warn_of_box(spec.box, spec.folder)
    output.say(f"{where.path()} is valid: sandbox {spec.name}, target {name} ({target.backend})")
    return Result({"file": str(where.path()), "target": name, "spec": effective(spec), "spec_hash": spec_hash(spec)})


@click.command()
@click.option("-o", "--output", "into", type=click.Path(path_type=Path), help="Write it into this file.")
@options.dry_run
@options.verb
def schema(into: Path | None, *, dry_run: bool) -> Result:
    """Print the JSON Schema of a devenv.yaml, for editors."""
    from devenv.spec import json_schema  # noqa: PLC0415

    found = json_schema()
    text = json.dumps(found, indent=2)
    if into is None:
        return Result({"schema": found}, text)
    if not dry_run:
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(text + "\n", encoding="utf-8")
    return Result({"schema": found, "file": str(into)}, str(into))


def _warn_of_box(name: str, folder: Path) -> None:
    # The spec is right in itself; which boxes there are is another folder's matter, and `up` refuses one that is not.
    from devenv.boxes import recipe  # noqa: PLC0415

    try:
        recipe.load(name, folder)
    except errors.DevenvError as error:
        output.warn(f"box: {error.message}" + (f"; {error.hint}" if error.hint else ""))
