"""Labelled pictures through the stand-in networks: what answers for which label, and what the evidence says."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadInput
from core.evaluate.classes import class_map
from core.records import Cell, Specimen
from core.verify.gather import Way, matched, site
from core.verify.labelled import Label, labelled
from core.vocabulary import vocabulary
from tests import fakes
from tests.core.verify import laboratory

KNOWN = class_map(None, vocabulary("shipped16"))
WAY = Way(Specimen.BLOOD)


def seen(folder, way=WAY, doubts=True):
    return site(labelled(folder, KNOWN), fakes.tools(doubts=doubts), way)


def test_a_field_with_points(tmp_path):
    whole, key = seen(laboratory.table(tmp_path / "a", 2, unseen=2))
    assert len(whole.cases) == 2
    for case in whole.cases:
        assert (case.labelled, case.found, dict(case.missed)) == (64, 60, {"band": 4})
        assert set(case.pairs) == {("blast", "blast"), ("band", "band")}
        assert case.blasts_called == case.blasts_right == case.blasts_found == case.blasts_labelled
        assert case.blasts.counted == 64
        assert case.blasts.stated == pytest.approx(case.blasts_labelled / 60)
        assert case.blasts.holds in (True, False)
        assert (case.judged, case.odd, case.outlines) == (60, 2, None)
        assert case.diagnosis == "AML"
    assert sorted(key.values()) == ["Miller 0", "Miller 1"]
    assert not any("Miller" in name for name in key)


def test_the_names_do_not_change_and_need_the_pictures(tmp_path):
    one, again = (seen(laboratory.table(tmp_path / name, 2))[1] for name in "ab")
    other = seen(laboratory.table(tmp_path / "c", 3))[1]
    assert one == again
    assert not set(one) & set(other)


def test_the_sites_own_pseudonyms_are_checked(tmp_path):
    folder = laboratory.table(tmp_path / "a", 1)
    whole, _ = seen(folder, Way(Specimen.BLOOD, own_names=True))
    assert whole.cases[0].name == "Miller 0"
    table = folder / "labels.csv"
    table.write_text(table.read_text().replace("Miller 0", "12.03.1961"))
    with pytest.raises(BadInput, match="identifies nobody"):
        seen(folder, Way(Specimen.BLOOD, own_names=True))


def test_other_outlines_enter_only_where_every_cell_carries_a_label(tmp_path):
    folder = laboratory.table(tmp_path / "a", 1, fields=4)
    table = folder / "labels.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], *[line for n, line in enumerate(lines[1:]) if n % 2]]))
    partly, whole = seen(folder)[0].cases[0], seen(folder, Way(Specimen.BLOOD, complete=True))[0].cases[0]
    assert (partly.labelled, partly.found, partly.outlines) == (60, 60, None)
    assert partly.blasts.stated == partly.blasts.expert
    assert (whole.labelled, whole.found, whole.outlines) == (60, 60, 120)


def test_a_folder_of_crops_means_the_cell_in_the_middle(tmp_path):
    for n in range(60):
        label = "blast" if n % 3 == 0 else "band"
        cell = fakes.field([(50, 50, 12, label), (15, 15, 12, "monocyte")], (100, 100), seed=n)
        place = tmp_path / "P1" / label
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{n}.png").write_bytes(fakes.png(cell))
    case = seen(tmp_path, doubts=False)[0].cases[0]
    assert dict(case.pairs) == {("band", "band"): 40, ("blast", "blast"): 20}
    assert case.blasts.stated == case.blasts.expert == pytest.approx(1 / 3)
    assert case.blasts.holds is True


def test_broken_and_repeated_pictures_are_left_out_and_told(tmp_path):
    folder, said = laboratory.table(tmp_path / "a", 1, fields=4), []
    first, second, third = sorted(folder.glob("*.png"))[:3]
    first.write_bytes(b"no picture")
    third.write_bytes(second.read_bytes())
    whole, _ = site(labelled(folder, KNOWN), fakes.tools(doubts=True), WAY, say=said.append)
    assert whole.unusable == 1
    assert sum(whole.left_out.values()) == 60
    assert whole.cases[0].labelled == 60
    assert any(first.name in line for line in said)


def test_several_labels_without_places_are_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(fakes.png(fakes.field([(50, 50, 12, "band")])))
    (tmp_path / "t.csv").write_text("image,patient,class\na.png,P,band\na.png,P,blast\n")
    with pytest.raises(BadInput, match="several labels"):
        labelled(tmp_path, KNOWN)


def test_each_outline_answers_for_one_label():
    def disc(id, x):
        turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        ring = np.stack([x + 10 * np.cos(turns), 50 + 10 * np.sin(turns)], axis=1).astype(np.float32)
        return Cell(id, "i", (x - 10, 40, x + 10, 60), ring, 1.0, measures={"diameter_px": 20.0})

    one, two = disc("one", 50), disc("two", 66)
    at = [Label("band", (51.0, 50.0)), Label("band", (58.0, 50.0)), Label("band", (90.0, 50.0)), Label("band")]
    answers = matched(at, [one, two], (50.0, 50.0))
    assert answers[1:3] == [two, None]
    assert [cell for cell in (answers[0], answers[3]) if cell] == [one]
