"""The bundled MinIO: served beside the sandbox, known inside without a word, its data kept or destroyed as asked."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psutil
import pytest

from tests.engine.conftest import broken

if TYPE_CHECKING:
    import docker

    from tests.engine.conftest import Program

pytestmark = pytest.mark.engine

INSIDE = (
    "import boto3; s3 = boto3.client('s3'); s3.put_object(Bucket='data', Key='k', Body=b'from inside');"
    "print(s3.get_object(Bucket='data', Key='k')['Body'].read().decode())"
)


def outside(minio: dict[str, Any]) -> Any:
    """Return an S3 client made from what the sandbox object says, as a user's script would."""
    session = boto3.Session()
    keys = Path(minio["credentials_file"]).read_text()
    secret = keys.split("aws_secret_access_key = ")[1].strip()
    return session.client(
        "s3",
        endpoint_url=minio["endpoint"],
        aws_access_key_id=minio["access_key"],
        aws_secret_access_key=secret,
        region_name="us-east-1",
    )


def test_plain_boto3_works_inside_and_the_leased_port_outside(devenv: Program) -> None:
    devenv.spec(box="python-ml", minio={"buckets": ["data", "models"]})
    sandbox = devenv("up", "--json").data["sandbox"]
    said = devenv("exec", "--", "python", "-c", INSIDE)
    assert (said.code, said.stdout) == (0, "from inside\n")
    s3 = outside(sandbox["minio"])
    assert sorted(bucket["Name"] for bucket in s3.list_buckets()["Buckets"]) == ["data", "models"]
    assert s3.get_object(Bucket="data", Key="k")["Body"].read() == b"from inside"
    assert sandbox["minio"]["endpoint"].startswith("http://127.0.0.1:")
    assert sandbox["minio"]["console"].startswith("http://127.0.0.1:")


def test_the_secret_key_is_only_in_private_files(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec(minio={"buckets": ["data"]})
    up = devenv("up", "--json")
    file = Path(up.data["sandbox"]["minio"]["credentials_file"])
    secret = file.read_text().split("aws_secret_access_key = ")[1].strip()
    assert len(secret) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    seen = [up.stdout, up.stderr, devenv("status", "--json").stdout, devenv("render").stdout, devenv("logs").stdout]
    containers = engine.containers.list(filters={"label": f"devenv.sandbox={name}"})
    seen += [json.dumps(container.attrs) for container in containers]
    seen += [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert len(containers) == 2
    assert not [text for text in seen if secret in text]
    holders = [p for p in devenv.home.rglob("*") if p.is_file() and secret in p.read_text(errors="replace")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}
    assert {path.name for path in holders} <= {"s3-credentials", "minio-password"}


def test_data_survives_destroy_only_if_asked(devenv: Program) -> None:
    name = devenv.spec(minio={"buckets": ["data"]})
    s3 = outside(devenv("up", "--json").data["sandbox"]["minio"])
    s3.put_object(Bucket="data", Key="kept", Body=b"x" * 1000)
    said = devenv("destroy", "--yes", "--keep-data")
    assert said.code == 0
    again = outside(devenv("up", "--json").data["sandbox"]["minio"])
    assert again.get_object(Bucket="data", Key="kept")["Body"].read() == b"x" * 1000
    told = devenv("destroy", "--dry-run", name)
    assert "data (1 objects" in told.stdout
    assert devenv("destroy", "--yes").code == 0
    fresh = outside(devenv("up", "--json").data["sandbox"]["minio"])
    assert fresh.list_objects_v2(Bucket="data")["KeyCount"] == 0


def test_a_bucket_is_added_to_a_running_store_and_its_objects_stay(devenv: Program) -> None:
    name = devenv.spec(minio={"buckets": ["data"]})
    s3 = outside(devenv("up", "--json").data["sandbox"]["minio"])
    s3.put_object(Bucket="data", Key="kept", Body=b"kept")
    devenv.spec(name, minio={"buckets": ["data", "more"]})
    again = devenv("up", "--json").data["sandbox"]["minio"]
    assert sorted(bucket["Name"] for bucket in outside(again).list_buckets()["Buckets"]) == ["data", "more"]
    assert outside(again).get_object(Bucket="data", Key="kept")["Body"].read() == b"kept"


def test_verify_makes_a_round_trip_and_notices_a_bucket_that_went(devenv: Program) -> None:
    devenv.spec(minio={"buckets": ["data"]})
    s3 = outside(devenv("up", "--json").data["sandbox"]["minio"])
    verified = devenv("verify", "--json")
    assert broken(verified) == set()
    assert "S3 round trip" in {check["name"] for check in verified.document["data"]["checks"]}
    s3.delete_bucket(Bucket="data")
    verified = devenv("verify", "--json")
    assert verified.code == 9
    assert broken(verified) == {"buckets"}


def test_an_external_store_is_used_and_no_minio_is_made(devenv: Program, engine: docker.DockerClient) -> None:
    devenv.spec(minio={"buckets": ["data"]})
    store = devenv("up", "--json").data["sandbox"]["minio"]
    port = store["endpoint"].rsplit(":", 1)[1]
    gateway = engine.networks.get("bridge").attrs["IPAM"]["Config"][0].get("Gateway", "172.17.0.1")
    external = {"endpoint": f"http://{gateway}:{port}", "credentials_file": store["credentials_file"]}
    second = devenv.spec(minio={"buckets": ["data"], "external": external}, resources={"dedicated": False})
    data = devenv("up", "-f", devenv.file(second), "--json").data["sandbox"]
    assert [service["name"] for service in data["services"]] == ["sandbox"]
    assert data["minio"]["endpoint"] == external["endpoint"]
    environment = devenv("exec", second, "--", "sh", "-c", "echo $AWS_ENDPOINT_URL; cat $AWS_SHARED_CREDENTIALS_FILE")
    assert external["endpoint"] in environment.stdout
    assert Path(store["credentials_file"]).read_text() in environment.stdout


def test_what_is_rendered_runs_without_devenv(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec(minio={"buckets": ["data"]})
    out = devenv.folder / "out"
    assert devenv("render", "-o", str(out)).code == 0
    words = ["docker", "compose", "--project-directory", str(devenv.folder), "-f", str(out / "compose.yaml")]
    done = subprocess.run([*words, "up", "-d", "--wait"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(engine.containers.list(filters={"label": f"devenv.sandbox={name}"})) == 2
    # devenv takes over what plain Compose has made: nothing is recreated.
    changes = devenv("up", "--json").data["changes"]
    assert changes == []
    minio = devenv("status", "--json").data["sandbox"]["minio"]
    assert [bucket["Name"] for bucket in outside(minio).list_buckets()["Buckets"]] == ["data"]
