"""The agent's reader of the Docker API, on a real engine: what it says is so, and it says it in milliseconds."""

from __future__ import annotations

import os
import statistics
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from devenv.agent import readback
from devenv.agent.engine import Container, Engine
from devenv.agent.foreign import foreign
from devenv.boxes import build, recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    import docker

pytestmark = pytest.mark.engine
MIB = 2**20


class Crowd:
    """Starts containers with a label of their own, and knows them by it."""

    def __init__(self, client: docker.DockerClient, image: str) -> None:
        self.client, self.image = client, image
        self.label = f"devenv-test={uuid.uuid4().hex[:8]}"

    def start(self, *command: str, labels: dict[str, str] | None = None, **options: Any) -> str:
        """Start a container, which sleeps unless told otherwise, and return its name."""
        key, _, value = self.label.partition("=")
        argv = list(command or ("sleep", "60"))
        started = self.client.containers.run(
            self.image, argv, detach=True, init=True, labels={key: value, **(labels or {})}, **options
        )
        return str(started.name)


@pytest.fixture
def crowd(engine: docker.DockerClient) -> Iterator[Crowd]:
    image = build.ensure(recipe.load("base"), on_line=print)
    found = Crowd(engine, image)
    yield found
    for one in engine.containers.list(all=True, filters={"label": found.label}):
        one.remove(force=True)


@pytest.fixture
def reader() -> Iterator[Engine]:
    found = Engine()
    yield found
    found.close()


def only(reader: Engine, crowd: Crowd) -> Container:
    (found,) = reader.containers(label=crowd.label)
    return found


def until_it_has(reader: Engine, crowd: Crowd, **wanted: object) -> Container:
    for _ in range(100):
        found = only(reader, crowd)
        if all(getattr(found, name) == value for name, value in wanted.items()):
            return found
        time.sleep(0.1)
    return found


def test_a_running_container_is_what_was_started(reader: Engine, crowd: Crowd) -> None:
    options = {
        "cpuset_cpus": "0",
        "mem_limit": "64m",
        "memswap_limit": "64m",
        "ports": {"8888/tcp": ("127.0.0.1", None)},
    }
    name = crowd.start(labels={"x": "ü = {}"}, **options)
    found = only(reader, crowd)
    sdk = crowd.client.containers.get(name)
    assert (found.id, found.name, found.image, found.image_id) == (sdk.id, name, crowd.image, sdk.attrs["Image"])
    assert (found.state, found.health, found.exit_code) == ("running", None, 0)
    assert (found.cpuset, found.memory, found.labels["x"]) == ((0,), 64 * MIB, "ü = {}")
    (bound,) = found.ports["8888/tcp"]
    assert bound[0] == "127.0.0.1"
    assert bound[1] == int(sdk.attrs["NetworkSettings"]["Ports"]["8888/tcp"][0]["HostPort"])
    assert found.pid == sdk.attrs["State"]["Pid"]
    assert list(found.networks) == ["bridge"]


def test_a_failed_container_says_its_code(reader: Engine, crowd: Crowd) -> None:
    crowd.start("sh", "-c", "exit 3")
    found = until_it_has(reader, crowd, state="exited")
    assert (found.state, found.exit_code, found.pid) == ("exited", 3, 0)


def test_health_comes_with_what_the_probe_said(reader: Engine, crowd: Crowd) -> None:
    check = {"test": ["CMD-SHELL", "echo not yet; exit 1"], "interval": 10**8, "retries": 1}
    crowd.start(healthcheck=check)
    found = until_it_has(reader, crowd, health="unhealthy")
    assert found.health == "unhealthy"
    assert "not yet" in found.health_log


def test_stopped_containers_are_seen_unless_only_running_ones_are_asked_for(reader: Engine, crowd: Crowd) -> None:
    name = crowd.start()
    crowd.client.containers.get(name).kill()
    assert [one.name for one in reader.containers(label=crowd.label)] == [name]
    assert reader.containers(label=crowd.label, all=False) == ()


def test_volumes_networks_and_images_are_found_by_label(reader: Engine, crowd: Crowd) -> None:
    key, _, value = crowd.label.partition("=")
    volume = crowd.client.volumes.create(labels={key: value})
    network = crowd.client.networks.create(f"n-{value}", labels={key: value})
    try:
        assert [one["Name"] for one in reader.volumes(crowd.label)] == [volume.name]
        assert [one["Name"] for one in reader.networks(crowd.label)] == [f"n-{value}"]
    finally:
        volume.remove()
        network.remove()
    image = reader.image(crowd.image)
    assert image
    assert image["Id"] == crowd.client.images.get(crowd.image).id
    assert reader.image("devenv/no-such:1") is None


def test_a_container_that_somebody_pinned_is_foreign(reader: Engine, crowd: Crowd) -> None:
    pinned = crowd.start(cpuset_cpus="0")
    crowd.start()
    crowd.start(cpuset_cpus="0", labels={"devenv.id": "known", "devenv.role": "sandbox"})
    crowd.start(cpuset_cpus="0", labels={"devenv.id": "other", "devenv.role": "minio"})
    crowd.start(cpuset_cpus="0", labels={"devenv.id": "other", "devenv.sandbox": "two", "devenv.owner": "bob"})
    mine = {one.name for one in reader.containers(label=crowd.label)}
    names = {held.sandbox for held in foreign(reader, known={"known"})}
    assert {f"container {pinned}", "two of bob"} <= names
    assert not names & {f"container {name}" for name in mine - {pinned}}


def test_what_the_kernel_gave_is_what_was_asked(reader: Engine, crowd: Crowd) -> None:
    last = max(os.sched_getaffinity(0))
    crowd.start(cpuset_cpus=str(last), mem_limit="128m", memswap_limit="128m")
    pid = only(reader, crowd).pid
    facts = readback.cgroup(pid)
    assert readback.process_cpus(pid) == (last,)
    assert (facts.cpuset, facts.memory_limit) == ((last,), 128 * MIB)
    assert facts.swap_limit in (None, 128 * MIB)  # None: this kernel does not count swap
    assert facts.version in ("v1", "v2", "hybrid")


def test_three_containers_are_read_in_ten_milliseconds(reader: Engine, crowd: Crowd) -> None:
    for _ in range(3):
        crowd.start()
    reader.ping()
    times = []
    for _ in range(15):
        before = time.perf_counter()
        assert len(reader.containers(label=crowd.label)) == 3
        times.append(time.perf_counter() - before)
    # 3 ms on two idle cores; the quickest, because other tests' containers may be ending meanwhile.
    assert min(times) < 0.010, f"median {statistics.median(times):.4f} s"
