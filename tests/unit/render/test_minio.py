"""MinIO and what tells the sandbox's programs where it is; no credential is ever in what is rendered."""

from __future__ import annotations

from typing import Any

from devenv.render import compose
from tests.unit.render import make


def project(minio: Any, lease: dict[str, Any] | None = None, **context: Any) -> dict[str, Any]:
    return compose.project(make.spec(minio=minio), make.lease(**(lease or {})), make.context(**context))


def test_it_lives_on_the_pool_under_its_own_limits() -> None:
    words = project({"resources": {"cpus": 0.5, "memory": "512MiB"}}, pool=(0, 7))["services"]["minio"]
    assert (words["cpuset"], words["cpus"]) == ("0,7", 0.5)
    assert words["mem_limit"] == words["memswap_limit"] == 512 * 1024**2


def test_it_is_published_on_its_leased_ports_of_loopback() -> None:
    words = project({}, {"ports": {"minio": 21000, "minio-console": 21001}})["services"]["minio"]
    assert words["ports"] == ["127.0.0.1:21000:9000", "127.0.0.1:21001:9001"]


def test_our_box_probes_itself_makes_its_buckets_and_runs_as_the_caller() -> None:
    found = project({"buckets": ["raw", "models"]})["services"]
    assert found["minio"]["environment"]["DEVENV_BUCKETS"] == "raw models"
    assert found["minio"]["healthcheck"]["test"][-1].endswith("/minio/health/ready")
    assert found["minio"]["user"] == "1000:1000"
    assert found["minio"]["pull_policy"] == "never"
    assert found["sandbox"]["depends_on"]["minio"] == {"condition": "service_healthy"}


def test_another_image_is_not_asked_what_it_cannot_answer() -> None:
    found = project({"image": "other/minio:1"}, minio_image="other/minio:1")["services"]
    assert "healthcheck" not in found["minio"]
    assert not {"user", "pull_policy"} & set(found["minio"])
    assert "DEVENV_BUCKETS" not in found["minio"]["environment"]
    assert found["sandbox"]["depends_on"]["minio"] == {"condition": "service_started"}


def test_any_aws_sdk_finds_the_store_by_the_environment_alone() -> None:
    environment = project({})["services"]["sandbox"]["environment"]
    assert environment["AWS_ENDPOINT_URL_S3"] == "http://minio:9000"
    mounts = {mount["target"]: mount for mount in project({})["services"]["sandbox"]["volumes"]}
    assert mounts[environment["AWS_SHARED_CREDENTIALS_FILE"]]["source"].endswith("/s3-credentials")


def test_credentials_are_files_never_values() -> None:
    text = str(project({})["services"])
    assert "AWS_SECRET_ACCESS_KEY" not in text
    assert "MINIO_ROOT_PASSWORD_FILE" in text
    assert "MINIO_ROOT_PASSWORD'" not in text


def test_an_external_store_is_named_and_not_run() -> None:
    external = {"endpoint": "https://s3.example.com", "region": "eu-north-1"}
    found = project({"external": external}, minio_image=None)
    assert "minio" not in found["services"]
    assert "volumes" not in found
    environment = found["services"]["sandbox"]["environment"]
    assert environment["AWS_ENDPOINT_URL_S3"] == "https://s3.example.com"
    assert environment["AWS_REGION"] == "eu-north-1"


def test_aws_itself_is_an_external_store_without_an_endpoint() -> None:
    environment = project({"external": {}}, minio_image=None)["services"]["sandbox"]["environment"]
    assert not {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} & set(environment)


def test_without_a_store_nothing_speaks_of_one() -> None:
    assert "AWS" not in str(project(False)["services"])
    assert "minio" not in str(project(False)["services"])
