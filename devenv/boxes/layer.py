"""The first layer of a box: a pinned image where a registry can be reached, else made from Debian's packages."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from devenv import locations, process
from devenv.boxes import apt
from devenv.boxes.recipe import DEBIAN
from devenv.errors import CommandFailed, DevenvError, ToolMissing, Unhealthy

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.boxes.recipe import Base

# A registry that can be reached sends 30 MB in this time; one that cannot mostly fails at once, for want of a name.
PULL_SECONDS = 60
# The time that all files of a layer from packages bear, so that two builds of the same packages are the same bytes.
_EPOCH = "1767225600"  # 2026-01-01


def ensure(base: Base, *, on_line: Callable[[str], None], renew: bool = False) -> str:
    """Return the reference of the first layer, pulled or made now if the engine has neither form of it.

    With `renew` one that was made is made again, of today's packages; a pinned image is what it is.

    Raises:
        ToolMissing: no registry can be reached and mmdebstrap is not installed, or `base` names no suite.
    """
    made = _made_reference(base)
    for reference in (base.image, None if renew else made):
        if reference and exists(reference):
            return reference
    if base.image and _pulled(base.image, on_line=on_line):
        return base.image
    if not base.suite or not made:
        raise ToolMissing(
            f"the base image {base.image} cannot be pulled",
            hint="bring it with `docker load`, or give `base` a `suite`, to be made from Debian's packages",
        )
    _make(base.suite, made, on_line=on_line)
    return made


def exists(reference: str) -> bool:
    """Tell whether the engine has an image of this reference.

    Raises:
        CommandFailed: the engine does not answer.
    """
    asked = process.run(["docker", "image", "inspect", "--format", "{{.Id}}", reference], check=False, timeout=30)
    if asked.returncode and "no such image" not in asked.stderr.lower():
        raise CommandFailed(["docker", "image", "inspect"], asked.returncode, asked.stderr)
    return asked.returncode == 0


def _made_reference(base: Base) -> str | None:
    if not base.suite:
        return None
    recipe = hashlib.sha256(f"{base.suite} minbase {_EPOCH}".encode()).hexdigest()[:12]
    return f"devenv/layer-{base.suite}:{recipe}"


def _pulled(image: str, *, on_line: Callable[[str], None]) -> bool:
    on_line(f"pulling {image.partition('@')[0]}")
    try:
        asked = process.run(["docker", "pull", "--quiet", image], check=False, timeout=PULL_SECONDS)
    except Unhealthy:
        on_line(f"no registry answered within {PULL_SECONDS} s")
        return False
    if asked.returncode:
        on_line(f"no registry: {(asked.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    return asked.returncode == 0


def _make(suite: str, reference: str, *, on_line: Callable[[str], None]) -> None:
    if not shutil.which("mmdebstrap"):
        raise ToolMissing(
            "no registry can be reached and mmdebstrap is not installed, so there is no base layer",
            hint="`make setup`, or `apt-get install mmdebstrap`",
        )
    on_line(f"making the base layer from Debian's packages ({suite})")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=locations.cache_home()) as scratch:
        folder = Path(scratch)
        (folder / "here.list").write_text(apt.here(suite), encoding="utf-8")
        (folder / "public.list").write_text(apt.public(suite), encoding="utf-8")
        (folder / "public.list").chmod(0o644)
        hooks = [
            'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/machine-id "$1"/etc/hostname "$1"/etc/resolv.conf',
            'rm -rf "$1"/etc/apt/sources.list.d/* "$1"/usr/share/doc/* "$1"/usr/share/man/* "$1"/usr/share/locale/*',
        ]
        process.stream(
            [
                *("mmdebstrap", "--variant=minbase", "--quiet"),
                *(f"--customize-hook={hook}" for hook in hooks),
                f"--customize-hook=upload {folder / 'public.list'} /etc/apt/sources.list",
                *(suite, str(folder / "layer.tar"), str(folder / "here.list")),
            ],
            on_line,
            env={"SOURCE_DATE_EPOCH": _EPOCH, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
        )
        process.run(["docker", "import", "--change", 'CMD ["bash"]', str(folder / "layer.tar"), reference], timeout=600)
    on_line(f"made the base layer in {time.monotonic() - started:.0f} s")


def main() -> int:
    """Bring the first layer that all of devenv's own boxes share (`make setup` runs this); return the exit code."""
    try:
        ensure(DEBIAN, on_line=lambda line: print(f"  {line}", file=sys.stderr, flush=True))  # noqa: T201
    except DevenvError as error:
        print(f"  {error.message}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
