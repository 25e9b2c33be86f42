"""The one-word forms of a spec (`gpus: 1`, `ports: [8888]`), and the few kinds that only one field has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devenv.spec.kinds import BAD, shown

if TYPE_CHECKING:
    from devenv.spec.kinds import Path, Report

_MOST_PORT = 65535
PORT_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": _MOST_PORT}


def gpus(value: Any) -> Any:
    """`gpus: 1` is `{count: 1}`."""
    return {"count": value} if _whole(value) else None


def port(value: Any) -> Any:
    """`8888` is `{guest: 8888}`."""
    return {"guest": value} if _whole(value) else None


def secret(value: Any) -> Any:
    """`HF_TOKEN` is `{name: HF_TOKEN}`."""
    return {"name": value} if isinstance(value, str) else None


def build(value: Any) -> Any:
    """`build: ./image` is `{context: ./image}`."""
    return {"context": value} if isinstance(value, str) else None


def workspace(value: Any) -> Any:
    """`workspace: ./src` is `{source: ./src}`."""
    return {"source": value} if isinstance(value, str) else None


def name(item: Any) -> str:
    """Return an item's name."""
    return str(item.name)


class Version:
    """The version of the format."""

    def __init__(self, known: int) -> None:
        self.known = known

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the version."""
        if _whole(value) and value == self.known:
            return value
        newer = "; a newer devenv may know it" if _whole(value) and value > self.known else ""
        report.fault(path, f"must be {self.known}; got {shown(value)}{newer}")
        return BAD

    def write(self, value: int) -> int:
        """Return the version."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe the one known version."""
        return {"const": self.known}


class HostPort:
    """A port number, or `auto` (None) for a free one."""

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the number, or None for `auto`."""
        if value == "auto":
            return None
        if _whole(value) and 1 <= value <= _MOST_PORT:
            return value
        report.fault(path, f"must be auto or a whole number from 1 to {_MOST_PORT}; got {shown(value)}")
        return BAD

    def write(self, value: int | None) -> int | str:
        """Return the number or `auto`."""
        return "auto" if value is None else value

    def schema(self) -> dict[str, Any]:
        """Describe the number or `auto`."""
        return {"anyOf": [{"const": "auto"}, PORT_NUMBER]}


class HttpCheck:
    """`PORT/PATH`, or a port alone."""

    pattern = r"([0-9]{1,5})(/[^\s\"'\\`$]*)?"

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return `PORT/PATH`."""
        text = str(value) if _whole(value) else value
        match = re.fullmatch(self.pattern, text) if isinstance(text, str) else None
        if match is None or not 1 <= int(match[1]) <= _MOST_PORT:
            report.fault(path, f"must be PORT/PATH such as 8000/healthz; got {shown(value)}")
            return BAD
        return f"{int(match[1])}{match[2] or '/'}"

    def write(self, value: str) -> str:
        """Return `PORT/PATH`."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe the text, or a port alone."""
        return {"anyOf": [{"type": "string", "pattern": f"^{self.pattern}$"}, PORT_NUMBER]}


class User:
    """`caller`, `image`, or a uid with or without a gid."""

    pattern = r"caller|image|[0-9]{1,10}(:[0-9]{1,10})?"

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the text."""
        text = str(value) if _whole(value) and value >= 0 else value
        if isinstance(text, str) and re.fullmatch(self.pattern, text):
            return text
        report.fault(path, f"must be caller, image or uid[:gid] in numbers; got {shown(value)}")
        return BAD

    def write(self, value: str) -> str:
        """Return the text."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe the text, or a uid alone."""
        return {"anyOf": [{"type": "string", "pattern": f"^({self.pattern})$"}, {"type": "integer", "minimum": 0}]}


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
