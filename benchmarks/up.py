"""`up` and `noop`: what devenv adds to Docker Compose when it makes a sandbox, and when there is nothing to do.

The sandbox does as little as a real one can (a web server from the standard library, MinIO with one bucket), because
every second that its own start takes would hide one of ours.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import clock
from benchmarks.rig import DEVENV, rig
from benchmarks.rows import Row, row
from devenv import locations, process
from devenv.errors import Differs

if TYPE_CHECKING:
    from pathlib import Path

NAME = "bench-up"
SPEC = {
    "box": "python-ml",
    "command": ["python", "-m", "http.server", "8000"],
    "workspace": False,
    "ports": [{"name": "api", "guest": 8000}],
    "minio": {"buckets": ["datasets"]},
    "health": {"http": "8000/", "interval": "1s", "start_period": "30s"},
}


@dataclass(frozen=True)
class Compose:
    """A rendered sandbox in the hands of Docker Compose alone."""

    project: str
    file: Path

    def argv(self, *words: str) -> list[str]:
        """Return the command line of a Compose verb on it."""
        return ["docker", "compose", "-p", self.project, "-f", str(self.file), *words]


def measure() -> list[Row]:
    """Time both from nothing, and both with nothing to do. Images are present, as they are on all but the first day."""
    with rig() as made:
        spec = made.write(NAME, SPEC)
        project = f"devenv-{NAME}-{made.up(spec)['id']}"
        ours = [DEVENV, "up", "-f", str(spec)]

        # With nothing to do both look at the very same containers.
        same = Compose(project, locations.sandbox_dir(NAME) / "compose.yaml")
        theirs = same.argv("up", "-d", "--wait")
        before = _containers(project)
        noop = clock.ratios(ours, theirs, rounds=9, batch=2)
        if _containers(project) != before:
            raise Differs("`noop` measured nothing: with nothing to do, containers were made anew")

        # From nothing Compose gets a copy of the files, since `devenv destroy` removes them with the sandbox.
        alone = _copy(same, made.folder / "compose")

        def remove_both() -> None:
            process.run(alone.argv("down", "--volumes", "--timeout", "0"))
            made.destroy(NAME)

        up = clock.ratios(ours, alone.argv("up", "-d", "--wait"), rounds=7, around=remove_both)
    return [row("up", up, "<= 1.15"), row("noop", noop, "<= 0.5")]


def _containers(project: str) -> list[str]:
    label = f"label=com.docker.compose.project={project}"
    listed = process.run(["docker", "ps", "--no-trunc", "--format", "{{.ID}} {{.State}}", "--filter", label])
    return sorted(listed.stdout.splitlines())


def _copy(original: Compose, folder: Path) -> Compose:
    source = original.file.parent
    shutil.copytree(source, folder)
    text = (folder / "compose.yaml").read_text()
    project = f"{original.project}-alone"
    text = text.replace(str(source), str(folder)).replace(original.project, project)
    (folder / "compose.yaml").write_text(text)
    return Compose(project, folder / "compose.yaml")
