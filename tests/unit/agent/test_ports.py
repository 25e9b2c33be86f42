"""Host ports: never a leased one, never a stranger's, the guest's own number where it can be had."""

from __future__ import annotations

import socket

import pytest

from devenv.agent.model import NoCapacity, PortRequest
from devenv.agent.ports import FIRST, LAST, Leased, bindable, choose

WEB = PortRequest("web", 8888)


def pick(
    *requests: PortRequest,
    leased: tuple[Leased, ...] = (),
    mine: dict[str, int] | None = None,
    busy: tuple[int, ...] = (),
    sandbox: str = "aa",
) -> dict[str, int]:
    return choose(sandbox, requests, leased, mine or {}, lambda _, port, __: port not in busy)


def test_the_guests_own_number_is_taken_when_it_is_free() -> None:
    assert pick(WEB) == {"web": 8888}


@pytest.mark.parametrize(
    "taken",
    [{"leased": (Leased("127.0.0.1", 8888, "tcp", "one"),)}, {"busy": (8888,)}],
    ids=["leased", "a stranger listens"],
)
def test_a_taken_number_is_replaced_by_one_of_ours(taken: dict[str, tuple[int, ...]]) -> None:
    assert FIRST <= pick(WEB, **taken)["web"] <= LAST  # type: ignore[arg-type]


def test_a_privileged_number_is_never_taken_by_itself() -> None:
    assert FIRST <= pick(PortRequest("http", 80))["http"] <= LAST


def test_the_same_sandbox_gets_the_same_number_again() -> None:
    assert pick(WEB, busy=(8888,)) == pick(WEB, busy=(8888,))
    assert pick(WEB, busy=(8888,)) != pick(WEB, busy=(8888,), sandbox="bb")


def test_a_port_that_the_sandbox_has_is_kept_though_it_listens_there_itself() -> None:
    assert pick(WEB, mine={"web": 25000}, busy=(25000,)) == {"web": 25000}


def test_another_protocol_or_address_is_another_port() -> None:
    assert pick(PortRequest("dns", 8888, 8888, protocol="udp"), leased=(Leased("127.0.0.1", 8888, "tcp", "one"),))
    assert pick(PortRequest("web", 8888, 8888, bind="127.0.0.2"), leased=(Leased("127.0.0.1", 8888, "tcp", "one"),))


@pytest.mark.parametrize(("mine", "theirs"), [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0"), ("::", "127.0.0.1")])  # noqa: S104
def test_every_address_includes_each_address(mine: str, theirs: str) -> None:
    with pytest.raises(NoCapacity):
        pick(PortRequest("web", 80, 8888, bind=mine), leased=(Leased(theirs, 8888, "tcp", "one"),))


def test_a_fixed_port_that_is_leased_names_its_holder() -> None:
    with pytest.raises(NoCapacity, match=r"port 8888 on 127\.0\.0\.1 .* is held by one"):
        pick(PortRequest("web", 80, 8888), leased=(Leased("127.0.0.1", 8888, "tcp", "one"),))


def test_a_fixed_port_on_which_a_stranger_listens_is_refused() -> None:
    with pytest.raises(NoCapacity, match="a program that is not devenv's"):
        pick(PortRequest("web", 80, 8888), busy=(8888,))


def test_an_automatic_port_keeps_off_the_fixed_ones_of_the_same_sandbox() -> None:
    assert pick(WEB, PortRequest("api", 80, 8888))["api"] == 8888
    assert pick(WEB, PortRequest("api", 80, 8888))["web"] != 8888


def test_two_fixed_requests_for_one_port_are_refused() -> None:
    with pytest.raises(NoCapacity, match="this very sandbox"):
        pick(PortRequest("a", 80, 8888), PortRequest("b", 81, 8888))


def test_when_all_are_taken_it_says_so() -> None:
    with pytest.raises(NoCapacity, match="no host port"):
        pick(WEB, busy=(8888, *range(FIRST, LAST + 1)))


def test_a_listener_is_noticed_and_its_going_too() -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        assert not bindable("127.0.0.1", port, "tcp")
        assert not bindable("0.0.0.0", port, "tcp")  # noqa: S104
    assert bindable("127.0.0.1", port, "tcp")
