"""Processes that claim at once and are killed at any moment: nothing is held twice, nothing stays held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.ledger import storm

if TYPE_CHECKING:
    from pathlib import Path


def test_killed_claims_leave_no_double_booking_and_no_leak(tmp_path: Path) -> None:
    found = storm(tmp_path, processes=8, claims=250, seed=7)
    assert (found.double, found.leaked, found.faults) == (0, 0, 0)
    assert found.granted >= 250
    assert found.kills > 10
