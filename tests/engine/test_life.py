"""The life of a sandbox on a real engine, told from outside: what was said, what exists, what is left."""

from __future__ import annotations

import os
import shutil
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.conftest import broken

if TYPE_CHECKING:
    import docker

    from tests.engine.conftest import Program

pytestmark = pytest.mark.engine


def of(engine: docker.DockerClient, name: str) -> dict[str, Any]:
    """Return the containers of a sandbox by service."""
    found = engine.containers.list(all=True, filters={"label": f"devenv.sandbox={name}"})
    return {container.labels["devenv.service"]: container for container in found}


def affinity(container: Any) -> set[int]:
    """Return the CPUs that the kernel lets a container's main process run on."""
    container.reload()
    return os.sched_getaffinity(container.attrs["State"]["Pid"])


def test_up_gives_the_sandbox_exactly_its_leased_cores(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec()
    sandbox = devenv("up", "--json").data["sandbox"]
    main = of(engine, name)["sandbox"]
    assert sandbox["state"] == "running"
    assert affinity(main) == set(sandbox["lease"]["cpus"])
    assert main.attrs["HostConfig"]["CpusetCpus"] == ",".join(map(str, sandbox["lease"]["cpus"]))


def test_the_memory_limit_is_the_specs_and_leaves_no_swap(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec(resources={"memory": "256MiB"})
    assert devenv("up").code == 0
    config = of(engine, name)["sandbox"].attrs["HostConfig"]
    assert (config["Memory"], config["MemorySwap"]) == (256 << 20, 256 << 20)


def test_up_again_changes_nothing(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec()
    assert devenv("up").code == 0
    before = of(engine, name)["sandbox"]
    again = devenv("up", "--json").data
    after = of(engine, name)["sandbox"]
    assert again["changes"] == []
    assert (after.id, after.attrs["State"]["StartedAt"]) == (before.id, before.attrs["State"]["StartedAt"])


def test_a_changed_spec_is_planned_by_field_and_recreates(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec(env={"MODE": "one"})
    assert devenv("up").code == 0
    before = of(engine, name)["sandbox"].id
    devenv.spec(name, env={"MODE": "two"})
    planned = devenv("plan", "--exit-code", "--json")
    assert planned.code == 9
    assert [(c["service"], c["change"], c["field"]) for c in planned.data["changes"]] == [
        ("sandbox", "recreate", "environment")
    ]
    assert devenv("up").code == 0
    assert of(engine, name)["sandbox"].id != before
    assert devenv("plan", "--exit-code").code == 0


def test_more_memory_is_given_in_place(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec(resources={"memory": "256MiB"})
    assert devenv("up").code == 0
    before = of(engine, name)["sandbox"]
    devenv.spec(name, resources={"memory": "512MiB"})
    assert [c["change"] for c in devenv("up", "--json").data["changes"]] == ["in-place"]
    after = of(engine, name)["sandbox"]
    assert after.attrs["State"]["StartedAt"] == before.attrs["State"]["StartedAt"]
    assert after.attrs["HostConfig"]["Memory"] == 512 << 20
    assert devenv("up", "--json").data["changes"] == []


def test_the_last_core_is_refused_to_a_second_who_is_told_who_holds_it(
    devenv: Program, engine: docker.DockerClient, last_core: list[int]
) -> None:
    first = devenv.spec(resources={"cpus": len(last_core)})
    assert devenv("up", "-f", devenv.file(first)).code == 0
    second = devenv.spec()
    refused = devenv("up", "-f", devenv.file(second), "--json")
    error = refused.document["error"]
    assert (refused.code, error["code"]) == (6, "no-capacity")
    assert first in error["message"] + error["hint"]
    assert of(engine, second) == {}
    assert devenv.listed() == [first]


def test_a_foreign_container_pinned_to_the_last_core_is_seen_and_avoided(
    devenv: Program, engine: docker.DockerClient, last_core: list[int]
) -> None:
    devenv.spec()
    assert devenv("up").code == 0  # brings the image
    assert devenv("destroy", "--yes").code == 0
    image = next(image for image in engine.images.list("devenv/base"))
    cpuset = ",".join(map(str, last_core))
    stranger = engine.containers.run(str(image.id), ["sleep", "60"], detach=True, cpuset_cpus=cpuset)
    try:
        refused = devenv("up", "--json")
        assert refused.code == 6
        assert stranger.name in refused.document["error"]["message"] + refused.document["error"]["hint"]
        assert devenv("capacity", "--json").data["hosts"][0]["cpus"]["free"] == []
    finally:
        stranger.remove(force=True)
    assert devenv("up").code == 0


def test_halt_keeps_cores_and_ports_and_start_goes_on(devenv: Program, last_core: list[int]) -> None:
    name = devenv.spec(ports=[8123], resources={"cpus": len(last_core)})
    lease = devenv("up", "--json").data["sandbox"]["lease"]
    halted = devenv("halt", "--json").data["sandbox"]
    assert (halted["state"], halted["lease"]) == ("stopped", lease)
    other = devenv.spec()
    assert devenv("up", "-f", devenv.file(other)).code == 6
    started = devenv("start", name, "--json").data["sandbox"]
    assert (started["state"], started["lease"]) == ("running", lease)


def test_halt_release_gives_the_cores_to_others(devenv: Program, last_core: list[int]) -> None:
    first = devenv.spec(resources={"cpus": len(last_core)})
    assert devenv("up").code == 0
    assert devenv("halt", "--release").code == 0
    second = devenv.spec()
    assert devenv("up", "-f", devenv.file(second)).code == 0
    refused = devenv("start", first)
    assert refused.code == 6
    assert "devenv up" in refused.stderr


def test_destroy_leaves_nothing_and_needs_no_spec(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec(minio={"buckets": ["data"]})
    assert devenv("up").code == 0
    (devenv.folder / "devenv.yaml").unlink()
    said = devenv("destroy", name, "--yes")
    assert said.code == 0
    assert "volumes" in said.stderr
    label = {"label": f"devenv.sandbox={name}"}
    assert of(engine, name) == {}
    assert engine.networks.list(filters=label) == []
    assert engine.volumes.list(filters=label) == []
    assert devenv.listed() == []
    assert devenv("status", name).code == 4


def test_destroy_asks_and_without_a_terminal_refuses(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec()
    assert devenv("up").code == 0
    refused = devenv("destroy")
    assert refused.code == 2
    assert "--yes" in refused.stderr
    assert "sandbox" in of(engine, name)


def test_a_sandbox_whose_command_ends_is_reported_with_what_it_said(devenv: Program) -> None:
    devenv.spec(command=["sh", "-c", "echo no such table >&2; exit 3"])
    failed = devenv("up", "--json", "--timeout", "20")
    error = failed.document["error"]
    assert (failed.code, error["code"]) == (10, "unhealthy")
    assert "code 3" in error["message"]
    assert "no such table" in error["message"]


def test_a_port_that_a_stranger_holds_is_refused_before_anything_is_made(
    devenv: Program, engine: docker.DockerClient
) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        taken = stranger.getsockname()[1]
        name = devenv.spec(ports=[{"name": "api", "guest": 8000, "host": taken}])
        refused = devenv("up", "--json")
        assert refused.code == 6
        assert str(taken) in refused.document["error"]["message"]
        assert of(engine, name) == {}
        assert devenv.listed() == []


def test_an_image_that_cannot_be_had_is_explained_and_nothing_is_left(
    devenv: Program, engine: docker.DockerClient
) -> None:
    name = devenv.spec(box=None, image="registry.invalid/nobody/nothing:1", minio={"buckets": []})
    refused = devenv("up", "--json")
    error = refused.document["error"]
    assert refused.code == 7
    assert "registry cannot be reached" in error["message"]
    label: Any = {"label": f"devenv.sandbox={name}"}
    assert of(engine, name) == {}
    assert engine.networks.list(filters=label) == []
    assert devenv.listed() == []


def test_a_workspace_that_is_not_there_is_named_before_anything_is_made(devenv: Program) -> None:
    devenv.spec(workspace={"source": "nowhere"})
    refused = devenv("up", "--json")
    assert refused.code == 4
    assert "nowhere" in refused.document["error"]["message"]
    assert devenv.listed() == []


def test_an_image_of_ones_own_is_built_and_built_again_when_its_recipe_changes(devenv: Program) -> None:
    devenv.spec()
    assert devenv("up").code == 0
    base = devenv("box", "show", "base", "--json").data["box"]["reference"]
    assert devenv("destroy", "--yes").code == 0
    (devenv.folder / "Dockerfile").write_text(f"FROM {base}\nRUN echo one > /tmp/which\n")
    devenv.spec(box=None, build={"context": "."})
    assert devenv("up").code == 0
    assert devenv("up", "--json").data["changes"] == []
    (devenv.folder / "Dockerfile").write_text(f"FROM {base}\nRUN echo two > /tmp/which\n")
    changes = devenv("up", "--json").data["changes"]
    assert [(change["change"], change["field"]) for change in changes] == [("recreate", "image")]
    assert devenv("exec", "--", "cat", "/tmp/which").stdout == "two\n"  # noqa: S108 -- inside


def test_drift_made_by_hand_is_shown_and_repaired(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec(resources={"memory": "256MiB"})
    assert devenv("up").code == 0
    of(engine, name)["sandbox"].update(mem_limit=128 << 20, memswap_limit=128 << 20)
    drift = devenv("status", name, "--json").data["sandbox"]["drift"]
    assert [(d["service"], d["field"], d["before"]) for d in drift] == [("sandbox", "memory", 128 << 20)]
    assert devenv("up").code == 0
    assert devenv("status", name, "--json").data["sandbox"]["drift"] == []
    assert of(engine, name)["sandbox"].attrs["HostConfig"]["Memory"] == 256 << 20


def test_verify_notices_a_hand_that_moved_the_cores(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec()
    assert devenv("up").code == 0
    assert broken(devenv("verify", "--json")) == set()
    of(engine, name)["sandbox"].update(cpuset_cpus="0")
    verified = devenv("verify", "--json")
    assert verified.code == 9
    assert broken(verified) >= {"cpuset of the cgroup", "cpuset in the engine", "cpus of the main process"}


def test_a_target_this_version_lacks_is_refused_in_words(devenv: Program) -> None:
    devenv.spec(targets={"cloud": {"backend": "ec2", "region": "eu-central-1"}})
    assert devenv("validate").code == 0
    refused = devenv("up", "--json")
    assert refused.code == 7
    assert "ec2" in refused.document["error"]["message"]


def test_exec_and_run_give_the_childs_code_and_record_the_job(devenv: Program) -> None:
    devenv.spec()
    assert devenv("up").code == 0
    assert devenv("exec", "--", "sh", "-c", "echo out; exit 7").code == 7
    ran = devenv("run", "--", "sh", "-c", "echo one; exit 5")
    assert (ran.code, ran.stdout) == (5, "one\n")
    assert "5" in ran.stderr


def test_logs_tell_the_services_apart_and_sort_by_time(devenv: Program) -> None:
    busy = "i=0; while [ $i -lt 3 ]; do echo main $i; i=$((i+1)); sleep 0.1; done; sleep infinity"
    devenv.spec(command=["sh", "-c", busy], minio={"buckets": []})
    assert devenv("up").code == 0
    lines = devenv("logs", "--json").data["lines"]
    assert [line["text"] for line in lines if line["service"] == "sandbox"][:3] == ["main 0", "main 1", "main 2"]
    assert any(line["service"] == "minio" for line in lines)
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
    unknown = devenv("logs", "--service", "nobody")
    assert unknown.code == 4


def test_a_lost_ledger_is_written_down_again_and_nothing_is_recreated(
    devenv: Program, engine: docker.DockerClient
) -> None:
    name = devenv.spec(ports=[8124], minio={"buckets": ["data"]})
    before = devenv("up", "--json").data["sandbox"]
    started = {service: one.attrs["State"]["StartedAt"] for service, one in of(engine, name).items()}
    for file in devenv.home.glob("hosts/*/ledger.db*"):
        file.unlink()
    after = devenv("up", "--json").data["sandbox"]
    assert after["lease"] == before["lease"]
    assert {service: one.attrs["State"]["StartedAt"] for service, one in of(engine, name).items()} == started
    assert broken(devenv("verify", "--json")) == set()


def test_a_lost_home_costs_new_credentials_and_no_data(devenv: Program) -> None:
    name = devenv.spec(minio={"buckets": ["data"]})
    assert devenv("up").code == 0
    shutil.rmtree(devenv.home)
    assert devenv.listed() == [name]
    assert devenv("verify", "--json").code == 9
    assert devenv("up").code == 0
    assert broken(devenv("verify", "--json")) == set()
