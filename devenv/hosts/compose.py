"""`docker compose` for one project: the only caller of the Compose plugin."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv import errors, locations, process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)
# How Compose tells that the host's side of a published port is taken, over its versions and the engine's.
_PORT_TAKEN = re.compile(r"(address already in use|port is already allocated)", re.IGNORECASE)
_NO_IMAGE = re.compile(r"(pull access denied|manifest unknown|manifest for \S+ not found)", re.IGNORECASE)
_NO_REGISTRY = re.compile(r"(no such host|dial tcp|i/o timeout|TLS handshake)", re.IGNORECASE)
_NO_PLUGIN = re.compile(r"(unknown command: docker compose|'compose' is not a docker command)", re.IGNORECASE)


@dataclass(frozen=True)
class Compose:
    """One project. Without `file` (our files may be gone) Compose goes by the labels of the project's containers.

    `folder` is the spec's: relative words and the `.env` file of services mean what they mean there.
    """

    project: str
    file: Path | None = None
    folder: Path | None = None

    def up(self, on_line: Callable[[str], None], *, build: bool = False) -> None:
        """Create what is missing and start what is stopped, and leave alone what runs.

        devenv's own plan decides what is recreated (it removes it first): Compose compares configurations by a hash
        that a live `docker update` and a new Compose version both spoil. With `build` the services that have a
        Dockerfile are built first, else only those whose image is missing.
        """
        words = ["up", "--detach", "--no-recreate", "--remove-orphans", "--quiet-pull"]
        self._stream([*words, *(["--build"] if build else [])], on_line)

    def stop(self, on_line: Callable[[str], None], *, grace: int) -> None:
        """Stop all containers in the reverse order of their dependencies, killing each after `grace` seconds."""
        self._stream(["stop", "--timeout", str(grace)], on_line)

    def start(self, on_line: Callable[[str], None]) -> None:
        """Start all containers in the order of their dependencies."""
        self._stream(["start"], on_line)

    def _stream(self, words: list[str], on_line: Callable[[str], None]) -> None:
        argv = ["docker", "compose", "--ansi", "never", "--progress", "plain", "--project-name", self.project]
        if self.file:
            argv += ["--file", str(self.file)]
        if self.folder:
            argv += ["--project-directory", str(self.folder)]

        log.debug("compose %s: %s", self.project, " ".join(words))

        def logged(line: str) -> None:
            log.debug("compose: %s", line)
            on_line(line)

        try:
            process.stream([*argv, *words], logged)
        except errors.CommandFailed as error:
            raise _explained(error) from error


def _explained(error: errors.CommandFailed) -> errors.DevenvError:
    said = error.output.strip().splitlines()
    last = said[-1] if said else "it said nothing"
    if _NO_PLUGIN.search(error.output):
        return errors.ToolMissing(
            "the Docker Compose plugin is missing", hint="`make setup` builds it; see `devenv doctor`"
        )
    if _PORT_TAKEN.search(error.output):
        return errors.NoCapacity(f"a port on this machine is taken by a program that devenv does not know: {last}")
    if _NO_IMAGE.search(error.output):
        # MinIO's images were deleted from Docker Hub in September 2026; what the engine says of them misleads.
        gone = "minio/minio is gone from there: leave `minio.image` out, and devenv's own box is used"
        hint = gone if "minio/minio" in error.output else "check its name, or log in: `docker login`"
        return errors.NotFound(f"there is no such image: {last}", hint=hint)
    if _NO_REGISTRY.search(error.output):
        return errors.ToolMissing(
            f"an image is not on this machine, and its registry cannot be reached: {last}",
            hint="check the network and the proxy, bring it with `docker load`, or use a box",
        )
    return errors.DevenvError(f"docker compose: {last}", hint=f"the whole of it is in {locations.debug_log()}")
