"""Plans: what they foresee comes about, and the number they ask for is the one that clears the mark."""

import dataclasses

import numpy as np
import pytest

from core import statistics
from core.analyse import read
from core.review import design, planner, sample, width
from tests.core.review.made import BLOOD, MEASURED, WORDS, said, seen


def plan(case, **more):
    return planner.plan(read(case, (), BLOOD, WORDS), case, (), WORDS, **more)


def spread(copies=1, share=5, stamp=MEASURED, sure=0.95):
    """Ten fields in which the share of blasts differs, so many times over."""
    called, image = [], []
    for copy in range(copies):
        for field in range(10):
            blasts = share + field % 3 - 1
            called += ["blast"] * blasts + ["lymphocyte"] * (20 - blasts)
            image += [copy * 10 + field] * 20
    case = seen(called, fields=10 * copies, stamp=stamp, sure=sure)
    cells = tuple(dataclasses.replace(c, image=f"image{n}") for c, n in zip(case.cells, image, strict=True))
    return dataclasses.replace(case, cells=cells)


def test_twice_the_fields_bring_the_width_that_was_foreseen():
    foreseen = {(step.kind, step.more): step.points for step in plan(spread()).steps}
    assert foreseen["fields", 10] == pytest.approx(plan(spread(copies=2)).points, rel=0.05)
    assert foreseen["fields", 20] == pytest.approx(plan(spread(copies=3)).points, rel=0.07)


def test_reads_bring_the_width_that_was_foreseen():
    """Truths drawn from the classifier's own probabilities, as the forecast supposes."""
    case = spread(sure=0.85)
    reading = read(case, (), BLOOD, WORDS)
    found = width.of(reading, "blasts.ratio")
    group = width.open_cells(case, (), frozenset({"blast", "lymphocyte"}), frozenset({"blast"}), found.value)
    rng = np.random.default_rng(1)
    for number in (40, 100):
        widths = []
        for seed in range(25):
            kinds = {
                c.cell: str(rng.choice(list(c.probabilities), p=list(c.probabilities.values()))) for c in case.calls
            }
            drawn = sample.drawn(sample.frame(case), number, seed)
            same = design.estimate(case, said(kinds, drawn.cells), drawn, BLOOD, WORDS).blasts.same_cells
            widths.append(50 * (same.high - same.low))
        foreseen = width.points(width.read_at_random(dataclasses.replace(found, sampling=0.0), group, number))
        assert foreseen == pytest.approx(np.mean(widths), rel=0.1)


def test_more_of_either_never_foresees_a_wider_interval():
    found = plan(spread(sure=0.8), declared=60)
    assert 60 in [step.more for step in found.steps if step.kind == "cells"]
    for kind in ("cells", "fields"):
        points = [step.points for step in found.steps if step.kind == kind]
        assert points == sorted(points, reverse=True)


def test_the_number_needed_is_that_of_the_statistics_where_the_classifier_is_not_known():
    case = spread(stamp=dataclasses.replace(MEASURED, confusion={}))
    blasts = read(case, (), BLOOD, WORDS).blasts
    found = plan(case)
    assert found.mark == 20
    expected = statistics.needed(blasts.ratio, 0.2, blasts.total / blasts.effective_n)
    assert found.cells_needed == expected > 200


def test_the_fields_needed_would_bring_the_cells_needed():
    found = plan(spread(stamp=dataclasses.replace(MEASURED, confusion={})))
    assert found.cells_needed > 200
    assert (found.fields_needed - 1) * 20 < found.cells_needed - 200 <= found.fields_needed * 20
    assert f"about {found.cells_needed} counted cells in all" in found.advice


def test_a_mark_that_is_cleared_needs_nothing():
    found = plan(spread(share=12))
    assert (found.mark, found.cells_needed, found.fields_needed, found.reads_needed) == (20, 200, 0, 0)
    assert "leaves 20 %, the nearest mark, already" in found.advice


def test_the_classifiers_error_can_put_a_mark_out_of_reach_of_counting_alone():
    reading = read(spread(), (), BLOOD, WORDS)
    found = width.of(reading, "blasts.ratio")
    near = dataclasses.replace(found, value=0.21, interval=dataclasses.replace(found.interval, low=0.1, high=0.32))
    wide = dataclasses.replace(near, classifier=0.05**2)
    assert planner.cells_needed(wide, 20) is None
    narrow = dataclasses.replace(near, classifier=0.005**2)
    assert planner.cells_needed(narrow, 20) > planner.cells_needed(dataclasses.replace(near, classifier=0.0), 20)


def test_the_reads_needed_are_the_fewest_that_clear_the_mark():
    case = spread(share=6, sure=0.8)
    found = width.of(read(case, (), BLOOD, WORDS), "blasts.ratio")
    cells = width.open_cells(case, (), frozenset({"blast", "lymphocyte"}), frozenset({"blast"}), 0.3)
    easy = dataclasses.replace(
        found, value=0.3, sampling=0.05**2, interval=dataclasses.replace(found.interval, low=0.1)
    )
    needed = planner.reads_needed(easy, cells, 20)
    assert 1 < needed < 200
    assert width.read_at_random(easy, cells, needed) < 0.1**2 <= width.read_at_random(easy, cells, needed - 1)
    hopeless = dataclasses.replace(easy, sampling=0.2**2)
    assert planner.reads_needed(hopeless, cells, 20) is None


def test_cblc_has_no_marks():
    found = plan(spread(), share="cblc.ratio")
    assert (found.mark, found.cells_needed, found.reads_needed) == (None, None, None)
    assert found.steps
    assert "mark" not in found.advice


def test_the_rule_forbids_stopping_when_it_pleases():
    assert "Declare the number first" in plan(spread()).rule
    assert "optional stopping" in plan(spread()).rule


def test_nothing_is_planned_on_withheld_numbers():
    found = plan(seen(["blast"] * 10))
    assert found.withheld == "10 counted cells, fewer than 50"
    assert (found.steps, found.points, found.mark) == ((), None, None)


def test_the_advice_names_what_helps_more():
    few = seen((["blast"] + ["lymphocyte"] * 4) * 12, fields=5, stamp=MEASURED, sure=0.99)
    assert "More fields help most" in plan(few).advice
    assert "Reading cells helps most" in plan(spread(copies=12, sure=0.8)).advice
