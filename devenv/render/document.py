"""Data to YAML that reads the same to every parser: block style, a fixed order, and quotes wherever in doubt.

A rendered file is read by Compose (YAML 1.2 with remains of 1.1) and by people's scripts (often 1.1), so a string is
left plain only if no reader could take it for a number, a date, a boolean or null, or for YAML's own syntax.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

# A letter or a path first, then nothing that YAML gives a meaning; but the words that 1.1 or 1.2 take for other things.
_PLAIN = re.compile(r"(?:[A-Za-z_/]|\.\.?/)[A-Za-z0-9_./+-]*(?:[:=@][A-Za-z0-9_./+-]+)*")
_TAKEN = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"})
_WIDE = 1 << 20


class _Dumper(yaml.SafeDumper):
    """Block style with indented lists, no aliases, our own quoting."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- yaml's signature
        return True


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    if "\n" in text.rstrip("\n") and not text.endswith("\n\n") and text.replace("\n", "").isprintable():
        return "|"  # yaml itself falls back to double quotes where a literal block could not hold the text
    if _PLAIN.fullmatch(text) and text.lower() not in _TAKEN:
        return None
    return '"'


_Dumper.add_representer(str, _string)


def dump(project: Mapping[str, Any], header: str) -> str:
    """Return `project` as YAML under `header` (plain text, turned into comments).

    Sections, and services, are set apart by blank lines.
    """
    parts = ["\n".join(f"# {line}".rstrip() for line in header.splitlines())]
    for key, value in project.items():
        if key == "services":
            blocks = [textwrap.indent(_block({name: words}), "  ") for name, words in value.items()]
            parts.append("services:\n" + "\n\n".join(blocks))
        else:
            parts.append(_block({key: value}))
    return "\n\n".join(parts) + "\n"


def _block(data: Mapping[str, Any]) -> str:
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDE, default_flow_style=False)
    return text.rstrip("\n")
