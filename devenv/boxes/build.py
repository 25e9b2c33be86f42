"""From a recipe to an image that the engine has. Keyed by content: a box that has not changed is never built again."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from devenv import locations, process
from devenv.boxes import apt, dockerfile, golang, layer, recipe, trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devenv.boxes.recipe import Recipe

LABEL_BOX = "devenv.box"
LABEL_KEY = "devenv.box-key"
# Programs differ in the variable that names a CA bundle.
_CA_VARIABLES = (
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"),
    *("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"),
)
_IN_IMAGE = "/tmp/devenv-build"  # noqa: S108 -- a path inside an image under construction


def reference(box: Recipe) -> str:
    """Return the image reference of a box: its name and the first 12 digits of its content key."""
    return f"devenv/{box.name}:{recipe.key(box)[:12]}"


def ensure(box: Recipe, *, on_line: Callable[[str], None], rebuild: bool = False) -> str:
    """Return the image reference of a box, built now if the engine lacks it; with `rebuild` in any case, base too.

    One build at a time for each user: others wait, and find it done. The tag is set by the builder's last step, so an
    interrupted build leaves no image that looks finished. What is made on the way (base layer, compiled programs,
    layers of the builder) is kept, and the next try goes on from there.

    Raises:
        CommandFailed: a step of the build failed; carries the end of what it said.
        ToolMissing: there is neither a registry nor mmdebstrap for the base layer.
    """
    image = reference(box)
    if not rebuild and layer.exists(image):
        return image
    with _one_at_a_time(on_line):
        if not rebuild and layer.exists(image):
            return image
        started = time.monotonic()
        base = layer.ensure(box.base, on_line=on_line, renew=rebuild)
        programs = [golang.compiled(go.program, on_line=on_line) for go in box.programs]
        with tempfile.TemporaryDirectory(dir=locations.cache_home()) as scratch:
            folder = Path(scratch)
            write_context(box, programs, folder)
            _build(box, image, base, folder, rebuild=rebuild, on_line=on_line)
        on_line(f"built box {box.name} in {time.monotonic() - started:.0f} s")
    return image


def write_context(box: Recipe, programs: list[Path], folder: Path) -> None:
    """Write the build context: the Dockerfile, `content/` (what the box is) and `build/` (what this machine needs)."""
    sources = [box.entry, *(box.folder / file.source for file in box.files), *programs]
    modes = [0o755, *(int(file.mode, 8) for file in box.files), *(0o755 for _ in programs)]
    for (place, _), source, mode in zip(dockerfile.copies(box), sources, modes, strict=True):
        target = folder / "content" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(mode)
    (folder / "content" / "requirements.txt").write_text(dockerfile.requirements(box), encoding="utf-8")
    (folder / "Dockerfile").write_text(dockerfile.render(box), encoding="utf-8")
    _write_surroundings(box, folder / "build")


def _write_surroundings(box: Recipe, folder: Path) -> None:
    folder.mkdir()
    lines = []
    if bundle := trust.bundle():
        shutil.copyfile(bundle, folder / "ca.crt")
        (folder / "ca.crt").chmod(0o644)
        lines += [f"export {name}={_IN_IMAGE}/ca.crt" for name in _CA_VARIABLES]
    options = [f"-o Acquire::https::CaInfo={_IN_IMAGE}/ca.crt"] if bundle else []
    suite = box.base.suite
    if suite and apt.here(suite) != apt.public(suite):
        (folder / "apt.list").write_text(apt.here(suite), encoding="utf-8")
        options += [f"-o Dir::Etc::SourceList={_IN_IMAGE}/apt.list", "-o Dir::Etc::SourceParts=-"]
    lines.append(f"APT_OPTIONS='{' '.join(options)}'")
    (folder / "env").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (folder / "env").chmod(0o644)


def _build(box: Recipe, image: str, base: str, folder: Path, *, rebuild: bool, on_line: Callable[[str], None]) -> None:
    buildkit = process.run(["docker", "buildx", "version"], check=False, timeout=30).returncode == 0
    proxies = trust.proxy()
    argv = [
        *("docker", "build", "--force-rm", "--tag", image, "--build-arg", f"BASE={base}"),
        # Values by way of the environment: a proxy's address may carry a password, and argv is public.
        *(word for name in proxies for word in ("--build-arg", name)),
        *("--label", f"{LABEL_BOX}={box.name}", "--label", f"{LABEL_KEY}={recipe.key(box)}"),
        *(["--no-cache"] if rebuild else []),
        *(["--progress", "plain", "--load"] if buildkit else []),
        str(folder),
    ]
    process.stream(argv, _without_notice(on_line), env={**proxies, "DOCKER_BUILDKIT": "1" if buildkit else "0"})


def _without_notice(on_line: Callable[[str], None]) -> Callable[[str], None]:
    # The client recommends another builder on every legacy build; devenv chose the one that is installed.
    notice = ("DEPRECATED: The legacy", "buildx", "BuildKit is currently disabled", "environment-variable.")

    def kept(line: str) -> None:
        if line.strip() and not any(part in line for part in notice):
            on_line(line)

    return kept


@contextmanager
def _one_at_a_time(on_line: Callable[[str], None]) -> Iterator[None]:
    lock = os.open(locations.cache_home() / "build.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_line("waiting for another build of a box to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
