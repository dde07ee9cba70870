"""Simulated donors kept, read back and split: a donor is never on two sides."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.dpc_detector import MEASURES
from models.imaging import dpc
from models.synthesis.markers import MARKERS
from models.training.label_free import cells, simulate
from models.training.label_free.cells import LABELS, SIDE
from models.training.label_free.split import by_group


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("raw")
    simulate.kept(raw, 2, 3)
    cells.simulated(raw, "small", raw / "cache")
    return raw


def test_a_set_comes_back_as_it_was_simulated(folder: Path) -> None:
    table, found = pd.read_parquet(folder / "table.parquet"), cells.kept("small", folder / "cache")
    assert len(found) == 2 * simulate.SLIDES * 3
    assert [LABELS[k] for k in found.labels] == table.label.tolist()
    assert np.allclose(found.markers, table[list(MARKERS)].to_numpy(), atol=1e-5)
    assert found.morphology.shape == (len(found), len(MEASURES))
    assert len(set(found.groups)) == 2
    assert len(set(found.slides)) == 2 * simulate.SLIDES
    counts = np.load(folder / "views.npy")
    wanted = dpc.window(dpc.normalised(counts[4]), (64, 64), 0.166, SIDE)
    assert np.allclose(found.views[4], wanted, atol=2e-3)


def test_a_slide_that_is_there_is_not_simulated_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a kept slide was simulated again")

    before = (folder / "views.npy").read_bytes()
    monkeypatch.setattr(simulate, "slide", never)
    simulate.kept(folder, 2, 3)
    assert (folder / "views.npy").read_bytes() == before
    assert json.loads((folder / "about.json").read_text())["simulator"] == simulate.digest()


def test_a_set_that_is_not_there_is_asked_for_in_words(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Make it with the commands"):
        cells.kept("none", tmp_path)


def made(donors: int) -> cells.Cells:
    groups = np.repeat([f"donor_{k:02}" for k in range(donors)], 5)
    n = len(groups)
    return cells.Cells(
        np.ones((n, 4, SIDE, SIDE), np.float16), np.zeros(n, np.int64), np.zeros((n, 4), np.float32), groups, groups,
        np.zeros((n, len(MEASURES)), np.float32), groups,
    )  # fmt: skip


@pytest.mark.parametrize("donors", [12, 20, 40])
def test_no_donor_is_in_two_parts_and_none_is_lost(donors: int) -> None:
    whole = made(donors)
    split = by_group(whole)
    parts = [set(whole.groups[rows]) for rows in (split.train, split.validate, split.calibrate, split.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == donors
    assert len(parts[0]) > len(parts[3]) >= 1


def test_too_few_donors_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 donors"):
        by_group(made(5))
