"""Where Debian packages come from: this machine's own sources where it is a Debian of the same suite, else Debian's."""

from __future__ import annotations

import re
from pathlib import Path

_ARCHIVE = "http://deb.debian.org"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def public(suite: str) -> str:
    """Return the sources.list that an image of this suite has for good."""
    return (
        f"deb [signed-by={_KEYRING}] {_ARCHIVE}/debian {suite} main\n"
        f"deb [signed-by={_KEYRING}] {_ARCHIVE}/debian {suite}-updates main\n"
        f"deb [signed-by={_KEYRING}] {_ARCHIVE}/debian-security {suite}-security main\n"
    )


def here(suite: str, etc: Path = Path("/etc/apt")) -> str:
    """Return this machine's own sources of `suite` as one-line entries, else Debian's public ones.

    Sources of other suites and of strangers (a vendor's repository) are left out.
    """
    files = [etc / "sources.list", *sorted(etc.glob("sources.list.d/*.list"))]
    lines = [line for file in files if file.is_file() for line in _one_line(file.read_text(errors="replace"), suite)]
    for file in sorted(etc.glob("sources.list.d/*.sources")):
        lines += _deb822(file.read_text(errors="replace"), suite)
    return "".join(f"{line}\n" for line in dict.fromkeys(lines)) or public(suite)


def _one_line(text: str, suite: str) -> list[str]:
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)", line)
        if match and match[3] in _suites(suite) and "main" in match[4].split():
            found.append(_entry(match[2], match[3]))
    return found


def _deb822(text: str, suite: str) -> list[str]:
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = {
            key.lower(): value.split() for key, value in re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE)
        }
        if "deb" not in fields.get("types", []) or "main" not in fields.get("components", []):
            continue
        if fields.get("enabled") == ["no"]:
            continue
        suites = [name for name in fields.get("suites", []) if name in _suites(suite)]
        found += [_entry(uri, name) for uri in fields.get("uris", []) for name in suites]
    return found


def _suites(suite: str) -> set[str]:
    return {suite, f"{suite}-updates", f"{suite}-security"}


def _entry(uri: str, suite: str) -> str:
    return f"deb [signed-by={_KEYRING}] {uri.rstrip('/')} {suite} main"
