"""The reader of the Docker API, against a server of our own on a unix socket: faults, kept connections, versions."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from devenv.agent import engine as reader
from devenv.agent.engine import Engine, EngineDown, EngineFault
from devenv.agent.foreign import foreign
from devenv.agent.model import Held

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def inspected(name: str, *, cpuset: str = "", labels: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "Id": f"id-{name}",
        "Name": f"/{name}",
        "Created": "2026-11-24T08:00:00Z",
        "Image": "sha256:1",
        "State": {"Status": "running", "Pid": 42, "ExitCode": 0, "StartedAt": "2026-11-24T08:00:01Z", **more},
        "Config": {"Image": "busybox", "Labels": labels or {}},
        "HostConfig": {"CpusetCpus": cpuset, "Memory": 2**30},
        "NetworkSettings": {
            "Ports": {"8888/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8888"}], "9/tcp": None},
            "Networks": {"n": {"IPAddress": "172.18.0.2"}},
        },
    }


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, containers: list[dict[str, Any]], *, hang_up: bool) -> None:
        super().__init__(path, _Handler)
        self.containers = containers
        self.hang_up = hang_up
        self.asked: list[str] = []
        self.connections = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self._answer()
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.47")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        # As an engine that restarts, or closes what is idle: without a word.
        self.close_connection = self.server.hang_up

    def _answer(self) -> tuple[int, Any]:
        url = urlsplit(self.path)
        if url.path == "/_ping":
            return 200, "OK"
        if url.path == "/v1.47/containers/json":
            labels = json.loads(parse_qs(url.query).get("filters", ["{}"])[0]).get("label")
            found = [one for one in self.server.containers if not labels or labels[0] in one["Config"]["Labels"]]
            listed = [{"Id": one["Id"], "Labels": one["Config"]["Labels"]} for one in found]
            return 200, [*listed, {"Id": "gone", "Labels": {}}]
        for one in self.server.containers:
            if url.path == f"/v1.47/containers/{one['Id']}/json":
                return 200, one
        if url.path == "/v1.47/info":
            return 500, {"message": "it broke"}
        return 404, {"message": "no such thing"}

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def serving(folder: Path, *containers: dict[str, Any], hang_up: bool = False) -> Iterator[_Server]:
    server = _Server(str(folder / "docker.sock"), list(containers), hang_up=hang_up)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def where(tmp_path: Path) -> str:
    return f"unix://{tmp_path}/docker.sock"


def test_containers_are_read_whole_and_one_that_went_away_is_left_out(tmp_path: Path, where: str) -> None:
    health = {"Status": "unhealthy", "Log": [{"Output": "no route\n"}, {"Output": "503\n"}]}
    with serving(tmp_path, inspected("b"), inspected("a", cpuset="0-1,3", labels={"x": "1"}, Health=health)):
        engine = Engine(where)
        got = engine.containers()
        engine.close()
    assert [one.name for one in got] == ["a", "b"]
    first = got[0]
    assert (first.cpuset, first.memory, first.pid, first.state) == ((0, 1, 3), 2**30, 42, "running")
    assert (first.health, first.health_log) == ("unhealthy", ("no route", "503"))
    assert (first.ports, first.networks) == ({"8888/tcp": [("127.0.0.1", 8888)], "9/tcp": []}, {"n": "172.18.0.2"})
    assert (got[1].health, got[1].cpuset) == (None, ())


def test_a_label_is_filtered_by_the_engine(tmp_path: Path, where: str) -> None:
    with serving(tmp_path, inspected("a", labels={"x": "1"}), inspected("b")):
        engine = Engine(where)
        assert [one.name for one in engine.containers(label="x")] == ["a"]
        engine.close()


def test_one_connection_and_one_ping_serve_many_calls(tmp_path: Path, where: str) -> None:
    with serving(tmp_path, inspected("a")) as server:
        engine = Engine(where)
        for _ in range(3):
            engine.containers()
        engine.close()
        assert server.connections == 1
        assert server.asked.count("/_ping") == 1


def test_the_engines_own_version_is_spoken(tmp_path: Path, where: str) -> None:
    with serving(tmp_path) as server:
        engine = Engine(where)
        engine.containers()
        engine.close()
        assert server.asked[1].startswith("/v1.47/")


def test_a_connection_that_the_engine_closed_is_opened_again(tmp_path: Path, where: str) -> None:
    with serving(tmp_path, inspected("a"), hang_up=True):
        engine = Engine(where)
        assert len(engine.containers()) == len(engine.containers()) == 1
        engine.close()


def test_what_does_not_exist_is_none_and_what_fails_says_why(tmp_path: Path, where: str) -> None:
    with serving(tmp_path):
        engine = Engine(where)
        assert engine.image("nope") is None
        assert engine.container("nope") is None
        with pytest.raises(EngineFault, match="it broke"):
            engine.info()
        engine.close()


def test_an_engine_that_is_not_there(where: str) -> None:
    with pytest.raises(EngineDown) as down:
        Engine(where).ping()
    assert down.value.kind == "absent"
    assert "make setup" in down.value.hint


def test_an_engine_that_lets_nobody_in(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")  # what a socket of root:docker 0660 says to everybody else

    monkeypatch.setattr("socket.socket.connect", refuse)
    with pytest.raises(EngineDown) as down:
        Engine(where).version()
    assert down.value.kind == "denied"
    assert "usermod -aG docker" in down.value.hint


def test_an_engine_that_does_not_answer(tmp_path: Path, where: str) -> None:
    with serving(tmp_path):
        pass  # the socket's file stays behind, nobody listens
    with pytest.raises(EngineDown) as down:
        Engine(where).ping()
    assert down.value.kind == "down"


def test_an_engine_that_hangs_is_given_up(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_TIMEOUT", 0.1)
    monkeypatch.setattr(_Handler, "do_GET", lambda _: threading.Event().wait(0.5))
    with serving(tmp_path), pytest.raises(EngineDown) as down:
        Engine(where).ping()
    assert down.value.kind == "down"


def test_an_address_that_cannot_be_read_is_said_to_be() -> None:
    with pytest.raises(EngineDown, match="ssh://me@there"):
        Engine("ssh://me@there").ping()


def test_the_engine_is_found_where_docker_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://there:2375")
    assert reader.find() == "tcp://there:2375"
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setattr(reader, "USUAL", tmp_path / "none.sock")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert reader.find() == f"unix://{tmp_path}/none.sock"
    desktop = tmp_path / ".docker/run/docker.sock"
    desktop.parent.mkdir(parents=True)
    desktop.touch()
    assert reader.find() == f"unix://{desktop}"
    (tmp_path / "docker.sock").touch()
    assert reader.find() == f"unix://{tmp_path}/docker.sock"


def test_foreign_containers_are_those_that_pin_cores_and_are_not_ours(tmp_path: Path, where: str) -> None:
    ours = {"devenv.id": "aa", "devenv.role": "sandbox", "devenv.sandbox": "one", "devenv.owner": "me"}
    theirs = {**ours, "devenv.id": "bb", "devenv.sandbox": "two", "devenv.owner": "bob"}
    containers = (
        inspected("web", cpuset="1"),
        inspected("free"),
        inspected("one", cpuset="2", labels=ours),
        inspected("two", cpuset="3", labels=theirs),
        inspected("two-minio", cpuset="0", labels={**theirs, "devenv.role": "minio"}),
        inspected("two-db", cpuset="0", labels={**theirs, "devenv.role": "service"}),
    )
    with serving(tmp_path, *containers):
        engine = Engine(where)
        got = foreign(engine, known={"aa"})
        engine.close()
    assert got == (
        Held("two of bob", (3,), foreign=True),
        Held("container web", (1,), foreign=True),
    )


def test_a_foreign_container_that_holds_a_gpu_by_its_uuid_is_seen(tmp_path: Path, where: str) -> None:
    one = inspected("train")
    one["HostConfig"]["DeviceRequests"] = [{"DeviceIDs": ["GPU-a", "0"]}, {"DeviceIDs": None, "Count": -1}]
    with serving(tmp_path, one):
        engine = Engine(where)
        assert foreign(engine) == (Held("container train", (), ("GPU-a",), foreign=True),)
        engine.close()
