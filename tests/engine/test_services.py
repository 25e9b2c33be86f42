"""Side services in Compose's words beside a sandbox, and the pool of CPUs they share."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import broken
from tests.engine.test_life import affinity, of

if TYPE_CHECKING:
    import docker

    from tests.engine.conftest import Program

pytestmark = pytest.mark.engine


@pytest.fixture
def image(devenv: Program, engine: docker.DockerClient) -> str:
    """An image that the engine has, for services: the base box's."""
    devenv.spec()
    assert devenv("box", "build", "base").code == 0
    return str(engine.images.list("devenv/base")[0].tags[0])


def test_a_one_shot_service_may_end_with_0(devenv: Program, image: str) -> None:
    devenv.spec(
        services={
            "migrate": {"image": image, "command": ["true"]},
            "web": {
                "image": image,
                "command": ["sleep", "infinity"],
                "depends_on": {"migrate": {"condition": "service_completed_successfully"}},
            },
        }
    )
    sandbox = devenv("up", "--json").data["sandbox"]
    assert sandbox["state"] == "running"
    assert {s["name"]: s["state"] for s in sandbox["services"]} == {
        "sandbox": "running",
        "migrate": "exited",
        "web": "running",
    }
    assert devenv("up", "--json").data["changes"] == []


def test_a_service_is_waited_for_until_it_is_healthy(devenv: Program, image: str) -> None:
    check = {"test": ["CMD", "test", "-f", "/tmp/ready"], "interval": "1s", "retries": 30}  # noqa: S108 -- inside
    command = ["sh", "-c", "sleep 2; touch /tmp/ready; sleep infinity"]
    devenv.spec(services={"slow": {"image": image, "command": command, "healthcheck": check}})
    sandbox = devenv("up", "--json").data["sandbox"]
    assert {s["name"]: s["health"] for s in sandbox["services"]}["slow"] == "healthy"
    assert sandbox["health"] == "healthy"


def test_services_and_minio_keep_off_the_leased_cores(
    devenv: Program, engine: docker.DockerClient, image: str, last_core: list[int]
) -> None:
    name = devenv.spec(minio={"buckets": []}, services={"side": {"image": image, "command": ["sleep", "infinity"]}})
    lease = set(devenv("up", "--json").data["sandbox"]["lease"]["cpus"])
    containers = of(engine, name)
    assert lease <= set(last_core)
    assert affinity(containers["sandbox"]) == lease
    assert affinity(containers["side"]) & lease == set()
    assert affinity(containers["minio"]) & lease == set()


def test_a_new_lease_narrows_those_that_share_and_a_release_widens_them(
    devenv: Program, engine: docker.DockerClient, last_core: list[int]
) -> None:
    sharing = devenv.spec(resources={"dedicated": False})
    assert devenv("up", "-f", devenv.file(sharing)).code == 0
    shared = of(engine, sharing)["sandbox"]
    assert affinity(shared) >= set(last_core)
    started = shared.attrs["State"]["StartedAt"]
    owner = devenv.spec(resources={"cpus": len(last_core)})
    assert devenv("up", "-f", devenv.file(owner)).code == 0
    assert affinity(shared) & set(last_core) == set()
    assert broken(devenv("verify", owner, "--json")) == set()
    assert devenv("destroy", owner, "--yes").code == 0
    assert affinity(shared) >= set(last_core)
    shared.reload()
    assert shared.attrs["State"]["StartedAt"] == started


def test_a_fixed_port_of_a_service_is_leased_and_refused_to_the_next(devenv: Program, image: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    web = {"image": image, "command": ["sleep", "infinity"], "ports": [f"{number}:80"]}
    first = devenv.spec(services={"web": web})
    lease = devenv("up", "--json").data["sandbox"]["lease"]
    assert lease["ports"]["web:80/tcp"] == number
    assert devenv("halt", first).code == 0
    second = devenv.spec(services={"web": web}, resources={"dedicated": False})
    refused = devenv("up", "-f", devenv.file(second), "--json")
    assert refused.code == 6
    assert first in refused.document["error"]["message"] + str(refused.document["error"]["hint"])


def test_a_changed_dotenv_is_a_change(devenv: Program, image: str) -> None:
    web = {"image": image, "command": ["sleep", "infinity"], "environment": {"GREETING": "${GREETING:-none}"}}
    name = devenv.spec(services={"web": web})
    assert devenv("up").code == 0
    (devenv.folder / ".env").write_text("GREETING=hello\n")
    changes = devenv("up", "--json").data["changes"]
    assert [(change["service"], change["change"]) for change in changes] == [("web", "recreate")]
    assert devenv("up", "--json").data["changes"] == []
    said = subprocess.run(
        ["docker", "exec", f"devenv-{name}-{devenv('status', '--json').data['sandbox']['id']}-web-1", "env"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "GREETING=hello" in said.stdout
