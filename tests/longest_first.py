"""A plugin for the full run (`-p tests.longest_first`, see Makefile): the order of files when workers share them.

What takes longest begins first, so that no worker is left alone with it at the end; files with a browser are spread
among the others, since two browsers and two servers at once are slower than one after the other.
"""

from __future__ import annotations

from itertools import groupby
from typing import TypeVar

import pytest

# In this order; what is not named here follows. Times change: `--durations=50` tells when this is out of date.
LONGEST = (
    "tests/e2e/test_app.py",
    "tests/core/jobs/test_durable.py",
    "tests/e2e/test_every_page.py",
    "tests/models/training/test_site_training.py",
    "tests/e2e/test_teaching.py",
    "tests/core/evaluate/test_evaluation.py",
    "tests/e2e/test_gallery.py",
    "tests/models/test_cell_detector.py",
    "tests/pages/test_case_label_free.py",
    "tests/pages/test_board.py",
)
SPREAD = 0.75  # of the other files have a browser file among them; the rest fill the end

T = TypeVar("T")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    files = [list(tests) for _, tests in groupby(items, key=_file)]
    browser = sorted((f for f in files if f[0].get_closest_marker("browser")), key=_rank)
    others = sorted((f for f in files if not f[0].get_closest_marker("browser")), key=_rank)
    items[:] = [item for file in spread(browser, others) for item in file]


def spread(few: list[T], many: list[T]) -> list[T]:
    """`few` in their order, the first of them first, evenly among the first part of `many`."""
    step = SPREAD * len(many) / max(len(few), 1)
    placed = [(round(place * step), 0, one) for place, one in enumerate(few)]
    placed += [(place, 1, one) for place, one in enumerate(many)]
    return [one for *_, one in sorted(placed, key=lambda found: found[:2])]


def _file(item: pytest.Item) -> str:
    return item.nodeid.split("::")[0]


def _rank(file: list[pytest.Item]) -> int:
    name = _file(file[0])
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)
