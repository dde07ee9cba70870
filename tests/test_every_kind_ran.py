"""The full run fails when browser or PostgreSQL tests did not run: tried on little suites of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = "[pytest]\nmarkers =\n    browser: b\n    postgres: p\nfilterwarnings = error\n"
BOTH = """
import pytest

@pytest.mark.browser
def test_page(): {page}

@pytest.mark.postgres
def test_table(): pass

def test_plain(): pass
"""


def full_run(folder: Path, text: str, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text(SETTINGS)
    (folder / "test_it.py").write_text(text)
    order = [sys.executable, "-m", "pytest", "-p", "xdist.plugin", "-p", "tests.every_kind_ran", *more]
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    env |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(order, cwd=folder, env=env, capture_output=True, text=True, check=False)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize("more", [(), ("-n", "2", "--dist", "loadfile")], ids=["plain", "two workers"])
def test_all_kinds_ran(tmp_path, more):
    done = full_run(tmp_path, BOTH.format(page="pass"), *more)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in last_line(done)


@pytest.mark.parametrize("more", [(), ("-n", "2", "--dist", "loadfile")], ids=["plain", "two workers"])
def test_a_skipped_browser_is_a_failure(tmp_path, more):
    done = full_run(tmp_path, BOTH.format(page="pytest.skip('no browser here')"), *more)
    assert done.returncode == 1
    assert "no browser test ran" in done.stdout
    assert "1 browser tests were skipped" in done.stdout
    assert "2 passed, 1 skipped" in last_line(done)


def test_a_missing_kind_is_a_failure(tmp_path):
    done = full_run(tmp_path, "def test_plain(): pass\n")
    assert done.returncode == 1
    assert "no browser test ran" in done.stdout
    assert "no postgres test ran" in done.stdout


def test_a_browser_that_does_not_start_is_a_failure(tmp_path):
    done = full_run(tmp_path, BOTH.format(page="raise OSError('no browser')"))
    assert done.returncode == 1
    assert "1 failed, 2 passed" in last_line(done)
