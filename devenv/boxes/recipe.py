"""A box.yaml, read and checked: frozen data that says what an image is made of, and the key made of that.

A field is `Annotated[type, kind, "what it is for"]`, as in `devenv.spec.model`, and is read by the same reader.
Annotations are objects here, not text: they are read at run time.
"""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from devenv import locations
from devenv.boxes import dockerfile
from devenv.boxes.golang import Program
from devenv.errors import NotFound
from devenv.spec import reading
from devenv.spec.kinds import BAD, Report, did_you_mean, shown
from devenv.spec.kinds import Path as Steps
from devenv.spec.scalars import VARIABLE, Argv, Text, Value
from devenv.spec.structs import ListOf, MapOf, Record

FILE_NAME = "box.yaml"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


class _ImagePath(Text):
    """An absolute path in the image that needs no quotes in a shell and leads nowhere else."""

    def __init__(self) -> None:
        super().__init__(r"/[\w./+@-]*", "an absolute path without `..`, of letters, digits and ./+@_-")

    def read(self, value: Any, path: Steps, report: Report) -> Any:
        """Return the path without what means nothing in it (`/a/./b/`)."""
        found = super().read(value, path, report)
        if found is BAD:
            return BAD
        pure = PurePosixPath(found)
        if ".." not in pure.parts:
            return str(pure)
        report.fault(path, f"must be {self.rule}; got {shown(value)}")
        return BAD


class _Setting(Value):
    """The value of a variable in the image: on one line, and without `$`, which the builder would expand."""

    def read(self, value: Any, path: Steps, report: Report) -> Any:
        """Return the string."""
        found = super().read(value, path, report)
        if found is BAD or re.fullmatch(r"[^\x00-\x1f$]*", found):
            return found
        report.fault(path, f"must be one line without `$`, which is expanded by nobody here; got {shown(value)}")
        return BAD


_PACKAGE = Text(r"[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?", "a Debian package such as git or git=1:2.39.5-0+deb12u2")
# No character that pip takes for the end of a line: the next line might be an option.
_REQUIREMENT = Text(r"[A-Za-z0-9][^\\\x00-\x1f\x7f-\x9f\u2028\u2029]*", "a line of requirements such as numpy==2.4.6")
_IMAGE = Text(r"[a-z0-9][\w./:-]*@sha256:[0-9a-f]{64}", "an image with its digest, NAME:TAG@sha256:...")
_SUITE = Text(r"[a-z]+", "a Debian suite such as bookworm")
_MODE = Text(r"0?[0-7]{3}", 'three octal digits in quotes, such as "0755"')
_GO_PACKAGE = Text(r"[a-z0-9.-]+\.[a-z]+/[\w./-]+", "an import path such as example.org/tool")
_GO_VERSION = Text(r"v[\w.+-]+", "a version of a module such as v1.2.3")
_USER = Text(
    r"(?!root$)[a-z][a-z0-9-]{0,30}",
    "a name of lower-case letters, digits and dashes, a letter first, and not root (a spec may say `user: 0`)",
)


@dataclass(frozen=True, kw_only=True)
class Base:
    """The first layer: `image` by digest from a registry, else Debian's packages of `suite`."""

    image: Annotated[str | None, _IMAGE, "Debian or one of its children, where there is a registry."] = None
    suite: Annotated[str | None, _SUITE, "Whose packages the layer is made of where there is none."] = None


# bookworm-slim, a multi-architecture index; the same suite from packages where there is no registry.
DEBIAN = Base(
    image="debian:bookworm-slim@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716",
    suite="bookworm",
)


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of the box's folder and where it goes. `mode` is octal text, since YAML's own octals surprise."""

    source: Annotated[str, Text(), "The file, relative to the box's folder."]
    target: Annotated[str, _ImagePath(), "Where it goes in the image."]
    mode: Annotated[str, _MODE, "Who may read, write and run it."] = "0644"


@dataclass(frozen=True, kw_only=True)
class GoProgram:
    """A main package of a Go module, compiled on the host."""

    package: Annotated[str, _GO_PACKAGE, "Import path of the main package."]
    version: Annotated[str, _GO_VERSION, "Version of its module."]

    @property
    def program(self) -> Program:
        """Return it as what the compiler takes."""
        return Program(self.package, self.version)

    @property
    def name(self) -> str:
        """Return the name of the executable."""
        return self.program.executable


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A box: what was written, the name of the folder that it was written in, and where that folder is."""

    name: str
    folder: Path
    description: Annotated[str, Text(), "What the box is, in a few words."] = ""
    base: Annotated[Base, Record(Base), "The first layer."] = DEBIAN
    packages: Annotated[tuple[str, ...], ListOf(_PACKAGE), "Debian packages."] = ()
    pip: Annotated[tuple[str, ...], ListOf(_REQUIREMENT), "Python packages, installed into /opt/venv."] = ()
    programs: Annotated[tuple[GoProgram, ...], ListOf(Record(GoProgram)), "Go programs, compiled here, once."] = ()
    files: Annotated[tuple[File, ...], ListOf(Record(File)), "Files of the box's folder."] = ()
    folders: Annotated[tuple[str, ...], ListOf(_ImagePath()), "Folders that any uid may write to."] = ()
    env: Annotated[dict[str, str], MapOf(VARIABLE, _Setting()), "Variables of every process."] = field(
        default_factory=dict
    )
    user: Annotated[str, _USER, "Who runs when a spec says `user: image`."] = "dev"
    home: Annotated[str, _ImagePath(), "Where that user lives."] = "/home/dev"
    entrypoint: Annotated[tuple[str, ...], Argv(empty=True), "What every command is started by."] = ()
    command: Annotated[tuple[str, ...], Argv(empty=True), "What runs when a spec names no command."] = (
        "sleep",
        "infinity",
    )

    @property
    def entry(self) -> Path:
        """Return the script that every box starts with."""
        return locations.boxes_dir() / "base" / "devenv-entry"


def load(name: str, folder: Path | None = None) -> Recipe:
    """Read the box `name`: from `boxes/` beside the spec in `folder` if it is there, else one of devenv's own.

    Raises:
        NotFound: there is no such box; says which may have been meant.
        SpecInvalid: its box.yaml has faults; all of them.
    """
    for place in _places(folder):
        if _NAME.fullmatch(name) and (place / name / FILE_NAME).is_file():
            return read(place / name / FILE_NAME)
    known = available(folder)
    meant = did_you_mean(name, known).removeprefix("; ") or f"there are: {', '.join(known)}"
    raise NotFound(f"there is no box '{name}'", hint=meant)


def available(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of the boxes that `load` finds, sorted."""
    return tuple(sorted({file.parent.name for place in _places(folder) for file in place.glob(f"*/{FILE_NAME}")}))


def read(path: Path) -> Recipe:
    """Read one box.yaml; the box is named like its folder.

    Raises:
        SpecInvalid: carries every fault, with line and column.
    """
    folder = path.parent.absolute()
    hint = "`boxes/base/box.yaml` shows every field"
    return reading.read(Recipe, path, rules=_files_are_ours, hint=hint, name=folder.name, folder=folder)


def key(recipe: Recipe) -> str:
    """Return the content key (sha256 hex): the same for the same box, on every machine and behind every proxy."""
    digest = hashlib.sha256()
    base = f"image={recipe.base.image!r} suite={recipe.base.suite!r}"
    words = [dockerfile.render(recipe), dockerfile.requirements(recipe), base]
    words += [f"{go.package}@{go.version}" for go in recipe.programs]
    for word in words:
        digest.update(word.encode() + b"\0")
    for file in (recipe.entry, *(recipe.folder / file.source for file in recipe.files)):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update("".join(file.mode for file in recipe.files).encode())
    return digest.hexdigest()


def _places(folder: Path | None) -> list[Path]:
    return [*([folder / "boxes"] if folder else []), locations.boxes_dir()]


def _files_are_ours(recipe: Recipe, report: Report) -> None:
    for number, file in enumerate(recipe.files):
        place = ("files", number, "source")
        try:
            path = (recipe.folder / file.source).resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: links that lead to each other
            report.fault(place, f"names no file of the box's folder; got {shown(file.source)}")
            continue
        if not path.is_file() or not path.is_relative_to(recipe.folder.resolve()):
            report.fault(place, f"must be a file of the box's own folder; got {shown(file.source)}")
