"""The error budget: parts that make up the whole, each from where it says, and nothing hidden outside."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analyse import read
from core.records import ModelCard, Stream
from core.review import budget, design, sample
from tests.core.review.made import BLOOD, MEASURED, PLAIN, WORDS, said, seen

CALLED = (["blast"] * 4 + ["lymphocyte"] * 14 + ["smudge"] * 2) * 12


def parts(case, reviews=(), info=BLOOD, **more):
    found = budget.of(case, reviews, read(case, reviews, info, WORDS), WORDS, **more)
    return found, {part.id: part for part in found.parts}


def doubted(called, odd=()):
    """Every fifth cell unsure."""
    return seen(
        called, fields=6, stamp=MEASURED, sure=[0.6 if n % 5 == 0 else 0.95 for n in range(len(called))], odd=odd
    )


@given(
    st.lists(st.sampled_from(["blast", "lymphocyte", "promyelocyte", "smudge"]), min_size=60, max_size=150),
    st.integers(1, 8),
    st.sampled_from([MEASURED, PLAIN]),
    st.sampled_from(["blasts.ratio", "cblc.ratio"]),
    st.lists(st.integers(0, 59), max_size=4),
)
@settings(max_examples=30, deadline=None)
def test_the_parts_make_up_the_whole(called, fields, stamp, share, odd):
    case = seen(called, fields=fields, stamp=stamp, sure=[0.55 + n % 5 / 10 for n in range(len(called))], odd=odd)
    found, by_id = parts(case, share=share)
    if found.withheld:
        assert found.parts == ()
        assert found.interval is None
        return
    assert list(by_id) == ["cells", "fields", "classifier", "quality"]
    assert all(part.variance >= -1e-12 for part in found.parts)
    assert sum(part.variance for part in found.parts) == pytest.approx(1)
    assert sum(part.points**2 for part in found.parts) == pytest.approx(found.points**2)
    assert found.points == pytest.approx(50 * (found.interval.high - found.interval.low))
    assert all(part.then is None or part.then >= 0 for part in found.parts)


def test_the_interval_is_the_corrected_one_and_holds_the_classifier():
    case = doubted(CALLED)
    reading = read(case, (), BLOOD, WORDS)
    found, by_id = parts(case)
    better = next(one for one in reading.corrected if one.share == "blasts.ratio")
    assert (found.value, found.interval) == (better.value, better.patient)
    assert by_id["classifier"].variance + by_id["quality"].variance > 0.1
    assert by_id["quality"].said == "48 cells it is unsure of, 0 unlike its calibration cells"


def test_without_a_known_confusion_the_classifier_is_told_to_be_missing():
    case = seen(CALLED, fields=6)
    found, by_id = parts(case)
    assert found.interval == read(case, (), BLOOD, WORDS).blasts.interval
    assert found.notes == ("The classifier's error is not in this interval: the classifier's confusion is not known.",)
    assert by_id["classifier"].variance == by_id["quality"].variance == 0
    assert by_id["classifier"].said.startswith("not measured")


def test_few_fields_are_not_assessed_and_lumped_ones_are_seen():
    assert parts(seen(CALLED, fields=3))[1]["fields"].said.startswith("not assessed")
    even, lumped = seen(CALLED, fields=12), seen(CALLED, fields=12)
    order = sorted(range(240), key=lambda n: (CALLED[n], n))
    cells = list(lumped.cells)
    for place, n in enumerate(order):
        cells[n] = dataclasses.replace(cells[n], image=f"image{place // 20}")
    lumped = dataclasses.replace(lumped, cells=tuple(cells))
    assert parts(even)[1]["fields"].variance < 0.3
    assert parts(lumped)[1]["fields"].variance > 0.7


def test_more_cells_would_narrow_it_and_the_words_say_how_much():
    _, by_id = parts(seen(CALLED, fields=6))
    cells = by_id["cells"]
    assert "more counted cells (about" in cells.shrink
    assert f"to ±{cells.then:.1f} points" in cells.shrink


def test_naming_the_doubtful_cells_takes_their_part_away():
    """Reviewed cells are known: their part is gone, and what is left lies near what was foreseen."""
    case = doubted(CALLED)
    before, by_id = parts(case)
    truth = {call.cell: call.label for call in case.calls}
    doubtful = [call.cell for call in case.calls if len(call.possible) > 1]
    after, gone = parts(case, said(truth, doubtful, Stream.TARGETED))
    assert gone["quality"].variance == 0
    assert by_id["quality"].then < before.points
    assert after.points == pytest.approx(by_id["quality"].then, rel=0.15)


def test_a_random_samples_interval_can_be_taken_apart_too():
    case = doubted(CALLED)
    drawn = sample.drawn(sample.frame(case), 60, 1)
    reads = said({call.cell: call.label for call in case.calls}, drawn.cells)
    estimate = design.estimate(case, reads, drawn, BLOOD, WORDS)
    found, by_id = parts(case, reads, estimate=estimate)
    assert found.interval == estimate.blasts.patient
    assert sum(part.variance for part in by_id.values()) == pytest.approx(1)
    unfinished = design.estimate(case, reads[:9], drawn, BLOOD, WORDS)
    assert parts(case, reads, estimate=unfinished)[0].interval != found.interval


def test_smudge_cells_and_other_laboratories_stand_outside_of_the_interval():
    case = doubted(CALLED)
    outside = {one.id: one for one in parts(case)[0].outside}
    reading = read(case, (), BLOOD, WORDS)
    assert (outside["smudge"].low, outside["smudge"].high) == (reading.smudge.blasts_low, reading.smudge.blasts_high)
    assert "24 smudge cells" in outside["smudge"].said
    assert (outside["domain"].low, outside["domain"].high) == (None, None)
    assert "cannot be seen from here" in outside["domain"].said
    assert "smudge" not in {one.id for one in parts(seen(["blast", "lymphocyte"] * 40))[0].outside}


def test_the_cards_figures_of_other_laboratories_are_told_where_it_has_them():
    figures = {"other_laboratories": {"cells": 400, "with_stain_normalisation": {"all": 0.6425}}}
    card = ModelCard("net", tables={"figures": figures})
    assert (
        "on 400 cells of other laboratories it named 64 % right"
        in parts(doubted(CALLED), card=card)[0].outside[-1].said
    )
    bare = ModelCard("net", tables={"figures": {"other_laboratories": "none"}})
    assert "named" not in parts(doubted(CALLED), card=bare)[0].outside[-1].said


def test_what_quality_withholds_is_withheld_here():
    found, _ = parts(seen(["blast"] * 10 + ["lymphocyte"] * 20))
    assert found.withheld == "30 counted cells, fewer than 50"
    assert (found.parts, found.points) == ((), None)


def test_a_surer_classifier_leaves_less_to_its_doubtful_cells():
    rng = np.random.default_rng(2)
    called = list(rng.permutation(CALLED))
    sure = seen(called, fields=6, stamp=MEASURED, sure=[0.97] * len(called))
    assert parts(sure)[1]["quality"].variance == 0
    assert parts(doubted(called))[1]["quality"].variance > parts(doubted(called))[1]["classifier"].variance / 4
