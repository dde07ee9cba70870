"""Curves of shares against strength: nothing moves at nought, one seed gives one curve, crossings lie where they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import classify
from core.protocols import Crop, ViewsCrop
from core.readings import Interval
from core.records import Call, CaseInfo, Cell, Modality, Seen, Specimen
from core.robustness import strength, wide
from core.robustness.curves import Followed, Point
from core.robustness.wide import Wide
from core.vocabulary import vocabulary
from core.windows import around
from models.imaging import contours
from models.imaging.perturb import LADDERS, NOT_UNSTAINED, Change

WORDS = vocabulary("shipped16")
INFO = CaseInfo("S-1", Specimen.BLOOD)
GLASS = np.array([240, 236, 242], np.uint8)
EARLY = Followed(
    "blasts.ratio",
    "blasts",
    frozenset({"blast"}),
    frozenset({"blast", "lymphocyte"}),
    40.0,
    Interval(30, 52),
    (5.0, 20.0),
)
BOTH = (EARLY, replace(EARLY, id="cblc.ratio", marks=()))


def cells(number: int, side: int = 36) -> list[Wide]:
    """Discs, each a little darker than the one before, on glass."""
    down, across = np.mgrid[:side, :side] + 0.5
    found = []
    for k in range(number):
        mask = np.asarray(np.hypot(down - side / 2, across - side / 2) <= 8 + k % 3, bool)
        pixels = np.broadcast_to(GLASS, (side, side, 3)).copy()
        pixels[mask] = (170 - k % 60, 120, 190)
        found.append(Wide(Crop(f"cell-{k}", pixels, mask, 0.25), 24))
    return found


def by_shade(crops: Sequence[Crop | ViewsCrop]) -> list[Call]:
    """A network that calls dark cells blasts: more stain, more blasts."""
    found = []
    for crop in crops:
        assert isinstance(crop, Crop)
        assert crop.pixels.shape == (24, 24, 3)
        assert crop.mask.shape == (24, 24)
        dark = float(crop.pixels[..., 0][crop.mask].mean()) < 130
        found.append(Call(crop.cell, "blast" if dark else "lymphocyte", {}, "m"))
    return found


def test_what_does_not_change_the_calls_changes_no_share() -> None:
    def steady(crops: Sequence[Crop | ViewsCrop]) -> list[Call]:
        return [Call(one.cell, "blast" if int(one.cell[5:]) % 3 else "lymphocyte", {}, "m") for one in crops]

    found = strength.curves(cells(30), steady, BOTH, tuple(Change))
    assert found is not None
    assert [one.change for one in found] == list(Change)
    for curve in found:
        assert not curve.skipped
        assert [flips.strength for flips in curve.flips] == list(LADDERS[curve.change].steps)
        assert all(flips.rate.count == 0 and flips.rate.total == 30 for flips in curve.flips)
        for line in curve.lines:
            assert [p.strength for p in line.points] == sorted({0.0, *LADDERS[curve.change].steps})
            assert {p.value for p in line.points} == {40.0}
            assert {(p.interval.low, p.interval.high) for p in line.points if p.interval and not p.strength} == {
                (30, 52)
            }
            assert all(p.interval and p.interval.low < 30 and p.interval.high > 52 for p in line.points if p.strength)
            assert all(crossing.at is None for crossing in (*line.leaves, *line.crosses))
        sides = {1} | ({-1} if LADDERS[curve.change].steps[0] < 0 else set())
        assert {int(np.sign(crossing.tried)) for crossing in curve.lines[0].crosses} == sides
        assert curve.lines[1].crosses == ()


def test_more_stain_raises_the_share_of_a_network_that_reads_darkness_and_the_crossing_is_found() -> None:
    (azure,) = strength.curves(cells(60), by_shade, BOTH, [Change.AZURE]) or ()
    line = azure.lines[0]
    values = [p.value for p in line.points]
    assert values == sorted(v for v in values if v is not None)
    paler, darker = line.crosses
    assert (paler.mark, paler.tried) == (20.0, -50)
    assert paler.at is not None
    assert -50 < paler.at < 0
    assert (darker.mark, darker.at, darker.tried) == (None, None, 50)
    left = line.leaves[1]
    assert left.mark is None
    assert left.at is not None
    assert 0 < left.at <= 50
    assert all(p.interval and p.interval.low <= (p.value or 0) <= p.interval.high for p in line.points)
    assert azure.flips[0].rate.count == sum(call.label == "blast" for call in plainly(cells(60)))


def plainly(some: Sequence[Wide]) -> list[Call]:
    return by_shade([strength.changed(one, one, None, 0, 0) for one in some])


@given(seed=st.integers(0, 2**40), change=st.sampled_from(Change))
@settings(max_examples=8, deadline=None)
def test_the_same_seed_gives_the_same_curve(seed: int, change: Change) -> None:
    assert strength.curves(cells(7), by_shade, BOTH, [change], seed=seed) == strength.curves(
        cells(7), by_shade, BOTH, [change], seed=seed
    )


def test_weights_give_a_cell_as_much_as_it_stands_for() -> None:
    some = cells(8)

    def first(crops: Sequence[Crop | ViewsCrop]) -> list[Call]:
        """The first cell is a blast until somebody stains more."""
        turned = [one.cell == "cell-0" and int(one.pixels[12, 12, 0]) >= 165 for one in crops if isinstance(one, Crop)]
        return [Call(c.cell, "blast" if t else "lymphocyte", {}, "m") for c, t in zip(crops, turned, strict=True)]

    (plain,) = strength.curves(some, first, [EARLY], [Change.AZURE]) or ()
    (weighed,) = strength.curves(some, first, [EARLY], [Change.AZURE], weights=[10.0, *[1.0] * 7]) or ()
    assert plain.lines[0].points[-1].value == pytest.approx(40 - 100 / 8)
    assert weighed.lines[0].points[-1].value == pytest.approx(0)  # 40 less 100 · 10/17, and no share is below nought
    assert [p.interval and p.interval.low for p in weighed.lines[0].points][-1] == 0


def test_cells_outside_the_denominator_leave_it() -> None:
    def smudged(crops: Sequence[Crop | ViewsCrop]) -> list[Call]:
        return [Call(one.cell, "smudge", {}, "m") for one in crops]

    (curve,) = strength.curves(cells(5), smudged, [EARLY], [Change.BLUR]) or ()
    assert all(p.value is None and p.interval is None for p in curve.lines[0].points if p.strength)
    assert all(one.at is None for one in (*curve.lines[0].leaves, *curve.lines[0].crosses))
    nobody = replace(EARLY, value=None, own=None)
    (curve,) = strength.curves(cells(5), smudged, [nobody], [Change.BLUR]) or ()
    assert curve.lines[0].leaves == curve.lines[0].crosses == ()


def test_progress_is_told_and_somebody_may_cancel() -> None:
    told: list[tuple[str, int, int]] = []
    asked = iter([False] * 3 + [True] * 99)
    tell = lambda *what: told.append(what)  # noqa: E731
    assert strength.curves(cells(4), by_shade, BOTH, [Change.JPEG], tell=tell, cancelled=lambda: next(asked)) is None
    assert [done for _, done, _ in told] == [0, 4, 8]
    told.clear()
    assert strength.curves(cells(4), by_shade, BOTH, [Change.JPEG], tell=tell)
    assert told[-1] == ("curves", 20, 20)


def test_what_cannot_be_tried_says_why_and_the_rest_is_tried() -> None:
    blind = [Wide(replace(one.crop, um_per_px=None), one.side) for one in cells(3)]  # type: ignore[type-var]
    found = strength.curves(blind, by_shade, BOTH, [Change.BLUR, Change.JPEG])
    assert found is not None
    assert "µm" in found[0].skipped
    assert found[0].flips == found[0].lines == ()
    assert found[1].lines
    assert all(one.skipped for one in strength.curves([], by_shade, BOTH, tuple(Change)) or ())


def test_unstained_cells_are_tried_where_it_makes_sense() -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((32, 32), bool)
    mask[10:22, 10:22] = True
    some = [
        Wide(ViewsCrop(f"c{k}", (1 + 0.1 * rng.random((4, 32, 32))).astype(np.float32), mask, 0.25), 32)
        for k in range(5)
    ]

    def named(crops: Sequence[Crop | ViewsCrop]) -> list[Call]:
        assert all(isinstance(one, ViewsCrop) and one.views.shape == (4, 32, 32) for one in crops)
        return [Call(one.cell, "lymphocyte", {}, "m") for one in crops]

    words = vocabulary("dpc4")
    info = replace(INFO, modality=Modality.DPC, vocabulary="dpc4")
    shares = strength.followed(Seen(), info, words)
    assert [one.id for one in shares] == [f"class.{one.code}.share" for one in words.counted(info.specimen)]
    assert not any(one.marks for one in shares)
    found = strength.curves(some, named, shares, tuple(Change))
    assert found is not None
    assert {one.change for one in found if one.skipped} == set(NOT_UNSTAINED)


def test_marks_belong_to_the_blasts_alone_and_shares_are_the_whole_cases() -> None:
    labels = ["blast"] * 2 + ["promyelocyte"] + ["lymphocyte"] * 7 + ["smudge"] * 5
    ring = np.array([[0, 0], [4, 0], [4, 4]], np.float32)
    some = tuple(Cell(f"c{k}", "i", (0, 0, 4, 4), ring, 1.0) for k in range(len(labels)))
    seen = Seen(cells=some, calls=tuple(Call(c.id, label, {}, "m") for c, label in zip(some, labels, strict=True)))
    blasts, cblc = strength.followed(seen, INFO, WORDS)
    assert (blasts.value, cblc.value) == (20.0, 30.0)
    assert blasts.own is not None
    assert blasts.own.low < 20 < blasts.own.high < 100
    assert blasts.marks == (2, 5, 10, 20)
    assert cblc.marks == ()
    assert strength.followed(seen, replace(INFO, specimen=Specimen.MARROW), WORDS)[0].marks == (5, 10, 20)
    assert "smudge" not in blasts.of
    assert strength.followed(Seen(), INFO, WORDS)[0].value is None


@given(values=st.lists(st.floats(0, 100), min_size=2, max_size=6), level=st.floats(0, 100))
@settings(max_examples=80, deadline=None)
def test_a_crossing_lies_between_the_two_strengths_that_it_separates(values: list[float], level: float) -> None:
    points = [Point(float(k), value, None) for k, value in enumerate(values)]
    at = strength.crossed(points, level, 1)
    sides = [value >= level for value in values]
    if at is None:
        assert len(set(sides)) == 1
    else:
        first = next(k for k, side in enumerate(sides) if side is not sides[0])
        assert first - 1 <= at <= first
        between = np.interp(at, [first - 1, first], [values[first - 1], values[first]])
        assert between == pytest.approx(level, abs=1e-6)
    assert strength.crossed(points, level, -1) is None


def test_a_crossing_skips_what_has_no_value_and_needs_a_start() -> None:
    points = [Point(-10, 5.0, None), Point(0, 30.0, None), Point(5, None, None), Point(10, 10.0, None)]
    assert strength.crossed(points, 20, 1) == pytest.approx(5)
    assert strength.crossed(points, 20, -1) == pytest.approx(-4)
    assert strength.crossed([Point(0, None, None), *points[2:]], 20, 1) is None


def test_a_wide_cut_has_the_window_of_the_classifier_in_its_middle() -> None:
    field = np.random.default_rng(0).integers(0, 255, (80, 90, 3), np.uint8)
    ring = np.array([[30, 31], [52, 30], [55, 49], [33, 50]], np.float32)
    for shift in ((0, 0), (-28, -29), (34, 28)):
        contour = (ring + shift).astype(np.float32)
        cell = Cell("c", "i", contours.bounds(contour), contour, 0.9)
        one = wide.stained(cell, field, 0.2, GLASS)
        assert isinstance(one.crop, Crop)
        plain = strength.changed(one, one, None, 0, 0)
        assert isinstance(plain, Crop)
        assert np.array_equal(plain.pixels, classify.square(field, around(cell.box), GLASS))
        assert plain.mask.sum() == one.crop.mask.sum()


def test_a_changed_picture_is_named_by_whoever_knows_what_it_was_called() -> None:
    told: list[list[str]] = []

    def again(crops: Sequence[Crop | ViewsCrop], called: Sequence[str]) -> list[Call]:
        told.append(list(called))
        return by_shade(crops)

    some = cells(70)  # more than are named at once
    found = strength.curves(some, by_shade, BOTH, [Change.AZURE], again=again)
    assert found == strength.curves(some, by_shade, BOTH, [Change.AZURE])
    plain = [call.label for call in plainly(some)]
    assert told == [plain[:64], plain[64:]] * len(LADDERS[Change.AZURE].steps)


def test_cells_outside_the_denominator_make_no_interval_narrower() -> None:
    def named(crops: Sequence[Crop | ViewsCrop]) -> list[Call]:
        label = {0: "blast", 1: "lymphocyte"}
        return [Call(one.cell, label.get(int(one.cell[5:]), "smudge"), {}, "m") for one in crops]

    (few,) = strength.curves(cells(2), named, [EARLY], [Change.JPEG]) or ()
    (many,) = strength.curves(cells(20), named, [EARLY], [Change.JPEG]) or ()
    assert many.lines[0].points[-1].interval == few.lines[0].points[-1].interval
