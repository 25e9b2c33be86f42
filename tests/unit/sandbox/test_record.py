"""What is remembered of a sandbox is written whole or not at all, and a killed write leaves nothing for long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devenv.sandbox import record


class Killed(BaseException):
    """A process that ends here."""


@pytest.mark.parametrize("again", ["one", "two", "three"])
def test_a_write_killed_before_its_end_changes_nothing_and_is_cleared_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    def die(*_: Any) -> None:
        raise Killed

    path = tmp_path / "compose.yaml"
    record.write(path, "one")
    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(Killed):
        record.write(path, "two")
    monkeypatch.undo()
    assert path.read_text() == "one"
    monkeypatch.setattr("os.getpid", lambda: 1)  # the next is another process
    record.write(path, again)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("compose.yaml", again)]
