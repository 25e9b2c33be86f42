"""The verb `box`: list, show and build boxes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from devenv import errors, locations
from devenv.cli import options, output
from devenv.cli.output import Result
from devenv.cli.progress import Display
from devenv.sandbox.progress import Phases

if TYPE_CHECKING:
    from devenv.boxes.recipe import Recipe


@click.group()
def box() -> None:
    """List, show and build boxes: what a sandbox is made from.

    A box is a folder with a box.yaml: one of devenv's own, or of `boxes/` beside your devenv.yaml.
    """


@box.command("list")
@options.verb
def list_() -> Result:
    """List the boxes that a spec here may name."""
    from devenv.boxes import recipe  # noqa: PLC0415

    folder = _folder()
    rows = [_row(recipe.load(name, folder)) for name in recipe.available(folder)]
    words = {True: "yes", False: "no", None: "?"}
    text = output.table(
        [(row["name"], words[row["built"]], row["reference"], row["description"]) for row in rows],
        ("BOX", "BUILT", "IMAGE", "WHAT IT IS"),
    )
    return Result({"boxes": rows}, text)


@box.command()
@click.argument("name")
@options.verb
def show(name: str) -> Result:
    """Show what a box is made of: its key, its image, and the Dockerfile that box.yaml becomes."""
    from devenv.boxes import dockerfile, recipe  # noqa: PLC0415

    found = recipe.load(name, _folder())
    row = _row(found)
    text = dockerfile.render(found)
    requirements = dockerfile.requirements(found)
    written = {name: value for name, value in asdict(found).items() if name not in {"name", "folder"}}
    data = {**row, "key": recipe.key(found), "folder": str(found.folder), "dockerfile": text}
    data |= {"recipe": written, "requirements": requirements}
    head = output.pairs((label, data[label]) for label in ("name", "description", "folder", "reference"))
    return Result({"box": data}, "\n\n".join(filter(None, (head, text.rstrip(), requirements.rstrip()))))


@box.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--rebuild", is_flag=True, help="Build again although nothing has changed (for newer packages).")
@options.dry_run
@options.verb
def build(names: tuple[str, ...], *, rebuild: bool, dry_run: bool) -> Result:
    """Build the boxes NAME..., all of them without a name. A box that has not changed is not built again."""
    from devenv.boxes import build as builder  # noqa: PLC0415
    from devenv.boxes import layer, recipe  # noqa: PLC0415

    folder = _folder()
    boxes = [recipe.load(name, folder) for name in names or recipe.available(folder)]
    phases = Phases(Display())
    rows = []
    for found in boxes:
        reference = builder.reference(found)
        build_it = rebuild or not layer.exists(reference)
        if build_it and not dry_run:
            output.say(f"building {reference}")
            with phases.phase(found.name):
                builder.ensure(found, on_line=phases.line, rebuild=rebuild)
                phases.note(reference)
        rows.append({"name": found.name, "reference": reference, "built": build_it})
    done, kept = ("would build", "is there") if dry_run else ("built", "was there")
    text = "\n".join(f"{row['reference']}  {done if row['built'] else kept}" for row in rows)
    return Result({"boxes": rows, "timings": phases.timings}, text)


def _folder() -> Path | None:
    # Boxes of one's own stand beside the spec.
    spec = locations.find_spec(Path.cwd())
    return spec.parent if spec else None


def _row(found: Recipe) -> dict[str, Any]:
    from devenv.boxes import build as builder  # noqa: PLC0415
    from devenv.boxes import layer  # noqa: PLC0415

    reference = builder.reference(found)
    try:
        built: bool | None = layer.exists(reference)
    except errors.DevenvError:
        built = None  # no engine: what a box is can be said all the same
    return {"name": found.name, "description": found.description, "reference": reference, "built": built}
