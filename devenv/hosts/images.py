"""Images on a host's engine that a spec names by a Dockerfile of its own (`build:`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv import process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from devenv.agent.engine import Engine
    from devenv.spec.model import Build

_DIGITS = 12


def build(recipe: Build, folder: Path, name: str, *, proxy: Mapping[str, str], on_line: Callable[[str], None]) -> str:
    """Build the sandbox's image, and return a reference that changes whenever the image does.

    The builder's cache makes this quick when nothing has changed. A tag of the image's own id stands in the rendered
    file, so that another image is another configuration.

    Raises:
        CommandFailed: a step of the build failed; carries the end of what it said.
    """
    context = folder / recipe.context
    argv = ["docker", "build", "--tag", latest(name), "--file", str(context / recipe.dockerfile)]
    # Values by way of the environment: a proxy's address may carry a password, and argv is public.
    argv += [word for variable in proxy for word in ("--build-arg", variable)]
    process.stream([*argv, str(context)], on_line, env=proxy)
    image_id = process.run(["docker", "image", "inspect", "--format", "{{.Id}}", latest(name)]).stdout.strip()
    process.run(["docker", "tag", image_id, _tagged(name, image_id)])
    return _tagged(name, image_id)


def built(engine: Engine, name: str) -> str:
    """Return the reference of the sandbox's image as it was built last, or of the one to come."""
    image = engine.image(latest(name))
    return _tagged(name, str(image["Id"])) if image else latest(name)


def latest(name: str) -> str:
    """Return the reference under which a sandbox's image is built."""
    return f"devenv/built-{name}:latest"


def _tagged(name: str, image_id: str) -> str:
    return f"devenv/built-{name}:{image_id.removeprefix('sha256:')[:_DIGITS]}"
