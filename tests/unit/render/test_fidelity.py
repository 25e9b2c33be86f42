"""The report says for every promise what it is worth here, and never more than is so."""

from __future__ import annotations

from typing import Any

import pytest

from devenv.render.fidelity import HostFacts, Promise, report, worst
from devenv.spec.model import Ec2Target, SlurmTarget, VagrantTarget
from tests.unit.render import make


def rows(facts: dict[str, Any] | None = None, **fields: Any) -> dict[str, Promise]:
    spec = make.spec(**fields)
    found = report(spec, spec.target()[1], facts=HostFacts(**(facts or {})))
    assert len({row.field for row in found}) == len(found)
    assert all(row.reason and "\n" not in row.reason for row in found)
    return {row.field: row for row in found}


def level(field: str, facts: dict[str, Any] | None = None, **fields: Any) -> str | None:
    row = rows(facts, **fields).get(field)
    return None if row is None else row.level


@pytest.mark.parametrize(
    ("field", "facts", "fields", "expected"),
    [
        ("resources.cpus", {}, {}, "exact"),
        ("resources.cpus", {"one_core": True}, {}, "weaker"),
        ("resources.cpus", {"cpuset": False}, {}, "refused"),
        ("resources.cpus", {}, {"resources": {"dedicated": False}}, "exact"),
        ("resources.memory", {}, {}, "exact"),
        ("resources.memory", {"swap_accounting": False}, {}, "weaker"),
        ("resources.disk", {}, {}, None),
        ("resources.disk", {}, {"resources": {"disk": "10GiB"}}, "weaker"),
        ("resources.shm_size", {}, {"resources": {"shm_size": "1GiB"}}, "exact"),
        ("resources.gpus", {}, {"resources": {"gpus": 1}}, "exact"),
        ("resources.gpus", {}, {"resources": {"gpus": {"vendor": "amd"}}}, "refused"),
        ("resources.gpus", {}, {"resources": {"gpus": 0}}, None),
        ("user", {}, {}, None),
        ("user", {"rootless": True}, {}, "emulated"),
        ("workspace.exclude", {}, {"workspace": {"exclude": [".venv"]}}, "weaker"),
        ("secrets", {}, {"secrets": ["A"]}, "weaker"),
        ("secrets", {}, {"secrets": ["A"], "image": None, "box": "base"}, "exact"),
        ("ports.80", {}, {"ports": [80]}, "exact"),
        ("ports.80", {"rootless": True}, {"ports": [{"guest": 80, "host": 80}]}, "refused"),
        ("network.egress", {}, {"network": {"egress": "none"}}, "weaker"),
        ("idle", {}, {"idle": {"stop_after": "1h"}}, "weaker"),
        ("minio", {}, {"minio": {}}, "exact"),
        ("minio", {}, {"minio": {"image": "x"}}, "weaker"),
        ("minio", {}, {"minio": {"external": {}}}, "emulated"),
        ("minio", {}, {}, None),
    ],
)
def test_a_promise_has_the_level_that_is_so(
    field: str, facts: dict[str, Any], fields: dict[str, Any], expected: str | None
) -> None:
    if fields.get("image", "x") is None:
        fields = {**fields, "image": None}
    assert level(field, facts, **fields) == expected


@pytest.mark.parametrize(
    ("words", "field", "expected"),
    [
        ({"ports": ["80:80"]}, "ports", "exact"),
        ({"privileged": True}, "privileged", "weaker"),
        ({"network_mode": "host"}, "network_mode", "weaker"),
        ({"pid": "host"}, "pid", "weaker"),
        ({"container_name": "x"}, "container_name", "weaker"),
        ({"restart": "always"}, "restart", "weaker"),
        ({"restart": "no"}, "restart", None),
        ({"deploy": {"mode": "replicated"}}, "deploy", "weaker"),
        ({"deploy": {"resources": {"reservations": {"cpus": "1"}}}}, "deploy.resources.reservations.cpus", "weaker"),
        ({"deploy": {"resources": {"limits": {"cpus": "1"}}}}, "deploy", None),
        ({}, "ports", None),
    ],
)
def test_what_a_service_weakens_is_said(words: dict[str, Any], field: str, expected: str | None) -> None:
    assert level(f"services.one.{field}", services={"one": {"image": "x", **words}}) == expected


def test_rounding_up_to_whole_cores_is_said() -> None:
    assert (
        "4 CPUs (3 rounded up to whole cores of 2)"
        in rows({"threads_per_core": 2}, resources={"cpus": 3})["resources.cpus"].reason
    )
    assert "rounded" not in rows({"threads_per_core": 2}, resources={"cpus": 4})["resources.cpus"].reason


def test_the_level_of_isolation_is_said() -> None:
    assert "cooperative" in rows()["resources.cpus"].reason


def test_ports_that_are_open_to_others_are_said() -> None:
    found = rows(ports=[{"guest": 80, "bind": "0.0.0.0"}], services={"one": {"image": "x", "ports": ["0.0.0.0:1:1"]}})  # noqa: S104
    assert "whoever reaches this host" in found["ports.80"].reason
    assert "whoever reaches this host" in found["services.one.ports"].reason


@pytest.mark.parametrize("target", [VagrantTarget(), Ec2Target(), SlurmTarget(login="ssh://x")])
def test_a_backend_that_is_not_there_yet_is_refused_in_words(target: Any) -> None:
    (row,) = report(make.spec(), target, facts=HostFacts())
    assert row.level == "refused"
    assert target.backend in row.reason


def test_the_worst_level_is_that_of_the_report() -> None:
    promises = [Promise("a", "exact", "x"), Promise("b", "weaker", "x"), Promise("c", "emulated", "x")]
    assert worst(tuple(promises)) == "weaker"
    assert worst(()) == "exact"
