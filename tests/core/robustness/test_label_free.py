"""Label-free cases: shares of classes move, and medians of markers pass the one gate or are not there at all."""

from __future__ import annotations

import json

import pytest

from core import analyse
from core.decode import read as decode
from core.records import CaseInfo, Modality, Upload
from core.robustness import check, cuts, plain
from core.robustness.records import Asked, Robustness, Surroundings
from core.settings import Settings
from tests import label_free_fakes as fakes

KINDS = ("granulocyte", "lymphocyte", "monocyte") * 8
ASKED = Asked(settings=(Surroundings.SAME_CLASS, Surroundings.OTHER_CLASS, Surroundings.MASKED))


def outcome(info: CaseInfo, truth: str) -> Robustness:
    tools = fakes.tools(Settings(), truth)
    uploads: list[Upload] = [fakes.upload(fakes.grid(KINDS, seed), f"{seed}.npy") for seed in range(2)]
    seen = analyse.see(uploads, tools, domain=info.domain)
    drawn = check.sampled(seen, ASKED)
    images = decode.images(uploads, tools.settings, Modality.DPC).images
    material = cuts.of_images(images, seen.cells, drawn.cells, tools, 0)
    again = check.naming_again(tools, seen)
    found = check.check(seen, material, again, info, tools.vocabulary, drawn, ASKED, run="run")
    assert found is not None
    assert len(found.tested) >= 40
    return found


def test_class_shares_move_by_what_the_cells_are_called() -> None:
    found = outcome(fakes.SYNTHETIC, "simulated")
    for one in found.settings:
        ids = [moved.id for moved in one.moved]
        assert ids[:3] == ["class.lymphocyte.share", "class.granulocyte.share", "class.monocyte.share"]
        assert "cblc.ratio" not in ids
        before, after = (
            sum(getattr(m, side) for m in one.moved if m.unit == "%") for side in ("before", "after")
        )  # fmt: skip
        assert before == pytest.approx(100)
        assert after == pytest.approx(100)


def test_medians_of_markers_are_told_of_drawn_cells() -> None:
    found = outcome(fakes.SYNTHETIC, "simulated")
    told = [moved for one in found.settings for moved in one.moved if moved.id.startswith("marker.")]
    assert told
    assert all(moved.id.endswith(".median") and moved.unit == "log10 of nothing" for moved in told)
    assert all(moved.before is not None and moved.move is not None for moved in told)


@pytest.mark.parametrize(("info", "truth"), [(fakes.REAL, "simulated"), (fakes.REAL, "guessed"), (fakes.REAL, "")])
def test_where_markers_must_not_be_seen_nothing_of_them_is_in_the_result(info: CaseInfo, truth: str) -> None:
    found = outcome(info, truth)
    written = json.dumps(plain.as_table(found))
    assert str(fakes.MARK) not in written
    assert "marker." not in written
    assert any("Nothing is said of markers" in note for note in found.notes) is bool(truth)


def test_measured_markers_are_told_of_a_person_s_cells() -> None:
    found = outcome(fakes.REAL, "measured")
    assert any(moved.id.startswith("marker.") for one in found.settings for moved in one.moved)
