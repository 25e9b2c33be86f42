"""A box.yaml, read and checked: frozen data that says what an image is made of, and the key made of that."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from devenv import locations
from devenv.boxes import dockerfile
from devenv.boxes.golang import Program
from devenv.errors import Fault, NotFound, SpecInvalid

FILE_NAME = "box.yaml"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_BIGGEST = 256 * 1024  # bytes of a box.yaml: it may come from a stranger, and no honest one is near


def _absolute(path: str) -> str:
    pure = PurePosixPath(path)
    if not pure.is_absolute() or ".." in pure.parts:
        raise ValueError("must be an absolute path without '..'")
    return str(pure)


Package = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?$")]
Requirement = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][^\n\\]*$")]
ImagePath = Annotated[str, StringConstraints(pattern=r"^/[\w./+@-]*$"), AfterValidator(_absolute)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Plain = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f$]*$")]  # `$` would be expanded by the builder


def _not_root(name: str) -> str:
    if name == "root":
        raise ValueError("a box runs as somebody else than root; a spec may say `user: 0`")
    return name


User = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$"), AfterValidator(_not_root)]


class _Loader(yaml.SafeLoader):
    """Reads YAML without aliases: a few lines of them stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases (`*name`) are not for a box.yaml", problem_mark=mark)
        return super().compose_node(parent, index)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Base(_Frozen):
    """The first layer: `image` by digest from a registry, else Debian's packages of `suite`."""

    image: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][\w./:-]*@sha256:[0-9a-f]{64}$")] | None = None
    suite: Annotated[str, StringConstraints(pattern=r"^[a-z]+$")] | None = None


# bookworm-slim, a multi-architecture index; the same suite from packages where there is no registry.
DEBIAN = Base(
    image="debian:bookworm-slim@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716",
    suite="bookworm",
)


class File(_Frozen):
    """One file of the box's folder and where it goes. `mode` is octal text, since YAML's own octals surprise."""

    source: str
    target: ImagePath
    mode: Annotated[str, StringConstraints(pattern=r"^0?[0-7]{3}$")] = "0644"


class GoProgram(_Frozen):
    """A main package of a Go module, compiled on the host."""

    package: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+\.[a-z]+/[\w./-]+$")]
    version: Annotated[str, StringConstraints(pattern=r"^v[\w.+-]+$")]

    @property
    def program(self) -> Program:
        """Return it as what the compiler takes."""
        return Program(self.package, self.version)

    @property
    def name(self) -> str:
        """Return the name of the executable."""
        return self.program.executable


class Written(_Frozen):
    """What a person wrote in a box.yaml. Sources of `files` are relative to its folder."""

    description: str = ""
    base: Base = DEBIAN
    packages: tuple[Package, ...] = ()
    pip: tuple[Requirement, ...] = ()
    programs: tuple[GoProgram, ...] = ()
    files: tuple[File, ...] = ()
    folders: tuple[ImagePath, ...] = ()
    env: dict[Variable, Plain] = Field(default_factory=dict)
    user: User = "dev"
    home: ImagePath = "/home/dev"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ("sleep", "infinity")


class Recipe(Written):
    """A box: what was written, the name of the folder that it was written in, and where that folder is."""

    name: str
    folder: Path

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
    close = difflib.get_close_matches(name, known, 1)
    meant = f"did you mean '{close[0]}'?" if close else f"there are: {', '.join(known)}"
    raise NotFound(f"there is no box '{name}'", hint=meant)


def available(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of the boxes that `load` finds, sorted."""
    return tuple(sorted({file.parent.name for place in _places(folder) for file in place.glob(f"*/{FILE_NAME}")}))


def read(path: Path) -> Recipe:
    """Read one box.yaml; the box is named like its folder.

    Raises:
        SpecInvalid: carries every fault, with line and column.
    """
    node, data = _yaml(path)
    try:
        # By way of JSON, because strict mode takes a list for a tuple only there.
        written = Written.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise SpecInvalid([_fault(path, node, one) for one in error.errors()]) from None
    faults = [
        Fault(str(path), *_position(node, ("files", number, "source")), f"files.{number}.source", message)
        for number, file in enumerate(written.files)
        if (message := _not_ours(path.parent, file.source))
    ]
    if faults:
        raise SpecInvalid(faults)
    return Recipe(name=path.parent.name, folder=path.parent.absolute(), **dict(written))


def key(recipe: Recipe) -> str:
    """Return the content key (sha256 hex): the same for the same box, on every machine and behind every proxy."""
    digest = hashlib.sha256()
    words = [dockerfile.render(recipe), dockerfile.requirements(recipe), str(recipe.base)]
    words += [f"{go.package}@{go.version}" for go in recipe.programs]
    for word in words:
        digest.update(word.encode() + b"\0")
    for file in (recipe.entry, *(recipe.folder / file.source for file in recipe.files)):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update("".join(file.mode for file in recipe.files).encode())
    return digest.hexdigest()


def _places(folder: Path | None) -> list[Path]:
    return [*([folder / "boxes"] if folder else []), locations.boxes_dir()]


def _yaml(path: Path) -> tuple[yaml.Node | None, dict[str, Any]]:
    if path.stat().st_size > _BIGGEST:
        raise SpecInvalid([Fault(str(path), 1, 1, "", f"is larger than {_BIGGEST // 1024} KiB")])
    loader = _Loader(path.read_text(encoding="utf-8", errors="replace"))
    try:
        node = loader.get_single_node()
        data = loader.construct_document(node) if node else None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line, col = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = getattr(error, "problem", None) or "cannot be read as YAML"
        raise SpecInvalid([Fault(str(path), line, col, "", str(problem))]) from None
    if not isinstance(data, dict):
        raise SpecInvalid([Fault(str(path), 1, 1, "", "must be a map; `boxes/base/box.yaml` shows every field")])
    return node, data


def _fault(path: Path, node: yaml.Node | None, error: Any) -> Fault:
    loc = tuple(error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        fields = _fields(loc[:-1])
        close = difflib.get_close_matches(str(loc[-1]), fields, 1)
        message = "unknown field" + (f"; did you mean {close[0]}?" if close else f"; there are {', '.join(fields)}")
    elif error["type"] != "missing":
        message += f"; got {str(error['input'])[:60]!r}"
    return Fault(str(path), *_position(node, loc), ".".join(map(str, loc)), message)


def _fields(loc: tuple[Any, ...]) -> list[str]:
    models: dict[Any, type[BaseModel]] = {"base": Base, "files": File, "programs": GoProgram}
    return list((models.get(loc[0], Written) if loc else Written).model_fields)


def _position(node: yaml.Node | None, loc: tuple[Any, ...]) -> tuple[int, int]:
    found = node
    for part in loc:
        inner: yaml.Node | None = None
        if isinstance(found, yaml.MappingNode):
            for name, value in found.value:
                if name.value == str(part):
                    inner = value
        elif isinstance(found, yaml.SequenceNode) and isinstance(part, int) and part < len(found.value):
            inner = found.value[part]
        if inner is None:
            break
        found = inner
    mark = found.start_mark if found else None
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _not_ours(folder: Path, source: str) -> str | None:
    path = folder / source
    if not path.resolve().is_relative_to(folder.resolve()):
        return "must be a file of the box's own folder"
    return None if path.is_file() else "there is no such file in the box's folder"
