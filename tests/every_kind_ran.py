"""A plugin for the full run (`-p tests.every_kind_ran`, see Makefile): the kinds of test that need something from
outside must have run, all of them. A browser or a database that is missing must not look like success.
"""

from __future__ import annotations

from collections import Counter

import pytest

KINDS = ("browser", "postgres")

_ran: Counter[str] = Counter()
_skipped: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for kind in KINDS:
        if kind in report.keywords:
            if report.skipped:
                _skipped[kind] += 1
            elif report.when == "call":
                _ran[kind] += 1


def lacking() -> list[str]:
    """What is wrong with this run, one line a kind; [] if nothing is."""
    none = [f"no {kind} test ran" for kind in KINDS if not _ran[kind]]
    return none + [f"{_skipped[kind]} {kind} tests were skipped" for kind in KINDS if _skipped[kind]]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput") and session.exitstatus == 0 and lacking():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in lacking():
        terminalreporter.write_line(f"FAILED: {line}; a full run needs them", red=True)
