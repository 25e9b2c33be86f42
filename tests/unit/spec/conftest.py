"""What all spec tests share: a spec file to write, load and read the faults of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devenv import spec
from devenv.errors import SpecInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.spec.model import Spec

HEAD = "version: 1\nname: demo\nbox: base\n"
"""The smallest valid spec; what a test adds starts on line 4."""


class Bench:
    """Writes spec files into one folder and loads them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "devenv.yaml"
        self.defaults = folder / "config.yaml"

    def load(self, text: str | bytes, *, head: bool = True, defaults: str | None = None, **options: Any) -> Spec:
        """Write the file (after the smallest valid spec, with `head`) and load it."""
        raw = text if isinstance(text, bytes) else (HEAD * head + text).encode()
        self.path.write_bytes(raw)
        if defaults is not None:
            self.defaults.write_text(defaults)
            options["defaults"] = self.defaults
        return spec.load(self.path, **options)

    def faults(self, text: str | bytes, *, head: bool = True, **options: Any) -> list[str]:
        """Load what must be invalid, and return its faults without the folder's path."""
        with pytest.raises(SpecInvalid) as caught:
            self.load(text, head=head, **options)
        return [str(fault).replace(f"{self.path.parent}/", "") for fault in caught.value.faults]

    def fault(self, text: str | bytes, **options: Any) -> str:
        """Return the only fault."""
        found = self.faults(text, **options)
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
