"""Boxes on the real engine: built once, whole or not at all, and good for any uid."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from devenv.boxes import build, layer, recipe, trust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container

    from tests.engine.conftest import Program

pytestmark = pytest.mark.engine

STRANGER = "4321:4321"  # a uid that no image knows
CONFINED: dict[str, Any] = {"user": STRANGER, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}


def _image(name: str) -> str:
    return build.ensure(recipe.load(name), on_line=lambda _: None)


def _says(engine: DockerClient, image: str, script: str, **options: Any) -> str:
    """Return what a shell script prints in a new container, run by a stranger without capabilities."""
    said: Any = engine.containers.run(image, ["sh", "-ec", script], remove=True, stderr=True, **CONFINED, **options)
    return str(said, "utf-8")


@contextlib.contextmanager
def _running(engine: DockerClient, image: str, **options: Any) -> Iterator[Container]:
    container = engine.containers.run(image, detach=True, **CONFINED, **options)
    try:
        yield container
    finally:
        container.remove(force=True, v=True)


def _until(container: Container, script: str) -> str:
    """Return what a script prints in the container as soon as it succeeds there."""
    deadline = time.monotonic() + 30
    while True:
        code, said = container.exec_run(["sh", "-ec", script])
        if code == 0 or time.monotonic() > deadline:
            assert code == 0, (said, container.logs())
            assert isinstance(said, bytes)
            return said.decode()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def leftovers(engine: DockerClient) -> Iterator[list[str]]:
    """Ids of images to remove after the last test: their layers spare the next test a minute."""
    ids: list[str] = []
    yield ids
    for image in ids:
        engine.images.remove(image, force=True)


@pytest.fixture
def small(devenv: Program, engine: DockerClient, leftovers: list[str]) -> Iterator[str]:
    """The name of a box of one's own, not built yet: one file more than nothing."""
    name = f"t-{uuid.uuid4().hex[:8]}"
    devenv.spec(name)
    folder = devenv.folder / "boxes" / name
    folder.mkdir(parents=True)
    (folder / "hello").write_text("#!/bin/sh\necho hello $MODE from $(whoami)\n")
    text = (
        "files: [{source: hello, target: /usr/local/bin/hello, mode: '0755'}]\nenv: {MODE: 'a b'}\ncommand: [hello]\n"
    )
    (folder / "box.yaml").write_text(text)
    yield name
    leftovers += [str(image.id) for image in engine.images.list(f"devenv/{name}")]


def test_a_box_of_ones_own_is_built_once_and_again_when_it_changes(
    devenv: Program, engine: DockerClient, small: str
) -> None:
    [first] = devenv("box", "build", small, "--json").data["boxes"]
    assert first["built"]
    made = engine.images.get(first["reference"])
    assert devenv("box", "build", small, "--json").data["boxes"] == [{**first, "built": False}]
    assert engine.images.get(first["reference"]).id == made.id
    (devenv.folder / "boxes" / small / "hello").write_text("#!/bin/sh\necho other\n")
    [second] = devenv("box", "build", small, "--json").data["boxes"]
    assert second["built"]
    assert second["reference"] != first["reference"]
    assert "hello a b from u4321" in _says(engine, first["reference"], "hello")


def test_an_image_says_which_box_it_is(devenv: Program, engine: DockerClient, small: str) -> None:
    [row] = devenv("box", "build", small, "--json").data["boxes"]
    labels = engine.images.get(row["reference"]).labels
    assert labels["devenv.box"] == small
    assert labels["devenv.box-key"][:12] == row["reference"].split(":")[1]


def test_a_dry_run_builds_nothing(devenv: Program, engine: DockerClient, small: str) -> None:
    [row] = devenv("box", "build", small, "--dry-run", "--json").data["boxes"]
    assert row["built"]
    assert not engine.images.list(f"devenv/{small}")


def _builder(folder: Path, name: str) -> subprocess.Popen[str]:
    """Start a process that builds a box and prints what the builder says."""
    code = (
        "import pathlib, sys; from devenv.boxes import build, recipe\n"
        "box = recipe.load(sys.argv[1], pathlib.Path(sys.argv[2]))\n"
        "build.ensure(box, on_line=lambda line: print(line, flush=True))"
    )
    argv = [sys.executable, "-c", code, name, str(folder)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def test_two_builds_at_once_build_once(devenv: Program, small: str) -> None:
    both = [_builder(devenv.folder, small) for _ in range(2)]
    said = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sorted("built box" in text for text in said) == [False, True], said


def test_an_interrupted_build_leaves_no_image_and_the_next_one_ends_it(
    devenv: Program, engine: DockerClient, small: str
) -> None:
    box = devenv.folder / "boxes" / small / "box.yaml"
    box.write_text(box.read_text() + "pip: [iniconfig==2.1.0]\n")
    child = _builder(devenv.folder, small)
    assert child.stdout
    for line in child.stdout:
        if "venv /opt/venv" in line:
            break
    time.sleep(1)
    os.killpg(child.pid, signal.SIGINT)
    child.communicate(timeout=60)
    assert child.returncode
    assert not engine.images.list(f"devenv/{small}")
    assert devenv("box", "build", small, "--json").data["boxes"][0]["built"]


def test_a_failing_build_says_what_failed(devenv: Program, engine: DockerClient, small: str) -> None:
    (devenv.folder / "boxes" / small / "box.yaml").write_text("packages: [no-such-package-at-all]\n")
    ended = devenv("box", "build", small)
    assert ended.code == 1
    assert "no-such-package-at-all" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not engine.images.list(f"devenv/{small}")


def test_any_uid_has_a_name_a_home_and_git(engine: DockerClient) -> None:
    script = "whoami; touch ~/mine /workspace/mine; git config --global user.name x; cd ~; git init -q r; echo $HOME"
    assert _says(engine, _image("base"), script).splitlines() == ["u4321", "/home/dev"]


def test_nobody_becomes_root_by_the_file_of_names(engine: DockerClient) -> None:
    script = "echo evil:x:0:0::/:/bin/sh >>/var/lib/extrausers/passwd; getent passwd evil || echo none; id -u"
    assert _says(engine, _image("base"), script).split() == ["none", "4321"]


def test_a_secret_is_in_the_environment_of_the_command_alone(engine: DockerClient, tmp_path: Path) -> None:
    (tmp_path / "TOKEN").write_text("s3cret\n")
    (tmp_path / "TOKEN").chmod(0o444)
    mount = {str(tmp_path / "TOKEN"): {"bind": "/run/secrets/TOKEN", "mode": "ro"}}
    options: dict[str, Any] = {"volumes": mount, "environment": {"DEVENV_SECRETS": "TOKEN ABSENT"}}
    assert _says(engine, _image("base"), "echo $TOKEN ${ABSENT-unset}", **options) == "s3cret unset\n"


@pytest.mark.parametrize("name", ["base", "python-ml", "minio"])
def test_nothing_of_the_build_stays_in_an_image(engine: DockerClient, name: str) -> None:
    image = _image(name)
    left = _says(engine, image, "ls -A /tmp /etc/ssh/ssh_host_* 2>/dev/null || true; cat /etc/apt/sources.list")
    assert left.count("\n") <= 10, left
    assert "devenv-build" not in left
    assert "ssh_host" not in left
    env = engine.images.get(image).attrs["Config"]["Env"]
    assert not [word for word in env if "proxy" in word.lower() or "CERT" in word]


def test_any_uid_installs_python_packages_behind_the_hosts_proxy(engine: DockerClient) -> None:
    bundle = trust.bundle()
    options: dict[str, Any] = {"environment": trust.proxy()}
    if bundle:
        options["environment"]["PIP_CERT"] = "/run/ca.crt"
        options["volumes"] = {str(bundle): {"bind": "/run/ca.crt", "mode": "ro"}}
    script = "pip install -q iniconfig==2.1.0 && python -c 'import iniconfig, numpy, sklearn, boto3; print(iniconfig)'"
    assert "/opt/venv" in _says(engine, _image("python-ml"), script, **options)


@pytest.mark.parametrize("given", [{}, {"JUPYTER_TOKEN": ""}, {"JUPYTER_TOKEN": "right"}])
def test_jupyter_is_never_without_a_token(engine: DockerClient, given: dict[str, str]) -> None:
    with _running(engine, _image("python-ml"), environment=given) as container:
        ask = "curl -s -o /dev/null -w '%{http_code} ' http://127.0.0.1:8888/api/contents"
        said = _until(container, f"{ask} | grep -v 000; {ask}?token=right; {ask}?token=")
        assert said.split() == ["403", "200" if given.get("JUPYTER_TOKEN") else "403", "403"]


def test_minio_serves_the_buckets_it_was_named(engine: DockerClient) -> None:
    key, secret = "tester", "a-secret-of-tests"
    env = {"DEVENV_BUCKETS": "datasets models", "MINIO_ROOT_USER": key, "MINIO_ROOT_PASSWORD": secret}
    with _running(engine, _image("minio"), environment=env, ports={"9000/tcp": ("127.0.0.1", None)}) as container:
        _until(container, "curl -fsS http://127.0.0.1:9000/minio/health/ready")
        container.reload()
        published = container.ports["9000/tcp"]
        assert published
        s3 = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{published[0]['HostPort']}",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name="us-east-1",
        )
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["datasets", "models"]
        s3.put_object(Bucket="datasets", Key="a/b", Body=b"x")
        assert s3.get_object(Bucket="datasets", Key="a/b")["Body"].read() == b"x"
        s3.create_bucket(Bucket="third")


def test_the_first_layer_is_there_after_a_build() -> None:
    _image("base")
    assert layer.exists(layer.ensure(recipe.DEBIAN, on_line=pytest.fail))
