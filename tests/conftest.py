"""What all tests share: with `--strict-skips` a skip that is not foreseen here is a failure, so none goes unseen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

# Reasons (regular expressions) for which a test may be skipped, each with the machine that lacks what it needs.
FORESEEN: tuple[str, ...] = ()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--strict-skips", action="store_true", help="a skip that tests/conftest.py does not list fails")
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/compose anew; then read the diff")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if item.config.getoption("strict_skips"):
        _judge(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if collector.config.getoption("strict_skips"):
        _judge(report)
    return report


def _judge(report: Any) -> None:
    # An expected failure (xfail) is reported as skipped too; it has a reason of its own.
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not any(re.search(pattern, reason) for pattern in FORESEEN):
        report.outcome = "failed"
        report.longrepr = f"skipped for a reason that tests/conftest.py does not foresee: {reason}"
