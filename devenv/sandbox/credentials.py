"""The secrets of one sandbox, as 0600 files of its state directory: random MinIO credentials, and the user's own.

They are never in what is rendered, in argv, labels or JSON: containers get the files, read-only.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from devenv import errors, locations
from devenv.objectstore.minio import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.spec.model import External, Secret, Spec

MINIO_USER = "minio-user"
MINIO_PASSWORD = "minio-password"  # noqa: S105 -- a file's name
S3_CREDENTIALS = "s3-credentials"
SECRETS_DIR = "secrets"


def prepare(spec: Spec, state_dir: Path, uid: int | None = None) -> bool:
    """Make every file of credentials that the sandbox mounts; say whether the bundled MinIO got new ones.

    Those that are there are kept. `uid` is the user inside, where it is another than the caller: it then owns them.

    Raises:
        ToolMissing: a secret, or the credential of an external store, is nowhere to be found; names them all.
    """
    fresh = spec.minio is not None and spec.minio.external is None and minio_keys(state_dir) is None
    if spec.minio is not None:
        keys = external_keys(spec.minio.external, spec.folder) if spec.minio.external else _minio_keys(state_dir, uid)
        _write(state_dir / S3_CREDENTIALS, _ini(keys), uid)
    _user_secrets(spec.secrets, spec.folder, state_dir / SECRETS_DIR, uid)
    return fresh


def minio_keys(state_dir: Path) -> Keys | None:
    """Return the credential of the bundled MinIO; None if it was never made."""
    try:
        return Keys((state_dir / MINIO_USER).read_text(), (state_dir / MINIO_PASSWORD).read_text())
    except FileNotFoundError:
        return None


def external_keys(external: External, folder: Path) -> Keys:
    """Find the credential of a store that the user has already: a named AWS file, else the environment.

    Raises:
        ToolMissing: neither has one.
    """
    if external.credentials_file:
        path = folder / Path(external.credentials_file).expanduser()
        found = _from_ini(path)
        if found is None:
            raise errors.ToolMissing(f"minio.external.credentials_file: {path} holds no AWS credential")
        return found
    access, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not access or not secret:
        raise errors.ToolMissing(
            "minio.external: there is no credential for the store",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a credentials_file",
        )
    return Keys(access, secret)


def _minio_keys(state_dir: Path, uid: int | None) -> Keys:
    keys = minio_keys(state_dir)
    if keys is None:
        # MinIO wants 3 to 20 and 8 to 40 characters; 120 and 240 random bits.
        keys = Keys(secrets.token_hex(10), secrets.token_urlsafe(30))
    _write(state_dir / MINIO_USER, keys.access, uid)
    _write(state_dir / MINIO_PASSWORD, keys.secret, uid)
    return keys


def _user_secrets(wanted: Sequence[Secret], folder: Path, into: Path, uid: int | None) -> None:
    missing: list[str] = []
    for secret in wanted:
        kept = into / secret.name
        value = os.environ.get(secret.name)
        if value is None and secret.file:
            path = folder / Path(secret.file).expanduser()
            value = path.read_text().rstrip("\n") if path.is_file() else None
        if value is not None:
            _write(kept, value, uid)
        elif not kept.is_file():
            missing.append(f"{secret.name} (file {secret.file})" if secret.file else secret.name)
    if missing:
        raise errors.ToolMissing(
            f"secrets without a value: {', '.join(missing)}",
            hint="export them in the environment of `devenv up`, or give each a file: {name: X, file: path}",
        )


def _ini(keys: Keys) -> str:
    return f"[default]\naws_access_key_id = {keys.access}\naws_secret_access_key = {keys.secret}\n"


def _from_ini(path: Path) -> Keys | None:
    import configparser  # noqa: PLC0415 -- only external stores need it

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text())
        profile = parser[os.environ.get("AWS_PROFILE", "default")]
        return Keys(profile["aws_access_key_id"], profile["aws_secret_access_key"])
    except (OSError, KeyError, configparser.Error):
        return None


def _write(path: Path, text: str, uid: int | None) -> None:
    locations.private(path.parent)
    if path.is_file() and path.read_text() == text:
        return
    # A new file appears with its text or not at all: an empty password would look like one. One that is there is
    # changed in place, not by rename: a container has this very inode mounted.
    fresh = path if path.is_file() else path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if uid is not None and os.geteuid() == 0:
            os.fchown(descriptor, uid, -1)
        file.write(text)
    if fresh != path:
        fresh.replace(path)
