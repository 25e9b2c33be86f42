"""Credentials: random, private, kept; and every secret that has no value is named."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from devenv import errors
from devenv.objectstore.minio import Keys
from devenv.sandbox import credentials
from devenv.spec import parse

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.spec.model import Spec


def spec(folder: Path, **fields: Any) -> Spec:
    return parse({"version": 1, "name": "a", "box": "base", **fields}, source=folder / "devenv.yaml")


def test_minio_gets_random_keys_in_private_files_and_keeps_them(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    credentials.prepare(spec(tmp_path), first)
    credentials.prepare(spec(tmp_path), second)
    keys, others = credentials.minio_keys(first), credentials.minio_keys(second)
    assert keys is not None
    assert others is not None
    assert keys.secret != others.secret
    assert {stat.S_IMODE(path.stat().st_mode) for path in first.iterdir()} == {0o600}
    credentials.prepare(spec(tmp_path), first)
    assert credentials.minio_keys(first) == keys


@pytest.mark.parametrize("survived", [0, 1, 2])
def test_a_kill_between_opening_and_writing_leaves_no_empty_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    class Killed(BaseException):
        pass

    opened: list[int] = []
    real = os.fdopen

    def dying(descriptor: int, mode: str) -> Any:
        if len(opened) == survived:
            os.close(descriptor)
            raise Killed
        opened.append(descriptor)
        return real(descriptor, mode)

    monkeypatch.setattr(os, "fdopen", dying)
    with pytest.raises(Killed):
        credentials.prepare(spec(tmp_path), tmp_path)
    monkeypatch.undo()
    credentials.prepare(spec(tmp_path), tmp_path)
    keys = credentials.minio_keys(tmp_path)
    assert keys is not None
    assert all((keys.access, keys.secret))
    assert keys.secret in (tmp_path / credentials.S3_CREDENTIALS).read_text()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_secret_comes_from_the_environment_else_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("from file\n")
    monkeypatch.setenv("ONE", "from environment")
    wanted = spec(tmp_path, minio=False, secrets=["ONE", {"name": "TWO", "file": "token"}])
    credentials.prepare(wanted, tmp_path)
    kept = tmp_path / credentials.SECRETS_DIR
    assert (kept / "ONE").read_text() == "from environment"
    assert (kept / "TWO").read_text() == "from file"
    monkeypatch.delenv("ONE")
    credentials.prepare(wanted, tmp_path)
    assert (kept / "ONE").read_text() == "from environment"


def test_all_secrets_without_a_value_are_named_at_once(tmp_path: Path) -> None:
    wanted = spec(tmp_path, minio=False, secrets=["NOT_SET_1", {"name": "NOT_SET_2", "file": "absent"}])
    with pytest.raises(errors.ToolMissing, match=r"NOT_SET_1, NOT_SET_2 \(file absent\)"):
        credentials.prepare(wanted, tmp_path)


def test_an_external_store_without_a_credential_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    wanted = spec(tmp_path, minio={"buckets": ["data"], "external": {"endpoint": "https://s3.example.org"}})
    with pytest.raises(errors.ToolMissing, match="no credential"):
        credentials.prepare(wanted, tmp_path)


def test_a_credentials_file_is_read_as_the_aws_tools_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = {"default": ("A", "B%1"), "x": ("C", "D")}
    text = [f"[{p}]\naws_access_key_id = {a}\naws_secret_access_key = {s}\n" for p, (a, s) in profiles.items()]
    (tmp_path / "keys").write_text("".join(text))
    external = {"endpoint": "https://s3.example.org", "credentials_file": "keys"}
    wanted = spec(tmp_path, minio={"buckets": [], "external": external})
    assert wanted.minio is not None
    assert wanted.minio.external is not None
    assert credentials.external_keys(wanted.minio.external, tmp_path) == Keys("A", "B%1")
    monkeypatch.setenv("AWS_PROFILE", "x")
    assert credentials.external_keys(wanted.minio.external, tmp_path) == Keys("C", "D")
