"""Read the Docker Engine: the reading side of its API over the unix socket (or TCP), with the standard library.

The `docker` SDK costs 130 ms of import before the first byte; this costs 5. Nothing here changes anything.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple
from urllib.parse import quote, urlsplit

from . import cpulist

# A busy engine answers `inspect` within some 10 ms; one that takes longer than this is stuck.
_TIMEOUT = 30.0
USUAL = Path("/var/run/docker.sock")
_NOT_FOUND, _FIRST_ERROR = 404, 400


class EngineDown(Exception):
    """The engine cannot be reached. `kind`: "absent" (no socket), "denied" (not ours to use), "down" (no answer)."""

    def __init__(self, message: str, hint: str, kind: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind


class EngineFault(Exception):
    """The engine answered with an error of its own; `status` is HTTP's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Container:
    """One container as the engine describes it. Times are its own text (RFC 3339); memory is bytes, 0 unlimited.

    `state`: created, running, paused, restarting, removing, exited, dead. `health`: starting, healthy, unhealthy, or
    None without a health check; `health_log` holds the outputs of its last probes, newest last.
    """

    id: str
    name: str
    image: str
    state: str
    health: Optional[str] = None
    health_log: Tuple[str, ...] = ()
    exit_code: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    cpuset: Tuple[int, ...] = ()
    memory: int = 0
    pid: int = 0
    ports: Mapping[str, List[Tuple[str, int]]] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    started_at: str = ""
    finished_at: str = ""
    oom_killed: bool = False
    error: str = ""
    image_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def gpus(self) -> Tuple[str, ...]:
        """Return the UUIDs of the GPUs (or MIG slices) that it was given, sorted."""
        requests = (self.raw.get("HostConfig") or {}).get("DeviceRequests") or ()
        ids = {name for one in requests for name in one.get("DeviceIDs") or ()}
        return tuple(sorted(name for name in ids if name.startswith(("GPU-", "MIG-"))))


class Engine:
    """A kept-open connection to one engine. Not for several threads at once: give each its own.

    Args:
        address: a socket's path, `unix://PATH` or `tcp://HOST:PORT`; None looks where Docker's own client and its
            rootless and desktop installations have it.

    Every method raises `EngineDown` when the engine cannot be reached, and `EngineFault` when it refuses.
    """

    def __init__(self, address: Optional[str] = None) -> None:
        self.address = address or find()
        self._connection: Optional[http.client.HTTPConnection] = None
        self._version = ""

    def ping(self) -> bool:
        """Return True when the engine answers."""
        self._get("/_ping")
        return True

    def version(self) -> Dict[str, Any]:
        """Return the engine's `GET /version`."""
        return dict(self._api("/version"))

    def info(self) -> Dict[str, Any]:
        """Return the engine's `GET /info`."""
        return dict(self._api("/info"))

    def containers(
        self,
        label: Optional[str] = None,
        all: bool = True,  # noqa: A002, FBT001, FBT002 -- the API's own word
        *,
        wanted: Optional[Callable[[Mapping[str, str]], bool]] = None,
    ) -> Tuple[Container, ...]:
        """Return the containers with `label` (`KEY` or `KEY=VALUE`), by name; `all` includes those not running.

        `wanted` sees the labels first and spares the inspection of those it refuses. One that goes away in between is
        left out.
        """
        query = f"?all={'1' if all else '0'}{_filter(label, '&')}"
        found = [self.container(item["Id"]) for item in self._api(f"/containers/json{query}") if _is(item, wanted)]
        return tuple(sorted((one for one in found if one is not None), key=lambda one: one.name))

    def container(self, name: str) -> Optional[Container]:
        """Return the container of this id or name, or None."""
        data = self._api(f"/containers/{quote(name, safe='')}/json", missing_ok=True)
        return None if data is None else parse(data)

    def volumes(self, label: Optional[str] = None) -> Tuple[Dict[str, Any], ...]:
        """Return the volumes with `label`, as the engine describes them, by name."""
        data = self._api(f"/volumes{_filter(label, '?')}")
        return tuple(sorted(data.get("Volumes") or (), key=lambda one: str(one["Name"])))

    def networks(self, label: Optional[str] = None) -> Tuple[Dict[str, Any], ...]:
        """Return the networks with `label`, as the engine describes them, by name."""
        return tuple(sorted(self._api(f"/networks{_filter(label, '?')}"), key=lambda one: str(one["Name"])))

    def image(self, reference: str) -> Optional[Dict[str, Any]]:
        """Return the image of this reference or id, as the engine describes it, or None."""
        data = self._api(f"/images/{quote(reference, safe='/:@')}/json", missing_ok=True)
        return None if data is None else dict(data)

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _api(self, path: str, *, missing_ok: bool = False) -> Any:
        # Paths without a version are deprecated, and a fixed one breaks both ways: Engine 20.10 speaks up to 1.41,
        # Engine 29 from 1.44. The fields that we read have been in all of them.
        if not self._version:
            self._get("/_ping")
        status, body = self._get(f"/v{self._version}{path}")
        if status == _NOT_FOUND and missing_ok:
            return None
        data = json.loads(body) if body else None
        if status >= _FIRST_ERROR:
            said = data.get("message", "") if isinstance(data, dict) else ""
            raise EngineFault(f"the Docker Engine refused GET {path}: {said or status}", status)
        return data

    def _get(self, path: str) -> Tuple[int, bytes]:
        fresh = self._connection is None
        try:
            return self._send(path)
        except (http.client.HTTPException, ConnectionError, BrokenPipeError) as error:
            self.close()
            if fresh:
                raise self._down(error) from None
        except OSError as error:
            self.close()
            raise self._down(error) from None
        # The engine closed the kept connection (a restart, its idle limit): once more, on a new one.
        try:
            return self._send(path)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise self._down(error) from None

    def _send(self, path: str) -> Tuple[int, bytes]:
        if self._connection is None:
            self._connection = _connect(self.address)
        self._connection.request("GET", path, headers={"Host": "docker"})
        answer = self._connection.getresponse()
        body = answer.read()
        self._version = self._version or answer.headers.get("Api-Version", "") or "1.41"
        return answer.status, body

    def _down(self, error: BaseException) -> EngineDown:
        where = self.address
        if isinstance(error, PermissionError):
            return EngineDown(
                f"the Docker Engine at {where} does not let this user in",
                "add yourself to its group: `sudo usermod -aG docker $USER`, then log in again",
                "denied",
            )
        if isinstance(error, FileNotFoundError):
            return EngineDown(
                f"there is no Docker Engine at {where}",
                "`make setup` installs one; where it runs elsewhere, set DOCKER_HOST",
                "absent",
            )
        return EngineDown(
            f"the Docker Engine at {where} does not answer ({error or type(error).__name__})",
            "start it (`sudo systemctl start docker`, or Docker Desktop), or see `devenv doctor`",
            "down",
        )


def find() -> str:
    """Return the address of this user's engine: DOCKER_HOST, else the first socket that exists, else the usual one."""
    named = os.environ.get("DOCKER_HOST")
    if named:
        return named
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    places = [USUAL]
    places += [Path(runtime, "docker.sock")] if runtime else []
    places += [Path.home() / ".docker/run/docker.sock"]
    return f"unix://{next((place for place in places if place.exists()), places[0])}"


def parse(data: Mapping[str, Any]) -> Container:
    """Return the container that `GET /containers/ID/json` describes."""
    state, config, host = data.get("State") or {}, data.get("Config") or {}, data.get("HostConfig") or {}
    network = data.get("NetworkSettings") or {}
    health = state.get("Health") or {}
    known = health.get("Status")
    return Container(
        id=data["Id"],
        name=str(data.get("Name", "")).lstrip("/"),
        image=config.get("Image", ""),
        state=state.get("Status", ""),
        health=None if known in (None, "", "none") else known,
        health_log=tuple(str(entry.get("Output", "")).strip() for entry in health.get("Log") or ()),
        exit_code=int(state.get("ExitCode") or 0),
        labels=dict(config.get("Labels") or {}),
        cpuset=cpulist.parse(host.get("CpusetCpus") or ""),
        memory=int(host.get("Memory") or 0),
        pid=int(state.get("Pid") or 0),
        ports={
            port: [(bound["HostIp"], int(bound["HostPort"])) for bound in bindings or ()]
            for port, bindings in (network.get("Ports") or {}).items()
        },
        networks={name: one.get("IPAddress", "") for name, one in (network.get("Networks") or {}).items()},
        created=data.get("Created", ""),
        started_at=state.get("StartedAt", ""),
        finished_at=state.get("FinishedAt", ""),
        oom_killed=bool(state.get("OOMKilled")),
        error=state.get("Error", ""),
        image_id=data.get("Image", ""),
        raw=data,
    )


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_TIMEOUT)
        self.sock.connect(self._path)


def _connect(address: str) -> http.client.HTTPConnection:
    if address.startswith("/"):
        return _UnixConnection(address)
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return _UnixConnection(parts.path)
    if parts.scheme in ("tcp", "http") and parts.hostname:
        return http.client.HTTPConnection(parts.hostname, parts.port or 2375, timeout=_TIMEOUT)
    raise EngineDown(
        f"DOCKER_HOST is {address!r}, which devenv cannot read from",
        "use unix://PATH or tcp://HOST:PORT here; another machine's engine is a target: `host: ssh://USER@HOST`",
        "absent",
    )


def _filter(label: Optional[str], start: str) -> str:
    return f"{start}filters={quote(json.dumps({'label': [label]}))}" if label else ""


def _is(item: Mapping[str, Any], wanted: Optional[Callable[[Mapping[str, str]], bool]]) -> bool:
    return wanted is None or wanted(item.get("Labels") or {})
