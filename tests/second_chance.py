"""A plugin for the full run (`-p tests.second_chance`, see Makefile): a few tests of several programs may fail once.

A browser or a database server, the app and a test are programs beside each other on one machine; where it is very
busy, one in a thousand such tests can fail that finds nothing wrong. So when at most `FEW` tests failed, each of them
with a browser or PostgreSQL, and nothing else is amiss, their files run again: whole files, since their tests build on
one another; in a fresh process, with nothing beside it. What fails twice fails the run. What passes then is told in the
last lines and kept in pytest's cache (`.pytest_cache/v/flaky/tests`): the fault is still there. Tests within one
process get no second chance.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

from tests import every_kind_ran

KINDS = frozenset(every_kind_ran.KINDS)
FEW = 3
KEPT = "flaky/tests"  # its name in pytest's cache
OURS = "tests.second_chance"
OF_THE_WHOLE_RUN = ("tests.every_kind_ran", "tests.longest_first")  # plugins that a few files alone cannot satisfy


@dataclass
class Seen:
    """What came of this session's tests."""

    passed: set[str] = field(default_factory=set)
    failed: dict[str, bool] = field(default_factory=dict)  # whether it is of several programs
    stopped: bool = False  # before its end (-x, --maxfail): nobody knows of the tests that did not run

    def may_try_again(self) -> list[str]:
        """The tests that may; [] if another kind failed, or too many, or some never ran."""
        few = len(self.failed) <= FEW and not self.stopped
        return sorted(self.failed) if few and all(self.failed.values()) else []


_seen = Seen()


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "of a second run: this test must be among those that pass (may be given again)"
    parser.addoption("--must-pass", action="append", default=[], metavar="TEST", help=told)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _seen.failed[report.nodeid] = not KINDS.isdisjoint(report.keywords)
    elif report.passed and report.when == "call":
        _seen.passed.add(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _seen.failed[report.nodeid] = False


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In the second run a test that was skipped, or is not there, has not passed."""
    _seen.stopped = bool(session.shouldfail or session.shouldstop)
    missing = sorted(set(session.config.getoption("--must-pass")) - _seen.passed)
    if missing and not hasattr(session.config, "workerinput") and session.exitstatus == 0:
        print(f"\nNot passed in the second run: {', '.join(missing)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int | pytest.ExitCode | None, object]:
    """Around the whole run: its workers have gone, and its summary is written."""
    code = yield
    if code != pytest.ExitCode.TESTS_FAILED or hasattr(config, "workerinput") or config.getoption("--must-pass"):
        return code
    again = _seen.may_try_again()
    if not again or (config.pluginmanager.hasplugin(OF_THE_WHOLE_RUN[0]) and every_kind_ran.lacking()):
        return code
    files = list(dict.fromkeys(test.split("::")[0] for test in again))
    failed = f"{len(again)} failed, all with a browser or PostgreSQL"
    _tell("SECOND CHANCE", f"{failed}. Once more, by themselves: {', '.join(files)}")
    second = subprocess.run(_order(config, files, again), cwd=config.rootpath, check=False).returncode
    if second != 0:
        _tell("FAILED AGAIN", f"the second run ended with {second}; it began for {', '.join(again)}")
        return code
    _keep(config, again)
    for test in again:
        _tell("FLAKY", f"{test} failed once and passed alone: mend it, it is not to be relied on")
    return pytest.ExitCode.OK


def _order(config: pytest.Config, files: list[str], tests: list[str]) -> list[str]:
    plugins = [name for name in config.getoption("plugins") or [] if name not in (*OF_THE_WHOLE_RUN, OURS)]
    order = [
        sys.executable,
        "-m",
        "pytest",
        *(f"-p{name}" for name in (*plugins, OURS)),
        f"--rootdir={config.rootpath}",
    ]
    if config.pluginmanager.hasplugin("xdist"):
        order += ["-n", "0"]
    return [*order, *(f"--must-pass={test}" for test in tests), *files]


def _keep(config: pytest.Config, tests: list[str]) -> None:
    """Beside those of earlier runs, the newest last."""
    cache = getattr(config, "cache", None)  # it can be switched off
    if cache is not None:
        when = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        cache.set(KEPT, [*cache.get(KEPT, []), *({"test": test, "when": when} for test in tests)])


def _tell(what: str, words: str) -> None:
    line = "=" * 30
    print(f"\n{line} {what} {line}\n{what}: {words}", flush=True)
