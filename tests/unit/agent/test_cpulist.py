"""CPU lists as the kernel and Docker write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.agent import cpulist
from tests.unit.agent.machines import CASES


@pytest.mark.parametrize(("text", "ids"), [("0-3,7", (0, 1, 2, 3, 7)), ("", ()), ("5\n", (5,)), ("2,0", (0, 2))])
def test_lists_are_read(text: str, ids: tuple[int, ...]) -> None:
    assert cpulist.parse(text) == ids


@pytest.mark.parametrize("text", ["x", "3-1", "-1", "0-999999999", "1-2-3"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        cpulist.parse(text)


@CASES
@given(st.sets(st.integers(0, 300)))
def test_what_is_written_is_read_back(ids: set[int]) -> None:
    assert cpulist.parse(cpulist.show(ids)) == tuple(sorted(ids))
