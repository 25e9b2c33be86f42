"""Every path that devenv reads or writes, and nothing else.

`DEVENV_HOME` holds all state of one user; without it the XDG base directories do. Directories of state are private
(0700): they hold credentials.
"""

from __future__ import annotations

import os
from pathlib import Path

SPEC_NAME = "devenv.yaml"
_SYSTEM_STATE = Path("/var/lib/devenv")


def state_home() -> Path:
    """Return the directory of this user's state, made on demand with mode 0700."""
    named = os.environ.get("DEVENV_HOME")
    base = Path(named) if named else _xdg("XDG_STATE_HOME", ".local/state") / "devenv"
    return private(base.absolute())


def cache_home() -> Path:
    """Return the directory of what can be made again (slow builds), shared by all of a user's `DEVENV_HOME`s."""
    path = _xdg("XDG_CACHE_HOME", ".cache") / "devenv"
    path.mkdir(parents=True, exist_ok=True)
    return path


def config_file() -> Path:
    """Return the path of the user's defaults, merged under every spec; it need not exist."""
    named = os.environ.get("DEVENV_HOME")
    return Path(named) / "config.yaml" if named else _xdg("XDG_CONFIG_HOME", ".config") / "devenv" / "config.yaml"


def ledger_file() -> Path:
    """Return the host's ledger: the system's where `devenv host init` made one, else this user's."""
    shared = _SYSTEM_STATE / "ledger.db"
    if not os.environ.get("DEVENV_HOME") and shared.exists():
        return shared
    # A home may be on a network drive that several machines share; each has a book of its own.
    return private(state_home() / "hosts" / _machine()) / "ledger.db"


def sandbox_dir(name: str) -> Path:
    """Return the directory of one sandbox's rendered files and credentials; `private` makes it when one is written."""
    return state_home() / "sandboxes" / name


def lock_file(sandbox_id: str) -> Path:
    """Return the file whose lock says that a verb is at work on this sandbox."""
    return private(state_home() / "locks") / f"{sandbox_id}.lock"


def debug_log() -> Path:
    """Return the file that tracebacks and the commands we ran go to."""
    return state_home() / "debug.log"


def boxes_dir() -> Path:
    """Return the folder of the boxes that come with devenv."""
    return _data() / "boxes"


def templates_dir() -> Path:
    """Return the folder of the specs that `devenv init` starts from."""
    return _data() / "templates"


def private(path: Path) -> Path:
    """Make a directory of state that only this user may look into (0700), and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def find_spec(start: Path) -> Path | None:
    """Return the devenv.yaml of `start` or of the nearest parent that has one."""
    for folder in (start, *start.parents):
        if (folder / SPEC_NAME).is_file():
            return folder / SPEC_NAME
    return None


def _machine() -> str:
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()[:12] or os.uname().nodename
    except OSError:
        return os.uname().nodename or "local"


def _data() -> Path:
    # In a wheel the data travels inside the package; in a checkout it stands at the top of the repository.
    package = Path(__file__).resolve().parent
    packed = package / "_data"
    return packed if packed.is_dir() else package.parent


def _xdg(variable: str, default: str) -> Path:
    named = os.environ.get(variable)
    return Path(named) if named else Path.home() / default
