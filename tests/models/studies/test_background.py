"""The study on a planted case: who reads only the background must fail, who reads only the cell must pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.imaging.backgrounds import Setting
from models.studies import background, background_table, composites, separability, subjects
from models.studies.background import Asked
from models.studies.composites import Arm, Composites
from tests.models.studies_case import CLASSES, Looks
from tests.models.studies_case import subjects as planted


def told(tmp_path: Path, at_cell: bool) -> dict[str, Any]:
    cells, who = planted(), [Asked(Looks(at_cell), classes=True, calls=True, changes=True)]
    background.asked(cells, who, tmp_path)
    return background.reported(cells, who, tmp_path, ("blast",))


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return {who: told(tmp_path_factory.mktemp(who), who == "centre") for who in ("centre", "background")}


def test_a_reader_of_the_cell_passes_whatever_surrounds_it(reports: dict[str, dict[str, Any]]) -> None:
    for row in reports["centre"]["separability"]["centre"]:
        assert row["gap"] <= separability.GOAL
        assert min(row["accuracy"].values()) > 0.99
    for key, row in reports["centre"]["flips"]["centre"].items():
        if "moved" not in key:
            assert row["flipped"][0] == 0
            assert row["gained"][0] == 0


def test_a_reader_of_the_background_fails(reports: dict[str, dict[str, Any]]) -> None:
    for row in reports["background"]["separability"]["background"]:
        assert row["accuracy"][Setting.UNALTERED] > 0.99
        assert row["accuracy"][Setting.SAME_CLASS] > 0.99
        assert row["accuracy"][Setting.OTHER_CLASS] < 0.7
        assert row["gap"] > separability.GOAL
        assert row["gap_interval"][0] > separability.GOAL
    flips = reports["background"]["flips"]["background"]
    assert flips[Setting.OTHER_CLASS]["flipped"][0] > 0.95
    assert flips[Setting.SAME_CLASS]["flipped"][0] == 0
    assert flips[Setting.OTHER_CLASS]["gained"][0] < -0.9


def test_ratios_of_a_background_reader_follow_the_neighbours_and_masking_mends_them(
    reports: dict[str, dict[str, Any]],
) -> None:
    of = {who: reports[who]["proportions"]["by_strength"] for who in reports}
    assert of["background"]["-1.0"]["on_them"]["mean"] > 0.2
    assert of["background"]["+1.0"]["on_them"]["mean"] < 0.02
    for strength in of["centre"].values():
        assert strength["on_them"]["mean"] == pytest.approx(0, abs=1e-9)
        assert strength["masked"]["mean"] == pytest.approx(0, abs=1e-9)


def test_answers_that_are_there_are_not_asked_again(tmp_path: Path) -> None:
    cells, reader = planted(4), Looks(True)
    background.asked(cells, [Asked(reader)], tmp_path)
    first = background.kept_at(tmp_path, reader, composites.UNALTERED)
    stamp = first.stat().st_mtime_ns
    background.asked(cells, [Asked(reader, calls=True)], tmp_path)
    assert first.stat().st_mtime_ns == stamp
    assert len(background.answers(tmp_path, reader, Arm(Setting.SAME_CLASS)).features) == len(cells)
    assert not list(tmp_path.glob("*.part.npz"))


def test_composites_are_the_same_each_time_and_keep_the_cell() -> None:
    cells = planted(5)
    for arm in (*composites.SETTINGS, *composites.on_each(CLASSES)):
        one, two = (list(Composites(cells).shown(arm)) for _ in range(2))
        for (picture, mask), (again, _), own in zip(one, two, cells.pictures, strict=True):
            assert np.array_equal(picture, again)
            assert np.array_equal(picture[mask], own[mask])


def test_a_class_without_a_donor_leaves_the_crop_as_it_is() -> None:
    cells = planted(1)
    shown = list(Composites(cells).shown(Arm(Setting.OTHER_CLASS, on="blast")))
    assert np.array_equal(shown[0][0], cells.pictures[0])
    assert not np.array_equal(shown[1][0], cells.pictures[1])


def test_subjects_come_back_as_they_were_kept(tmp_path: Path) -> None:
    cells = planted(3)
    assert subjects.read("planted", tmp_path) is None
    subjects.kept(cells, tmp_path)
    again = subjects.read("planted", tmp_path)
    assert again is not None
    assert np.array_equal(again.labels, cells.labels)
    assert again.um_per_px == cells.um_per_px
    assert all(np.array_equal(a, b) for a, b in zip(again.pictures, cells.pictures, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(again.masks, cells.masks, strict=True))


def test_no_patient_fills_a_class_and_no_class_is_drawn_beyond_its_number() -> None:
    labels = np.array(["a"] * 30 + ["b"] * 3, dtype=str)
    patients = np.array(["p"] * 20 + ["q"] * 10 + ["p"] * 3, dtype=str)
    rows = subjects.drawn_rows(labels, patients, 8)
    assert np.array_equal(rows, subjects.drawn_rows(labels, patients, 8))
    assert (labels[rows] == "a").sum() == 8
    assert (patients[rows[labels[rows] == "a"]] == "q").sum() == 4
    assert (labels[rows] == "b").sum() == 3


def test_the_page_says_what_was_measured_and_what_was_published(
    reports: dict[str, dict[str, Any]],
) -> None:
    kept = json.loads(json.dumps({"smear": reports["background"]}))
    text = background_table.page(kept)
    assert "PIFiA" in text
    assert ".843" in text
    row = reports["background"]["separability"]["background"][0]
    assert f"{100 * row['gap']:+.1f}" in text
    assert "as published, on their own data" in text
