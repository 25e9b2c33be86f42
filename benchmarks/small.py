"""The sandbox that devenv and Docker Compose are compared on, and the same one in Compose's hands alone.

It does as little as a real one can (a web server from the standard library, MinIO with one bucket), because every
second that its own start takes would hide one of ours.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv import locations, process

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "bench-small"
SPEC: dict[str, Any] = {
    "box": "python-ml",
    "command": ["python", "-m", "http.server", "8000"],
    "workspace": False,
    "ports": [{"name": "api", "guest": 8000}],
    "minio": {"buckets": ["datasets"]},
    "health": {"http": "8000/", "interval": "1s", "start_period": "30s"},
}


@dataclass(frozen=True)
class Compose:
    """The rendered file of a sandbox, and the project that Compose makes of it."""

    project: str
    file: Path

    @property
    def up(self) -> list[str]:
        """The command line that starts it and waits until it is healthy."""
        return [*self._words(), "up", "-d", "--wait"]

    def down(self) -> None:
        """Remove all of it."""
        process.run([*self._words(), "down", "--volumes", "--timeout", "0"])

    def containers(self) -> list[str]:
        """Return its containers and their states: what a run with nothing to do must leave as it was."""
        label = f"label=com.docker.compose.project={self.project}"
        listing = ["docker", "ps", "--no-trunc", "--format", "{{.ID}} {{.State}}", "--filter", label]
        return sorted(process.run(listing).stdout.splitlines())

    def copy(self, folder: Path) -> Compose:
        """Return the same under another project's name, with files of its own that `devenv destroy` leaves alone."""
        source = self.file.parent
        shutil.copytree(source, folder)
        project = f"{self.project}-alone"
        file = folder / self.file.name
        file.write_text(file.read_text().replace(str(source), str(folder)).replace(self.project, project))
        return Compose(project, file)

    def _words(self) -> list[str]:
        return ["docker", "compose", "-p", self.project, "-f", str(self.file)]


def rendered(sandbox: Mapping[str, Any]) -> Compose:
    """Return what a sandbox that is up was made from."""
    return Compose(f"devenv-{NAME}-{sandbox['id']}", locations.sandbox_dir(NAME) / "compose.yaml")
