"""One word for a case: what speaks for it is beyond chance, and too few cells say nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.readings import Interval
from core.robustness import measured, verdict
from core.robustness.records import InSetting, Moved, Surroundings, Turn, Word

STILL = Moved("cblc.ratio", "CBLC-3", "%", 30.0, 30.0, Interval(25.0, 35.0), 0.0, Interval(-1.2, 1.2), case=30.0)
QUIET = InSetting(Surroundings.OTHER_CLASS, measured.rate(3, 300), moved=(STILL,), tested=300)


def moving(move: float, half: float, **more: object) -> InSetting:
    interval = Interval(move - half, move + half)
    return replace(QUIET, moved=(replace(STILL, after=30 + move, move=move, interval=interval, **more),))


@pytest.mark.parametrize(
    ("setting", "word", "because"),
    [
        (QUIET, Word.ROBUST, ""),
        (moving(7.0, 1.5), Word.FRAGILE, "CBLC-3: moves by +7.0 points among surroundings of another class."),
        (moving(-7.0, 1.5), Word.FRAGILE, "CBLC-3: moves by −7.0 points"),
        (moving(7.0, 3.0), Word.UNDECIDED, "may move by up to 10.0 points"),
        (moving(7.0, 3.0, leaves=True), Word.FRAGILE, "out of its own interval"),
        (moving(2.0, 3.0, leaves=True), Word.ROBUST, ""),
        (moving(2.0, 1.0, crosses=20), Word.FRAGILE, "across 20 %"),
        (moving(0.5, 1.5, crosses=20), Word.UNDECIDED, "would stand across 20 %"),
        (replace(QUIET, moved=(replace(STILL, after=None, own=None, move=None, interval=None),)),
         Word.UNDECIDED, "CBLC-3: no cell is counted as it lies, or none among surroundings of another class"),
        (moving(7.0, 1.5, together=Interval(-1.0, 15.0)), Word.UNDECIDED, "may move by up to 8.5 points"),
        (moving(3.0, 1.5, leaves=True, together=Interval(-0.5, 6.5)), Word.UNDECIDED, "among so many looks by chance"),
        (moving(3.0, 1.5, leaves=True, together=Interval(0.5, 5.5)), Word.FRAGILE, "out of its own interval"),
        (replace(QUIET, flips=measured.rate(60, 300)), Word.UNDECIDED, "Up to 25 % of cells may be called otherwise"),
        (replace(QUIET, flips=measured.rate(70, 300)), Word.FRAGILE, "70 of 300 cells are called otherwise"),
        (replace(QUIET, flips=measured.rate(40, 300)), Word.UNDECIDED, "Up to 18 % of cells may be called otherwise"),
        (replace(QUIET, moved=(replace(STILL, unit="log10", move=1.0, interval=Interval(0.9, 1.1), leaves=True),)),
         Word.ROBUST, ""),
    ],
)  # fmt: skip
def test_the_word_follows_from_what_is_beyond_chance(setting: InSetting, word: Word, because: str) -> None:
    found = verdict.judged([QUIET, setting], 300)
    assert found.word is word
    assert because in " ".join(found.reasons)
    assert bool(found.reasons) is bool(because)
    assert found.limits == verdict.LIMITS


def test_too_few_cells_or_no_setting_say_nothing() -> None:
    assert verdict.judged([moving(40.0, 1.0)], 49).word is Word.UNDECIDED
    skipped = InSetting(Surroundings.DRAWN, measured.rate(0, 0), skipped="no bank")
    assert verdict.judged([skipped], 300).said == "No setting could be made."
    assert verdict.judged([QUIET], 1).said.startswith("1 cell was tested")
    without = verdict.judged([QUIET, skipped], 300)
    assert without.word is Word.ROBUST
    assert without.reasons == ("Not made on a drawn background: no bank.",)


def test_a_share_that_may_move_in_many_settings_is_named_once_where_it_may_move_furthest() -> None:
    several = [replace(moving(0.0, 5.5 + k), setting=one) for k, one in enumerate(Surroundings)]
    found = verdict.judged(several, 300)
    assert found.word is Word.UNDECIDED
    assert found.reasons == ("CBLC-3: may move by up to 9.5 points with the surroundings masked out.",)


def test_who_leaves_kinds_of_surroundings_out_is_told_of_no_robust_case() -> None:
    left_out = [one for one in Surroundings if one is not Surroundings.OTHER_CLASS]
    found = verdict.judged([QUIET], 300, left_out)
    assert found.word is Word.UNDECIDED
    assert len(found.reasons) == 4
    assert verdict.judged([moving(7.0, 1.5)], 300, left_out).word is Word.FRAGILE


def test_a_cell_that_one_setting_renames_may_be_chance() -> None:
    turns = [Turn(one, "blast", "") for one in Surroundings]
    assert [verdict.fragile(turns[:n]) for n in range(4)] == [False, False, True, True]


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_weighted_shares_are_those_of_the_cells_they_stand_for(labels: list[str], random) -> None:
    """A cell of weight three counts as three cells."""
    weights = [random.randint(1, 4) for _ in labels]
    many = [label for label, weight in zip(labels, weights, strict=True) for _ in range(weight)]
    found = measured.ratio(labels, measured.np.array(weights, float), {"a"}, {"a", "b"})
    counted = [label for label in many if label in "ab"]
    assert found == (pytest.approx(counted.count("a") / len(counted)) if counted else None)
