"""Probes are shell that every sh reads, and nothing of a spec can end its quotes."""

from __future__ import annotations

import http.server
import shutil
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from devenv.render.health import healthcheck
from devenv.spec.model import Health

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def probe(health: Health, path: str | None = None) -> int:
    """Run a probe here, as the engine would inside; `path` limits the tools it finds."""
    test = healthcheck(health)["test"]
    assert test[0] == "CMD-SHELL"
    environment = {"PATH": path, "http_proxy": "http://127.0.0.1:1"} if path else None
    return subprocess.run(["/bin/sh", "-c", test[1]], capture_output=True, check=False, env=environment).returncode


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path.startswith("/healthz") else 503)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine on which /healthz is well and all else is not."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


TOOLS = [tool for tool in ("curl", "wget", "python3", "bash", "nc") if shutil.which(tool)]


@pytest.fixture(params=TOOLS)
def only(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """A PATH with one of the tools that a probe may use, and its name."""
    found = sys.executable if request.param == "python3" else shutil.which(request.param)
    (tmp_path / request.param).symlink_to(str(found))
    return request.param, str(tmp_path)


def test_http_tells_well_from_unwell_with_each_tool(only: tuple[str, str], port: int) -> None:
    tool, path = only
    if tool in ("bash", "nc"):
        return
    assert probe(Health(http=f"{port}/healthz"), path) == 0
    assert probe(Health(http=f"{port}/other"), path) == 1
    assert probe(Health(http=f"{closed_port()}/healthz"), path) == 1


def test_tcp_tells_open_from_closed_with_each_tool(only: tuple[str, str], port: int) -> None:
    tool, path = only
    if tool in ("curl", "wget"):
        return
    assert probe(Health(tcp=port), path) == 0
    assert probe(Health(tcp=closed_port()), path) == 1


@pytest.mark.parametrize("evil", ["/a'; echo x", "/$(id)", "/`id`", '/";id;"', "/a b", "/&id", "/|id", "/a\nid"])
def test_a_path_cannot_become_a_command(evil: str, port: int) -> None:
    marker = evil.replace("id", "exit 7")
    assert probe(Health(http=f"{port}{marker}")) == 1


def test_a_command_runs_as_it_is() -> None:
    assert healthcheck(Health(command=("sh", "-c", "a && b")))["test"] == ["CMD", "sh", "-c", "a && b"]


def test_times_are_those_of_the_spec() -> None:
    words = healthcheck(Health(tcp=1, interval=1.5, timeout=3, retries=7, start_period=120))
    assert words | {"test": None} == {
        "test": None,
        "interval": "1500ms",
        "timeout": "3s",
        "retries": 7,
        "start_period": "120s",
    }
