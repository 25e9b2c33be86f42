"""Build the Compose plugin from its Go modules and put it where the Docker client looks for plugins."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from devenv.boxes.golang import Program, compiled
from devenv.cli.progress import Display
from devenv.errors import DevenvError
from devenv.sandbox.progress import Phases

VERSION = "v2.40.3"
PLUGIN = Program(
    "github.com/docker/compose/v2/cmd",
    VERSION,
    name="docker-compose",
    ldflags=f"-X github.com/docker/compose/v2/internal.Version={VERSION}",
)


def main() -> int:
    """Build or take from the cache, copy, and return the exit code."""
    phases = Phases(Display())
    try:
        with phases.phase("compose"):
            program = compiled(PLUGIN, on_line=phases.line)
            phases.note(VERSION)
    except DevenvError as error:
        print(f"  {error.message}\n  {error.hint or ''}", file=sys.stderr)
        return error.exit_code
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins"
    folder.mkdir(parents=True, exist_ok=True)
    # By way of a new name: a plugin that somebody runs just now must not be written to.
    fresh = folder / "docker-compose.new"
    shutil.copy2(program, fresh)
    fresh.replace(folder / "docker-compose")
    return 0


if __name__ == "__main__":
    sys.exit(main())
