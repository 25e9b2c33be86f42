"""A folder for box.yaml files, and a way to write one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from pathlib import Path


class Write(Protocol):
    """Writes boxes/NAME/box.yaml and files beside it, and returns the folder that holds `boxes`."""

    def __call__(self, text: str, *, name: str = "mine", **files: str) -> Path:
        """Write them."""
        ...


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str, *, name: str = "mine", **files: str) -> Path:
        folder = tmp_path / "boxes" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "box.yaml").write_text(text)
        for file, content in files.items():
            (folder / file).write_text(content)
        return tmp_path

    return written
