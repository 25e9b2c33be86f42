"""The state and the health of a sandbox, told from its containers."""

from __future__ import annotations

import pytest

from devenv.agent.engine import Container
from devenv.sandbox.observe import Observed


def one(state: str, *, role: str = "sandbox", code: int = 0, health: str | None = None) -> Container:
    labels = {"devenv.role": role}
    return Container(id="1", name="c", image="i", state=state, exit_code=code, health=health, labels=labels)


@pytest.mark.parametrize(
    ("containers", "state"),
    [
        ({}, "absent"),
        ({"sandbox": one("running")}, "running"),
        ({"sandbox": one("running"), "minio": one("running", role="minio")}, "running"),
        ({"sandbox": one("running"), "minio": one("exited", role="minio")}, "partial"),
        ({"sandbox": one("exited"), "minio": one("exited", role="minio")}, "stopped"),
        ({"sandbox": one("exited", code=1), "minio": one("running", role="minio")}, "failed"),
        ({"minio": one("running", role="minio")}, "partial"),
        ({"sandbox": one("created")}, "partial"),
        ({"sandbox": one("running"), "job": one("exited", role="service")}, "running"),
        ({"sandbox": one("running"), "job": one("exited", role="service", code=2)}, "partial"),
    ],
)
def test_the_state_is_told_from_all_containers(containers: dict[str, Container], state: str) -> None:
    assert Observed(containers).state == state


@pytest.mark.parametrize(
    ("healths", "expected"),
    [
        ([None], "none"),
        (["healthy", None], "healthy"),
        (["healthy", "unhealthy"], "unhealthy"),
        (["starting"], "none"),
        (["healthy", "starting"], "none"),
    ],
)
def test_the_health_is_the_worst_of_those_that_have_a_check(healths: list[str | None], expected: str) -> None:
    seen = Observed({str(i): one("running", health=health) for i, health in enumerate(healths)})
    assert seen.health == expected


def test_what_is_stopped_has_no_health() -> None:
    assert Observed({"sandbox": one("exited", health="unhealthy")}).health == "none"


def test_a_sandbox_that_has_failed_is_not_healthy_beside_a_healthy_store() -> None:
    seen = Observed({"sandbox": one("exited", code=1), "minio": one("running", role="minio", health="healthy")})
    assert (seen.state, seen.health) == ("failed", "unhealthy")
