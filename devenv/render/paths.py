"""Relative paths of services and sections, made absolute, so that a rendered file means the same from any folder.

The rules are Compose's own (compose-go `paths/resolve.go`): which fields are paths, and what makes one relative. What
cannot be decided before interpolation (`$DATA/x`, where DATA may be relative) stays as it is; Compose then resolves it
against `--project-directory`, which devenv always gives and the file's header names.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from devenv.render import interpolation
from devenv.render.words import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

# What build contexts may be besides folders: compose-go `paths/context.go`.
_REMOTE_CONTEXTS = ("https://", "http://", "git://", "ssh://", "github.com/", "git@", "service:")


def service(words: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a service's words with its relative paths made absolute against `folder`."""
    base = _Base(folder)
    result = dict(words)
    for key, change in {
        "build": base.build,
        "env_file": base.env_file,
        "label_file": base.one_or_many,
        "extends": base.extends,
        "volumes": base.volumes,
        "develop": base.develop,
    }.items():
        if result.get(key) is not None:
            result[key] = change(result[key])
    return result


def files(section: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a `secrets` or `configs` section with the paths of its files made absolute."""
    base = _Base(folder)
    return {name: _changed(entry, "file", base.path) for name, entry in section.items()}


def volume(entry: Any, folder: Path) -> Any:
    """Return a named volume's definition; one that is a bind mount in disguise gets an absolute device."""
    if not isinstance(entry, dict) or entry.get("driver") != "local":
        return entry
    options = entry.get("driver_opts")
    if not isinstance(options, dict) or options.get("o") != "bind":
        return entry
    return {**entry, "driver_opts": _changed(options, "device", _Base(folder).path)}


class _Base:
    """The folder that relative paths start from, spelled for Compose (`$` doubled)."""

    def __init__(self, folder: Path) -> None:
        self.folder = escape(str(folder))

    def path(self, text: Any) -> Any:
        """Make a path absolute. `~` stays: Compose expands it at run time, as in the original."""
        if not isinstance(text, str) or not text or text[0] in "/~":
            return text
        return self._from_default(text, self.path) or (
            text if interpolation.starts_with_variable(text) else self._join(text)
        )

    def dotted(self, text: str) -> str:
        """Make a short volume's source absolute; only one that starts with a dot is a path, others are names."""
        if text.startswith("."):
            return self._join(text)
        return self._from_default(text, self.dotted) or text

    def context(self, text: Any) -> Any:
        """Make a build context absolute, unless it is a URL, another service or another image."""
        if not isinstance(text, str) or "://" in text or text.startswith(_REMOTE_CONTEXTS):
            return text
        return self.path(text)

    def build(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return self.context(value)
        # A build without a context (an inline Dockerfile) has the project's folder as its context.
        result = {"context": ".", **value}
        result["context"] = self.context(result["context"])
        extra = result.get("additional_contexts")
        if isinstance(extra, dict):
            result["additional_contexts"] = {name: self.context(item) for name, item in extra.items()}
        elif isinstance(extra, list):
            result["additional_contexts"] = [self._named_context(item) for item in extra]
        if isinstance(result.get("ssh"), dict):
            result["ssh"] = {name: self.path(item) for name, item in result["ssh"].items()}
        elif isinstance(result.get("ssh"), list):
            result["ssh"] = [self._named_path(item) for item in result["ssh"]]
        return result

    def env_file(self, value: Any) -> Any:
        if isinstance(value, list):
            return [_changed(item, "path", self.path) if isinstance(item, dict) else self.path(item) for item in value]
        return _changed(value, "path", self.path) if isinstance(value, dict) else self.path(value)

    def one_or_many(self, value: Any) -> Any:
        return [self.path(item) for item in value] if isinstance(value, list) else self.path(value)

    def extends(self, value: Any) -> Any:
        return _changed(value, "file", self.path) if isinstance(value, dict) else value

    def develop(self, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("watch"), list):
            return value
        return {**value, "watch": [_changed(rule, "path", self.path) for rule in value["watch"]]}

    def volumes(self, value: Any) -> Any:
        return [self._mount(mount) for mount in value] if isinstance(value, list) else value

    def _mount(self, mount: Any) -> Any:
        if isinstance(mount, dict):
            return _changed(mount, "source", self.path) if mount.get("type") == "bind" else mount
        if not isinstance(mount, str) or ":" in self.folder:
            # The short form cuts at colons; a folder with one in its name has to stay out of it.
            return mount
        source, *rest = interpolation.split(mount)
        return ":".join([self.dotted(source), *rest]) if rest else mount

    def _named_context(self, item: Any) -> Any:
        if not isinstance(item, str) or "=" not in item:
            return item
        name, _, context = item.partition("=")
        return f"{name}={self.context(context)}"

    def _named_path(self, item: Any) -> Any:
        if not isinstance(item, str) or "=" not in item:
            return item
        name, _, path = item.partition("=")
        return f"{name}={self.path(path)}"

    def _join(self, text: str) -> str:
        """Join as Compose does; behind the first variable nothing is tidied, since it may hold anything."""
        if "$" not in text:
            return posixpath.normpath(posixpath.join(self.folder, text))
        head, dollar, tail = text.partition("$")
        folder, _, name = head.rpartition("/")
        return posixpath.join(posixpath.normpath(posixpath.join(self.folder, folder)), name) + dollar + tail

    def _from_default(self, text: str, change: Callable[[str], str]) -> str | None:
        """Change the default of a leading `${NAME:-default}`; None if there is none, or if it cannot be spelled."""
        parts = interpolation.leading_default(text)
        if parts is None or not parts.default or "}" in self.folder:
            return None
        return parts.opening + change(parts.default) + parts.rest


def _changed(entry: Any, key: str, change: Callable[[Any], Any]) -> Any:
    if not isinstance(entry, dict) or key not in entry:
        return entry
    return {**entry, key: change(entry[key])}
