"""What is removed is gone afterwards, also where the engine is removing it already, or somebody uses it for a while."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from docker.errors import APIError, NotFound
from requests import Response

from devenv import errors
from devenv.hosts import docker

if TYPE_CHECKING:
    from collections.abc import Callable


def answering(*answers: Exception | None) -> Callable[..., None]:
    """Return a removal that answers one after the other, the last one for ever."""
    left = list(answers)

    def remove(**_: Any) -> None:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if answer is not None:
            raise answer

    return remove


def refusal(status: int) -> APIError:
    response = Response()
    response.status_code = status
    return APIError("refused", response, "it is in use")


def having(monkeypatch: pytest.MonkeyPatch, remove: Callable[..., None]) -> None:
    """Put an engine in place with one container, which `remove` removes."""
    container = SimpleNamespace(name="one", status="exited", remove=remove)
    containers = SimpleNamespace(get=lambda _: container)
    monkeypatch.setattr(docker, "client", lambda: SimpleNamespace(containers=containers, close=lambda: None))


@pytest.mark.parametrize("last", [None, NotFound("gone")])
def test_a_container_that_is_being_removed_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, last: Exception | None
) -> None:
    having(monkeypatch, answering(refusal(409), refusal(409), last))
    docker.remove_containers(["one"], print)


def test_what_stays_in_use_is_named_with_what_the_engine_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "_IN_USE_S", 0.2)
    having(monkeypatch, answering(refusal(409)))
    with pytest.raises(errors.Busy, match="container one cannot be removed: it is in use"):
        docker.remove_containers(["one"], print)


def test_an_engine_that_fails_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    having(monkeypatch, answering(refusal(500), AssertionError("asked again")))
    with pytest.raises(errors.DevenvError, match="it is in use"):
        docker.remove_containers(["one"], print)
