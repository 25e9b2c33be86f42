"""The main service holds what the lease says, and nothing of the spec is interpolated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devenv.render import compose
from tests.unit.render import make

if TYPE_CHECKING:
    from devenv.agent.model import Lease
    from devenv.render.context import Context
    from devenv.spec.model import Spec


def sandbox(spec: Spec | None = None, lease: Lease | None = None, context: Context | None = None) -> dict[str, Any]:
    project = compose.project(spec or make.spec(), lease or make.lease(), context or make.context())
    words: dict[str, Any] = project["services"]["sandbox"]
    return words


def test_the_lease_becomes_limits() -> None:
    words = sandbox(lease=make.lease(cpus=(4, 5, 8), memory=3 * make.GIB, gpus=("GPU-x",)))
    assert words["cpuset"] == "4-5,8"
    assert words["mem_limit"] == words["memswap_limit"] == 3 * make.GIB
    devices = words["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "device_ids": ["GPU-x"], "capabilities": ["gpu"]}]
    assert words["environment"]["OMP_NUM_THREADS"] == "3"
    assert words["environment"]["NVIDIA_VISIBLE_DEVICES"] == "GPU-x"


def test_without_dedicated_cores_it_lives_in_the_pool_with_a_ceiling() -> None:
    spec = make.spec(resources={"dedicated": False, "cpus": 3})
    words = sandbox(spec, make.lease(cpus=(), dedicated=False), make.context(pool=(0, 1, 5)))
    assert (words["cpuset"], words["cpus"]) == ("0-1,5", 3.0)


def test_a_dedicated_sandbox_has_no_quota_beside_its_cores() -> None:
    assert "cpus" not in sandbox()


def test_an_empty_pool_is_no_cpuset() -> None:
    spec = make.spec(resources={"dedicated": False}, services={"db": {"image": "x"}})
    project = compose.project(spec, make.lease(cpus=(), dedicated=False), make.context(pool=()))
    assert all("cpuset" not in words for words in project["services"].values())


@pytest.mark.parametrize("text", ["$HOME", "${X:-y}", "$$", "a$b${", "100%$"])
def test_a_dollar_of_the_spec_stays_a_dollar(text: str) -> None:
    spec = make.spec(command=["echo", text], env={"A": text}, health={"command": ["test", text]})
    words = sandbox(spec, context=make.context(folder=Path("/a$b"), owner="$me"))
    escaped = text.replace("$", "$$")
    assert words["command"] == ["echo", escaped]
    assert words["environment"]["A"] == escaped
    assert words["healthcheck"]["test"] == ["CMD", "test", escaped]
    assert words["volumes"][0]["source"] == "/a$$b"
    assert words["labels"]["devenv.owner"] == "$$me"


def test_the_ports_of_the_lease_are_published_where_the_spec_says() -> None:
    ports = [8888, {"name": "api", "guest": 8000, "bind": "0.0.0.0"}, {"name": "six", "guest": 1, "bind": "::1"}]  # noqa: S104
    words = sandbox(make.spec(ports=ports), make.lease(ports={"8888": 20000, "api": 8000, "six": 20001}))
    assert words["ports"] == ["127.0.0.1:20000:8888", "0.0.0.0:8000:8000", "[::1]:20001:1"]


def test_it_is_confined() -> None:
    words = sandbox()
    assert words["cap_drop"] == ["ALL"]
    assert "cap_add" not in words
    assert words["security_opt"] == ["no-new-privileges:true"]
    assert words["pids_limit"] > 0
    assert words["init"] is True
    assert words["restart"] == "no"
    assert words["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


@pytest.mark.parametrize("user", [None, "0", "0:0"])
def test_root_gets_back_what_root_needs_and_no_more(user: str | None) -> None:
    words = sandbox(context=make.context(user=user))
    assert "CHOWN" in words["cap_add"]
    assert not {"SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN", "NET_RAW", "SYS_MODULE", "MKNOD"} & set(words["cap_add"])
    assert words.get("user") == user


def test_the_workspace_is_mounted_and_is_where_work_starts() -> None:
    words = sandbox(make.spec(workspace={"source": "../src/./x", "target": "/w"}))
    assert words["volumes"][0]["source"] == "/home/me/src/x"
    assert words["volumes"][0]["target"] == words["working_dir"] == "/w"
    assert "read_only" not in words["volumes"][0]
    without = sandbox(make.spec(workspace=False))
    assert "volumes" not in without
    assert "working_dir" not in without


def test_a_missing_source_is_never_made_by_the_engine() -> None:
    spec = make.spec(secrets=["A"], minio={})
    assert all(mount["bind"] == {"create_host_path": False} for mount in sandbox(spec)["volumes"])


def test_secrets_are_files_and_their_values_are_nowhere() -> None:
    words = sandbox(make.spec(secrets=["HF_TOKEN", {"name": "KEY", "file": "k"}]))
    mounts = {mount["target"]: mount for mount in words["volumes"]}
    assert mounts["/run/secrets/KEY"]["source"].endswith("/secrets/KEY")
    assert mounts["/run/secrets/KEY"]["read_only"] is True
    assert words["environment"]["DEVENV_SECRETS"] == "HF_TOKEN KEY"
    assert words["environment"]["HF_TOKEN_FILE"] == "/run/secrets/HF_TOKEN"
    assert "HF_TOKEN" not in words["environment"]


def test_the_hosts_roots_reach_every_kind_of_client() -> None:
    words = sandbox(context=make.context(ca_bundle=Path("/etc/ca.pem")))
    (mount,) = [mount for mount in words["volumes"] if mount["source"] == "/etc/ca.pem"]
    told = {name for name, value in words["environment"].items() if value == mount["target"]}
    assert told >= {
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "PIP_CERT",
        "GIT_SSL_CAINFO",
        "AWS_CA_BUNDLE",
    }
    assert "SSL_CERT_FILE" not in sandbox()["environment"]


def test_a_proxy_is_passed_on_but_not_for_neighbours_and_never_with_its_password() -> None:
    proxy = {"http_proxy": "http://proxy:3128", "HTTPS_PROXY": "http://me:secret@proxy:3128", "NO_PROXY": "corp, x"}
    words = sandbox(make.spec(services={"db": {"image": "x"}}), context=make.context(proxy=proxy))
    environment = words["environment"]
    assert environment["HTTP_PROXY"] == environment["http_proxy"] == "http://proxy:3128"
    assert environment["HTTPS_PROXY"] is None
    assert environment["NO_PROXY"] == environment["no_proxy"]
    assert set(environment["NO_PROXY"].split(",")) >= {"corp", "x", "localhost", "127.0.0.1", "minio", "db"}
    assert "secret" not in str(words)


def test_what_is_built_here_is_never_pulled_from_a_registry() -> None:
    assert sandbox(make.spec(image=None, box="base"))["pull_policy"] == "never"
    assert sandbox(make.spec(image=None, build="."))["pull_policy"] == "never"
    assert "pull_policy" not in sandbox()


def test_what_the_spec_says_of_the_environment_wins() -> None:
    env = {"OMP_NUM_THREADS": "1", "AWS_REGION": "mars", "HOME": "/elsewhere"}
    assert env.items() <= sandbox(make.spec(env=env, minio={}))["environment"].items()


def test_it_waits_for_its_services_but_is_not_kept_away_by_them() -> None:
    services = {
        "a": {"image": "x", "healthcheck": {"test": "true"}},
        "b": {"image": "x", "healthcheck": {"test": ["NONE"]}},
        "c": {"image": "x", "healthcheck": {"disable": True, "test": "true"}},
        "d": {"image": "x"},
    }
    waits = sandbox(make.spec(services=services, minio={}))["depends_on"]
    assert {name: wait["condition"] for name, wait in waits.items()} == {
        "minio": "service_healthy",
        "a": "service_healthy",
        "b": "service_started",
        "c": "service_started",
        "d": "service_started",
    }
    assert [name for name, wait in waits.items() if wait.get("required", True)] == ["minio"]
