"""No port of a service is open to the network unless the spec says so."""

from __future__ import annotations

from typing import Any

import pytest

from devenv.render import ports


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (80, "127.0.0.1::80"),
        ("80", "127.0.0.1::80"),
        ("80/udp", "127.0.0.1::80/udp"),
        ("8080:80", "127.0.0.1:8080:80"),
        ("6060:6060/udp", "127.0.0.1:6060:6060/udp"),
        ("3000-3005", "127.0.0.1::3000-3005"),
        ("9090-9091:8080-8081", "127.0.0.1:9090-9091:8080-8081"),
        ("${PORT:-8080}:80", "127.0.0.1:${PORT:-8080}:80"),
        ("${PORT}:80", "127.0.0.1:${PORT}:80"),
        ({"target": 80}, {"target": 80, "host_ip": "127.0.0.1"}),
        ({"target": 80, "published": "8080"}, {"target": 80, "published": "8080", "host_ip": "127.0.0.1"}),
    ],
)
def test_a_port_without_an_address_gets_loopback(before: Any, after: Any) -> None:
    assert ports.bound([before]) == [after]


@pytest.mark.parametrize(
    "port",
    [
        *("0.0.0.0:80:80", "127.0.0.1::80", "[::1]:80:80", "${BIND:-0.0.0.0}:8080:80", "${WHOLE}", "$WHOLE"),
        {"target": 80, "host_ip": "0.0.0.0"},  # noqa: S104
    ],
)
def test_a_port_that_says_its_address_keeps_it(port: Any) -> None:
    assert ports.bound([port]) == [port]


def test_the_addresses_that_are_asked_for_are_known() -> None:
    asked = ["0.0.0.0:80:80", "80:80", {"target": 1, "host_ip": "::"}, {"target": 1}, "[::1]:1:1"]
    assert ports.addresses(asked) == ("0.0.0.0", "", "::", "", "[::1]")  # noqa: S104
    assert ports.addresses(None) == ()


@pytest.mark.parametrize(
    ("port", "published"),
    [
        ("8080:80", [("127.0.0.1", 8080, 80, "tcp")]),
        ("10.0.0.5:53:5353/udp", [("10.0.0.5", 53, 5353, "udp")]),
        ("[::1]:8080:80", [("::1", 8080, 80, "tcp")]),
        ("9090-9091:8080-8081", [("127.0.0.1", 9090, 8080, "tcp"), ("127.0.0.1", 9091, 8081, "tcp")]),
        ({"target": 80, "published": "8080", "protocol": "tcp"}, [("127.0.0.1", 8080, 80, "tcp")]),
        ({"target": 80}, []),
        (80, []),
        ("${PORT:-8080}:80", []),
    ],
)
def test_the_ports_that_a_service_insists_on_can_be_leased(port: Any, published: list[Any]) -> None:
    found = [(one.address, one.host, one.guest, one.protocol) for one in ports.fixed([port])]
    assert found == published
