"""A few failed tests with a browser or PostgreSQL run once more, alone, and are told; nothing else does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = "[pytest]\nmarkers =\n    browser: b\n    postgres: p\nfilterwarnings = error\n"
# `first_time(name)`: whether it is asked the first time, also over processes. `run` counts the files' runs.
TRIES = """
import pytest, sys
from pathlib import Path

HERE = Path(__file__).parent

def first_time(name):
    file = HERE / f"{name}.tried"
    before = file.exists()
    file.touch()
    return not before

with (HERE / f"{Path(__file__).stem}.runs").open("a") as runs:
    runs.write("x")
"""
PAGE = """
@pytest.mark.browser
def test_page(): assert not first_time("page")

@pytest.mark.browser
def test_beside(): pass
"""
TABLE = """
@pytest.mark.postgres
def test_table(): pass

def test_plain(): pass
"""
TWO_WORKERS = ("-n", "2", "--dist", "loadfile")


def whole_run(folder: Path, more: tuple[str, ...] = (), **files: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text(SETTINGS)
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(TRIES + text)
    plugins = ("xdist.plugin", "tests.every_kind_ran", "tests.second_chance")
    order = [sys.executable, "-m", "pytest", *(f"-p{name}" for name in plugins), *more]
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    env |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(order, cwd=folder, env=env, capture_output=True, text=True, check=False)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.strip().splitlines()[-1]


def kept(folder: Path) -> list[str]:
    file = folder / ".pytest_cache" / "v" / "flaky" / "tests"
    return [entry["test"] for entry in json.loads(file.read_text())] if file.exists() else []


def times(folder: Path, name: str) -> int:
    """How often the file was loaded."""
    return len((folder / f"test_{name}.runs").read_text())


@pytest.mark.parametrize("more", [(), TWO_WORKERS], ids=["plain", "two workers"])
def test_what_passes_the_second_time_passes_and_is_told(tmp_path, more):
    done = whole_run(tmp_path, more, page=PAGE, table=TABLE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 failed, 3 passed" in done.stdout
    assert "2 passed" in done.stdout.split("SECOND CHANCE")[-1]  # the whole file: its tests build on one another
    assert last_line(done).startswith("FLAKY: test_page.py::test_page failed once")
    assert kept(tmp_path) == ["test_page.py::test_page"]
    if not more:
        assert (times(tmp_path, "page"), times(tmp_path, "table")) == (2, 1)  # no other file runs again
        whole_run(tmp_path, page=PAGE.replace('"page"', '"another"'), table=TABLE)
        assert kept(tmp_path) == ["test_page.py::test_page"] * 2  # beside the earlier one


def test_a_test_of_the_database_may_try_again_too(tmp_path):
    table = TABLE.replace("def test_table(): pass", 'def test_table(): assert not first_time("table")')
    done = whole_run(tmp_path, page=PAGE.replace("not first_time", "bool"), table=table)
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept(tmp_path) == ["test_table.py::test_table"]


def test_what_fails_twice_fails(tmp_path):
    page = "@pytest.mark.browser\ndef test_page(): assert False\n"
    done = whole_run(tmp_path, TWO_WORKERS, page=page, table=TABLE)
    assert done.returncode == 1
    assert last_line(done).startswith("FAILED AGAIN: ")
    assert kept(tmp_path) == []


def test_another_test_of_the_file_may_not_fail_the_second_time_either(tmp_path):
    page = PAGE.replace("def test_beside(): pass", 'def test_beside(): assert first_time("beside")')
    assert whole_run(tmp_path, page=page, table=TABLE).returncode == 1


def test_what_is_skipped_the_second_time_has_not_passed(tmp_path):
    page = """
@pytest.mark.browser
def test_page(): assert not first_time("page") and pytest.skip("no browser")
"""
    done = whole_run(tmp_path, page=page, table=TABLE)
    assert done.returncode == 1
    assert "Not passed in the second run: test_page.py::test_page" in done.stdout


@pytest.mark.parametrize(
    ("page", "table"),
    [
        (PAGE, TABLE.replace("test_plain(): pass", "test_plain(): assert False")),
        (PAGE, TABLE + "raise OSError('cannot be loaded')"),
        (PAGE, TABLE.replace("test_table(): pass", "test_table(): pytest.skip('no database')")),
        (PAGE + "\n@pytest.mark.browser\ndef test_other(): pytest.skip('no browser')", TABLE),
        (PAGE + "\n@pytest.mark.browser\n@pytest.mark.parametrize('n', range(3))\ndef test_more(n): assert False",
         TABLE),
        ("@pytest.mark.browser\ndef test_page(): pass", TABLE + "\ndef test_more(): assert False"),
    ],
    ids=["a plain one too", "one not loaded", "no database", "one skipped", "too many", "plain"],
)  # fmt: skip
def test_no_second_run(tmp_path, page, table):
    done = whole_run(tmp_path, page=page, table=table)
    assert done.returncode in (1, 2)
    assert "SECOND CHANCE" not in done.stdout
    assert kept(tmp_path) == []


def test_a_run_that_stopped_at_its_first_failure_has_no_second(tmp_path):
    """What was never tried may fail as well."""
    other = "def test_plain(): assert False\n"
    done = whole_run(tmp_path, ("-x",), a=TABLE, b="@pytest.mark.browser\ndef test_ok(): pass\n", c=PAGE, d=other)
    assert done.returncode == 1
    assert "SECOND CHANCE" not in done.stdout


def test_what_fails_in_its_surroundings_counts_as_failed(tmp_path):
    """A fixture before the test, and one after it: as when the page asked for something outside."""
    page = """
@pytest.fixture
def before():
    assert not first_time("before")

@pytest.fixture
def after():
    yield
    assert not first_time("after")

@pytest.mark.browser
def test_before(before): pass

@pytest.mark.browser
def test_after(after): pass
"""
    done = whole_run(tmp_path, page=page, table=TABLE)
    assert done.returncode == 0, done.stdout
    assert sorted(kept(tmp_path)) == ["test_page.py::test_after", "test_page.py::test_before"]
