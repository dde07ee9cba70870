"""The design-based share: unbiased, covered as it says, from random reads of a finished sample and nothing else."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import labels
from core.errors import NotFound
from core.records import Stream
from core.review import design, sample
from core.review.design import Group
from tests.core.review.made import BLOOD, KINDS, WORDS, confused, said, seen


def simulated(seed, cells=250, share=0.2, right=(0.8, 0.95, 0.9)):
    """A case, the truth of each cell, and the true share of these very cells."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, cells, p=[0.9 * share, 0.9 * (1 - share), 0.1])
    called = confused(rng, truth, right)
    case = seen([KINDS[n] for n in called])
    kinds = {cell.id: KINDS[n] for cell, n in zip(case.cells, truth, strict=True)}
    return case, kinds, float((truth == 0).sum() / (truth < 2).sum())


def doubtful(case, kinds, number):
    """Targeted reviews: cells called blasts first, as doubt would pick them."""
    picked = sorted(case.calls, key=lambda call: (call.label != "blast", call.cell))[:number]
    return said(kinds, [call.cell for call in picked], Stream.TARGETED, actor="somebody", hours=1)


def test_random_review_covers_as_it_says_and_targeted_review_changes_nothing():
    same = patient = 0
    rounds, share, error = 300, 0.2, []
    for number in range(rounds):
        case, kinds, true = simulated(number, share=share)
        drawn = sample.drawn(sample.frame(case), 70, number)
        reads = said(kinds, drawn.cells)
        found = design.estimate(case, reads, drawn, BLOOD, WORDS)
        if number % 10 == 0:  # the same to the last digit, so the coverage with targeted review is this one
            assert design.estimate(case, [*doubtful(case, kinds, 40), *reads], drawn, BLOOD, WORDS) == found
        one = found.blasts
        same += one.same_cells.low <= true <= one.same_cells.high
        patient += one.patient.low <= share <= one.patient.high
        error.append(one.value - true)
    assert 0.93 <= same / rounds <= 0.97
    assert 0.93 <= patient / rounds <= 0.97
    assert abs(np.mean(error)) < 3 * np.std(error) / np.sqrt(rounds)


def test_settled_labels_after_targeted_review_would_not_cover():
    """Why the two streams are kept apart: the corrected count of a case whose doubtful cells were read is biased."""
    off = []
    for number in range(60):
        case, kinds, true = simulated(number)
        named = labels.settled(case, doubtful(case, kinds, 40)).values()
        off.append(sum(label == "blast" for label in named) / sum(label != "smudge" for label in named) - true)
    assert np.mean(off) < -0.02  # false blasts are found and missed ones are not


def coverage(share, right, n, cells=300, rounds=300, strata=False):
    """Of the two intervals, on tables of calls: quicker than whole cases."""
    same = patient = 0
    for number in range(rounds):
        rng = np.random.default_rng(number)
        truth = rng.choice(3, cells, p=[0.9 * share, 0.9 * (1 - share), 0.1])
        called = confused(rng, truth, right)
        if strata:
            drawn = sample.stratified({str(i): str(g) for i, g in enumerate(called)}, n, number)
        else:
            drawn = sample.drawn([str(i) for i in range(cells)], n, number)
        read = np.array([int(cell) for cell in drawn.cells])
        table = [
            Group(g, int((called == g).sum()), np.bincount(truth[read][called[read] == g], minlength=3).astype(float))
            for g in range(3)
            if (called == g).any()
        ]
        expected = design.weighted(table)
        value, true = expected[0] / expected[:2].sum(), (truth == 0).sum() / (truth < 2).sum()
        found = design.intervals(table, value, 1.0, number, 600)
        same += found[0].low - 1e-12 <= true <= found[0].high + 1e-12
        patient += found[1].low <= share <= found[1].high
    return same / rounds, patient / rounds


@pytest.mark.parametrize(
    ("share", "right", "n", "strata"),
    [
        (0.01, (0.8, 0.99, 0.9), 60, False),
        (0.02, (0.7, 0.98, 0.9), 60, True),
        (0.98, (0.98, 0.8, 0.9), 60, False),
        (0.3, (1.0, 1.0, 1.0), 40, False),  # a classifier without an error is not known to be one
        (0.1, (0.6, 0.8, 0.7), 30, True),
    ],
)
def test_small_and_large_shares_are_covered_too(share, right, n, strata):
    """Discrete counts cannot be covered exactly; too often is allowed near the ends, too seldom is not."""
    assert min(coverage(share, right, n, strata=strata)) >= 0.93


def test_nothing_is_left_open_once_every_cell_is_read():
    case, kinds, true = simulated(5)
    drawn = sample.drawn(sample.frame(case), 250, 1)
    found = design.estimate(case, said(kinds, drawn.cells), drawn, BLOOD, WORDS)
    assert found.blasts.value == pytest.approx(true)
    assert (found.blasts.same_cells.low, found.blasts.same_cells.high) == pytest.approx((true, true))
    assert found.blasts.patient.low < true < found.blasts.patient.high


def test_an_unfinished_sample_says_nothing_and_why():
    case, kinds, _ = simulated(1)
    drawn = sample.drawn(sample.frame(case), 50, 1)
    found = design.estimate(case, said(kinds, drawn.cells[:49]), drawn, BLOOD, WORDS)
    assert (found.declared, found.read) == (50, 49)
    assert found.blasts.value is found.blasts.patient is found.cblc.same_cells is None
    assert found.withheld.startswith("49 of 50 declared cells are read: there is no estimate before")


def test_a_targeted_or_observers_read_does_not_finish_a_sample():
    case, kinds, _ = simulated(1)
    drawn = sample.drawn(sample.frame(case), 50, 1)
    reads = said(kinds, drawn.cells[:49])
    for stream in (Stream.TARGETED, Stream.OBSERVER, Stream.ADJUDICATED):
        assert design.estimate(case, reads + said(kinds, drawn.cells[49:], stream), drawn, BLOOD, WORDS).read == 49


def test_a_read_taken_back_is_none():
    case, kinds, _ = simulated(1)
    drawn = sample.drawn(sample.frame(case), 50, 1)
    back = [dataclasses.replace(one, reason=labels.TAKEN_BACK) for one in said(kinds, drawn.cells[:1], hours=2)]
    assert design.estimate(case, [*said(kinds, drawn.cells), *back], drawn, BLOOD, WORDS).read == 49


def test_reads_with_the_call_in_view_are_told_and_a_blinded_one_is_kept():
    case = seen(["lymphocyte"] * 20)
    truth = {cell.id: "blast" for cell in case.cells}
    drawn = sample.drawn(sample.frame(case), 20, 1)
    blind, after = (
        said(truth, drawn.cells),
        said(dict.fromkeys(truth, "lymphocyte"), drawn.cells, saw_call=True, hours=1),
    )
    kept = design.estimate(case, blind + after[:3], drawn, BLOOD, WORDS)
    assert (kept.blasts.value, kept.anchored) == (1.0, 0)
    assert "3 cells named otherwise once the call was shown" in kept.notes[0]
    anchored = design.estimate(case, after, drawn, BLOOD, WORDS)
    assert (anchored.blasts.value, anchored.anchored) == (0.0, 20)
    assert anchored.notes[0].startswith("Anchored: 20 of 20 reads")


def test_what_settled_a_random_read_counts_in_its_place():
    case = seen(["lymphocyte"] * 20)
    truth = {cell.id: "lymphocyte" for cell in case.cells}
    drawn = sample.drawn(sample.frame(case), 20, 1)
    settled = said(dict.fromkeys(truth, "blast"), drawn.cells[:5], Stream.ADJUDICATED, hours=1)
    assert design.estimate(case, [*said(truth, drawn.cells), *settled], drawn, BLOOD, WORDS).blasts.value == 0.25


def test_a_sample_of_other_cells_is_refused_with_the_reason():
    case, kinds, _ = simulated(1)
    drawn = sample.drawn([*sample.frame(case), "gone"], 251, 1)
    reads = said(kinds | {"gone": "blast"}, drawn.cells)
    assert "1 of the 251 cells drawn are not among" in design.estimate(case, reads, drawn, BLOOD, WORDS).withheld
    part = sample.drawn(sample.frame(case)[:200], 50, 1)
    assert "drawn from 200 cells" in design.estimate(case, said(kinds, part.cells), part, BLOOD, WORDS).withheld


def test_a_stratified_sample_is_refused_once_the_calls_have_changed():
    case, kinds, true = simulated(1)
    drawn = sample.stratified(sample.call_groups(case, BLOOD, WORDS), 80, 1)
    reads = said(kinds, drawn.cells)
    found = design.estimate(case, reads, drawn, BLOOD, WORDS)
    assert found.blasts.same_cells.low <= true <= found.blasts.same_cells.high
    other = seen(["lymphocyte"] * 250)
    assert "groups of calls have changed" in design.estimate(other, reads, drawn, BLOOD, WORDS).withheld
    calls = list(case.calls)
    place = next(n for n, call in enumerate(calls) if call.cell not in drawn.cells and call.label == "lymphocyte")
    calls[place] = dataclasses.replace(calls[place], label="blast")
    one = dataclasses.replace(case, calls=tuple(calls))
    assert "groups of calls have changed" in design.estimate(one, reads, drawn, BLOOD, WORDS).withheld


def test_a_label_from_elsewhere_is_refused():
    case, kinds, _ = simulated(1)
    drawn = sample.drawn(sample.frame(case), 5, 1)
    with pytest.raises(NotFound):
        design.estimate(case, said(dict.fromkeys(kinds, "N1"), drawn.cells), drawn, BLOOD, WORDS)


def test_without_a_counted_cell_there_is_no_share():
    case = seen(["smudge"] * 30)
    drawn = sample.drawn(sample.frame(case), 30, 1)
    found = design.estimate(case, said(dict.fromkeys(drawn.cells, "smudge"), drawn.cells), drawn, BLOOD, WORDS)
    assert (found.withheld, found.cblc.value) == ("no counted cell is in the sample", None)


def test_cells_that_like_each_other_widen_the_patients_interval_alone():
    called = ["blast", "lymphocyte", "lymphocyte", "lymphocyte", "lymphocyte"] * 40
    spread, lumped = seen(called, fields=8), seen(sorted(called), fields=1)
    images = tuple(dataclasses.replace(cell, image=f"image{n // 25}") for n, cell in enumerate(lumped.cells))
    lumped = dataclasses.replace(lumped, cells=images, images=spread.images)
    found = []
    for case in (spread, lumped):
        kinds = {call.cell: call.label for call in case.calls}
        drawn = sample.drawn(sample.frame(case), 200, 1)
        found.append(design.estimate(case, said(kinds, drawn.cells), drawn, BLOOD, WORDS).blasts)
    assert found[0].same_cells == found[1].same_cells
    widths = [one.patient.high - one.patient.low for one in found]
    assert widths[1] > 2 * widths[0]


@given(st.integers(0, 1000), st.integers(1, 60), st.booleans())
@settings(max_examples=25)
def test_the_value_lies_in_its_intervals_and_the_patients_holds_the_other(seed, n, strata):
    case, kinds, _ = simulated(seed, cells=60, share=0.3)
    group = sample.call_groups(case, BLOOD, WORDS)
    n = max(n, len(set(group.values())))
    drawn = sample.stratified(group, n, seed) if strata else sample.drawn(sample.frame(case), n, seed)
    found = design.estimate(case, said(kinds, drawn.cells), drawn, BLOOD, WORDS)
    for one in (found.cblc, found.blasts) if not found.withheld else ():
        assert 0 <= one.patient.low <= one.same_cells.low <= one.value <= one.same_cells.high <= one.patient.high <= 1
