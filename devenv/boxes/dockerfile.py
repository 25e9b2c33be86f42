"""The one Dockerfile text of every box. Pure: what differs between machines comes in as `build/` and `BASE`.

`content/` of the build context is what the box is (and what its key is made of); `build/` is what this machine needs to
reach the world (CA bundle, proxies, apt sources) and is gone from the image's file system at the end.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devenv.boxes.recipe import Recipe

VENV = "/opt/venv"
WORKSPACE = "/workspace"
# In every box: roots to trust, and a place where devenv-entry can name a uid that the image does not know.
COMMON_PACKAGES = ("ca-certificates", "libnss-extrausers")
_BUILD = "/tmp/devenv-build"  # noqa: S108 -- a path inside an image under construction
_HEAD = f"""\
ARG BASE
FROM ${{BASE}}
ENV LANG=C.UTF-8 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1
COPY build/ {_BUILD}/
"""


def render(recipe: Recipe) -> str:
    """Return the Dockerfile of a recipe; the legacy builder and BuildKit read it alike."""
    parts = [_HEAD, _packages(recipe), _user(recipe)]
    if recipe.pip:
        parts.append(_pip())
    parts += [_copies(recipe), _settings(recipe)]
    return "\n".join(parts)


def requirements(recipe: Recipe) -> str:
    """Return the text of content/requirements.txt."""
    return "".join(f"{line}\n" for line in recipe.pip)


def copies(recipe: Recipe) -> list[tuple[str, str]]:
    """Return (path under content/, path in the image) of every file and program of the box."""
    files = [(f"files/{number}", file.target) for number, file in enumerate(recipe.files)]
    programs = [(f"programs/{number}", f"/usr/local/bin/{go.name}") for number, go in enumerate(recipe.programs)]
    return [("devenv-entry", "/usr/local/bin/devenv-entry"), *files, *programs]


def _packages(recipe: Recipe) -> str:
    wanted = sorted({*COMMON_PACKAGES, *recipe.packages, *(("python3-venv",) if recipe.pip else ())})
    # Host keys made by a build would be the same on every machine that has the image.
    return _run(
        f". {_BUILD}/env",
        "apt-get -qq $APT_OPTIONS update",
        "DEBIAN_FRONTEND=noninteractive apt-get -qq $APT_OPTIONS install -y --no-install-recommends " + _words(wanted),
        "sed -i 's/^passwd:.*/passwd: files extrausers/' /etc/nsswitch.conf",
        "rm -rf /etc/ssh/ssh_host_* /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb"
        " /var/log/apt /var/log/dpkg.log",
    )


def _user(recipe: Recipe) -> str:
    # The sandbox runs under the caller's uid, which no image can foresee: what it must write is open to all, sticky.
    made = _words([WORKSPACE, recipe.home, *recipe.folders])
    return _run(
        # Some base images have a user 1000 of their own.
        "(! getent passwd 1000 >/dev/null || userdel -r $(id -nu 1000))",
        f"useradd --uid 1000 --user-group --create-home --home-dir {recipe.home} --shell /bin/bash {recipe.user}",
        f"mkdir -p {made} /var/lib/extrausers",
        f"chmod a+rw {recipe.home}/.[a-z]*",
        f"chmod 1777 {made}",
        # libnss-extrausers ignores uids under 500, so nobody becomes root by this file.
        "touch /var/lib/extrausers/passwd",
        "chmod 666 /var/lib/extrausers/passwd",
    )


def _pip() -> str:
    # umask 0: any uid may install more beside these. Only the sandbox's own user ever runs in it.
    copy = f"COPY content/requirements.txt {_BUILD}/requirements.txt\n"
    install = f"{VENV}/bin/pip install --no-cache-dir --requirement {_BUILD}/requirements.txt"
    return (
        copy
        + _run(f". {_BUILD}/env", "umask 0000", f"python3 -m venv {VENV}", install)
        + f"ENV VIRTUAL_ENV={VENV} PATH={VENV}/bin:$PATH\n"
    )


def _copies(recipe: Recipe) -> str:
    lines = [f"COPY {json.dumps([f'content/{source}', target])}\n" for source, target in copies(recipe)]
    return "".join(lines) + _run(f"rm -rf {_BUILD}")


def _settings(recipe: Recipe) -> str:
    env = {"USER": recipe.user, "HOME": recipe.home, **recipe.env}
    return "".join(
        f"{line}\n"
        for line in (
            "ENV " + " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in env.items()),
            f"WORKDIR {WORKSPACE}",
            f"USER {recipe.user}",
            f"ENTRYPOINT {json.dumps(['devenv-entry', *recipe.entrypoint])}",
            f"CMD {json.dumps(list(recipe.command))}",
        )
    )


def _run(*steps: str) -> str:
    return "RUN " + " \\\n && ".join(steps) + "\n"


def _words(words: list[str]) -> str:
    return " ".join(shlex.quote(word) for word in words)
