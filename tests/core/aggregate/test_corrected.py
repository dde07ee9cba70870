"""Which cells are corrected, by which confusion, and when none are."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aggregate.corrected import called, case_of, group_of, likely, of, votes
from core.aggregate.counting import groups
from core.aggregate.ratios import ratios
from core.records import Call, CaseInfo, Cell, Confusion, Domain, Findings, ModelStamp, Review, Seen, Specimen
from core.vocabulary import vocabulary

WORDS = vocabulary("shipped16")
BLOOD = CaseInfo("P", Specimen.BLOOD)
ONE = ((90.0, 8, 2), (10.0, 180, 10), (2.0, 8, 90))
CBLC, BLASTS = Confusion((ONE,) * 8, (ONE,) * 8), Confusion((ONE,) * 7, (ONE,) * 7)
STAMP = ModelStamp("net", "f" * 16, "classifier", "real", "", "shipped16", {"cblc": CBLC, "blasts": BLASTS})
BOX = np.array([[0, 0], [9, 0], [9, 9]], np.float32)


def seen(labels: list[str], stamp: ModelStamp = STAMP) -> Seen:
    cells = tuple(Cell(f"c{i}", "image", (0, 0, 9, 9), BOX, 0.9) for i in range(len(labels)))
    calls = tuple(Call(f"c{i}", label, {label: 0.8, "monocyte": 0.2}, stamp.digest) for i, label in enumerate(labels))
    return Seen(cells=cells, calls=calls, models=(stamp,))


def reviewed(cell: str, now: str) -> Review:
    return Review(cell, "reader", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "blast", now)


MIX = ["blast"] * 30 + ["lymphocyte"] * 80 + ["smudge"] * 15 + ["promyelocyte"] * 5


def test_both_composites_are_corrected_beside_the_raw_shares():
    found = ratios(seen(MIX), (), BLOOD, WORDS)
    cblc, blasts = found.corrected
    assert (cblc.share, blasts.share) == ("cblc.ratio", "blasts.ratio")
    assert (cblc.patients, blasts.patients) == (8, 7)
    for one, raw in ((cblc, found.cblc), (blasts, found.blasts)):
        assert one.withheld == ""
        assert one.value != raw.ratio
        assert one.same_cells.low <= one.value <= one.same_cells.high
        assert one.patient.high - one.patient.low > one.same_cells.high - one.same_cells.low
    assert any("Only the intervals of the corrected shares" in w for w in found.warnings)


def test_what_a_person_named_is_known_and_the_rest_is_corrected():
    group = groups(WORDS, Specimen.BLOOD, Findings())
    said = votes(seen(MIX), [reviewed("c0", "lymphocyte"), reviewed("elsewhere", "blast")])
    case = case_of(said, group.counted, group.cblc)
    assert case.known.tolist() == [0, 1, 0]
    assert case.called.tolist() == [34, 80, 15]
    assert case.probable[0].sum() == pytest.approx(34)
    assert case.probable[0, 0] == pytest.approx(0.8 * 34)


def test_apl_reads_the_blasts_by_the_wider_confusion():
    apl = replace(BLOOD, findings=Findings(apl=True))
    _, blasts = ratios(seen(MIX), (), apl, WORDS).corrected
    assert blasts.patients == 8


@pytest.mark.parametrize(
    ("info", "stamp", "why"),
    [
        (replace(BLOOD, domain=Domain.PROCEDURAL), STAMP, "synthetic"),
        (replace(BLOOD, specimen=Specimen.MARROW), STAMP, "not on marrow"),
        (BLOOD, replace(STAMP, confusion={}), "not known"),
        (BLOOD, replace(STAMP, domain="procedural"), "drawn cells"),
    ],
)
def test_where_the_confusion_does_not_belong_nothing_is_corrected(info, stamp, why):
    found = ratios(seen(MIX, stamp), (), info, WORDS)
    for one in found.corrected:
        assert why in one.withheld
        assert one.value is None
    assert any("do not hold the classifier's error" in w for w in found.warnings)


def test_two_classifiers_in_one_case_are_not_corrected_as_one():
    other = replace(STAMP, digest="e" * 16)
    both = replace(seen(MIX), models=(STAMP, other))
    group = groups(WORDS, Specimen.BLOOD, Findings())
    found = ratios(both, (), BLOOD, WORDS)
    assert of(both, (), BLOOD, group, (found.cblc,))[0].withheld.startswith("more than one")


def test_half_the_cells_named_by_a_classifier_without_confusion_are_not_corrected_by_the_other_one():
    other = replace(STAMP, digest="e" * 16, confusion={})
    found = ratios(replace(seen(MIX), models=(STAMP, other)), (), BLOOD, WORDS)
    assert all(one.withheld.startswith("more than one") for one in found.corrected)


def test_calls_of_cells_that_are_not_there_are_no_cells():
    whole = seen(MIX)
    group = groups(WORDS, Specimen.BLOOD, Findings())
    said = votes(replace(whole, cells=whole.cells[:10]), ())
    assert case_of(said, group.counted, group.cblc).called.sum() == 10


LISTS = st.dictionaries(st.sampled_from(WORDS.codes), st.floats(0.001, 1), min_size=1, max_size=16)


@given(st.lists(LISTS, max_size=12))
def test_sums_by_group_are_those_of_a_loop_over_cells_to_the_last_digit(lists):
    group = groups(WORDS, Specimen.BLOOD, Findings())
    calls = tuple(Call(f"c{i}", next(iter(its)), its, STAMP.digest) for i, its in enumerate(lists))
    whole = replace(seen(["blast"] * len(lists)), calls=calls)
    for members in (group.cblc, group.blasts):
        looped = np.zeros((len(lists), 3))
        for row, its in zip(looped, lists, strict=True):
            for label, probability in its.items():
                row[group_of(label, group.counted, members)] += probability
        looped /= np.maximum(looped.sum(axis=1, keepdims=True), 1e-12)
        case = case_of(votes(whole, ()), group.counted, members)
        assert (case.products == looped.T @ looped).all()


@given(st.lists(st.tuples(LISTS, st.booleans(), st.booleans()), max_size=12))
def test_after_reviews_the_votes_are_those_of_the_cells_that_are_left(cells):
    """As if only those cells had been there: what is kept of a run leaves nobody out and adds nobody."""
    calls = tuple(
        Call(f"c{i}", next(iter(its)), its, STAMP.digest, oddness=0.995 if odd else 0.5, possible=tuple(its)[:2])
        for i, (its, odd, _) in enumerate(cells)
    )
    whole = replace(seen(["blast"] * len(cells)), calls=calls)
    named = {f"c{i}" for i, (_, _, reviewed_) in enumerate(cells) if reviewed_}
    group = groups(WORDS, Specimen.BLOOD, Findings())
    said = votes(whole, [reviewed(cell, "lymphocyte") for cell in sorted(named)])
    left = votes(replace(whole, calls=tuple(call for call in calls if call.cell not in named)), ())
    assert said.cells == left.cells
    assert (said.odd == left.odd).all()
    assert (said.unsure == left.unsure).all()
    assert (called(said, group.counted, group.cblc) == called(left, group.counted, group.cblc)).all()
    assert (likely(said, group.counted, group.cblc) == likely(left, group.counted, group.cblc)).all()
    assert said.said == dict.fromkeys(named, "lymphocyte")


def test_apl_in_a_vocabulary_whose_cblc_is_wider_than_its_blasts_is_not_corrected():
    eight = vocabulary("cblc8")
    stamp = replace(STAMP, vocabulary="cblc8")
    apl = replace(BLOOD, findings=Findings(apl=True), vocabulary="cblc8")
    group = groups(eight, Specimen.BLOOD, apl.findings)
    assert group.blasts != group.cblc
    _, blasts = ratios(seen(["N"] * 60 + ["x_lymphoid"] * 40, stamp), (), apl, eight).corrected
    assert "not known" in blasts.withheld


def test_a_value_that_correction_carries_over_a_mark_is_said():
    """The calls stand clear above 20 %, the corrected share clear below: neither may pass without the other."""
    noisy = Confusion(
        (((95.0, 5, 0), (12.0, 180, 8), (2.0, 8, 90)),) * 8, (((95.0, 5, 0), (12.0, 180, 8), (2.0, 8, 90)),) * 8
    )
    stamp = replace(STAMP, confusion={"cblc": noisy, "blasts": noisy})
    found = ratios(seen(["blast"] * 1400 + ["lymphocyte"] * 4600, stamp), (), BLOOD, WORDS)
    assert found.blasts.interval.low > 0.2 > found.corrected[1].patient.high
    assert any("lie below 20 %" in text for text in found.advice)


def test_a_mark_that_only_sampling_seems_to_settle_is_said_to_be_open():
    mix = ["blast"] * 58 + ["lymphocyte"] * 142
    noisy = tuple(
        ((60.0 + 20 * (k % 3 - 1), 35 - 20 * (k % 3 - 1), 5), (20.0, 170, 10), (5.0, 5, 90)) for k in range(9)
    )
    stamp = replace(STAMP, confusion={"cblc": Confusion(noisy, noisy), "blasts": Confusion(noisy, noisy)})
    found = ratios(seen(mix, stamp), (), BLOOD, WORDS)
    wide, narrow = found.corrected[1].patient, found.blasts.interval
    assert wide.low < 0.2 <= wide.high
    assert narrow.low >= 0.2
    assert any("either side of 20 %" in text for text in found.advice)
