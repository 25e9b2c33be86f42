"""A spec's `health` as a Compose health check, for images of which nothing is known but that they have a shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from devenv.render.words import duration

if TYPE_CHECKING:
    from devenv.spec.model import Health

# Each probe uses the first tool that the image has; they never fall through to a second opinion, because a tool that
# says "no" has answered. Proxies are out of the way: what is probed is in the same container.
_HTTP = (
    "if command -v curl >/dev/null 2>&1; then curl -fsS --noproxy '*' --max-time {timeout} -o /dev/null {url}; "
    "elif command -v wget >/dev/null 2>&1; then "
    "(unset http_proxy HTTP_PROXY; wget -q -T {timeout} -O /dev/null {url}); "
    "else python3 -c {python} {url} {timeout}; fi || exit 1"
)
_HTTP_PYTHON = (
    "import sys, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(sys.argv[1], timeout=float(sys.argv[2]))"
)
_TCP = (
    "if command -v bash >/dev/null 2>&1; then bash -c '</dev/tcp/{host}/{port}'; "
    "elif command -v nc >/dev/null 2>&1; then nc -z -w {timeout} {host} {port}; "
    "else python3 -c {python} {host} {port} {timeout}; fi || exit 1"
)
_TCP_PYTHON = "import sys, socket; socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))"
_LOOPBACK = "127.0.0.1"


def healthcheck(health: Health) -> dict[str, Any]:
    """Return the `healthcheck` of the sandbox's main service."""
    return {
        "test": _test(health),
        "interval": duration(health.interval),
        "timeout": duration(health.timeout),
        "retries": health.retries,
        "start_period": duration(health.start_period),
    }


def _test(health: Health) -> list[str]:
    # The probe gives up before the engine gives up on the probe: then its reason is in the engine's health log.
    timeout = max(1, int(health.timeout) - 1)
    if health.http is not None:
        port, _, path = health.http.partition("/")
        url = shlex.quote(f"http://{_LOOPBACK}:{port}/{path}")
        return ["CMD-SHELL", _HTTP.format(url=url, timeout=timeout, python=shlex.quote(_HTTP_PYTHON))]
    if health.tcp is not None:
        words = {"host": _LOOPBACK, "port": health.tcp, "timeout": timeout, "python": shlex.quote(_TCP_PYTHON)}
        return ["CMD-SHELL", _TCP.format(**words)]
    return ["CMD", *(health.command or ())]
