"""A reader of backgrounds is found out, a reader of cells is cleared; the same request gives the same result."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from core.aggregate.ratios import ratios
from core.doors.robustness import Latest
from core.errors import BadInput, Conflict, ModelMismatch
from core.records import ModelStamp, Seen
from core.robustness import check, standing
from core.robustness.records import Asked, Badge, Robustness, Surroundings, Word, extent
from core.vocabulary import vocabulary
from tests.core.robustness import planted

WORDS = vocabulary("shipped16")


@cache
def found(around: bool) -> tuple[Seen, Robustness]:
    seen, result = planted.outcome(planted.fields(), planted.tools(around=around))
    assert result is not None
    return seen, result


def setting(result: Robustness, which: Surroundings):
    return next(one for one in result.settings if one.setting is which)


def test_who_reads_only_the_cell_is_robust() -> None:
    seen, result = found(False)
    assert len(result.tested) == len(seen.calls) == 96
    assert result.verdict.word is Word.ROBUST
    assert result.flipped == ()
    assert [one.flips.count for one in result.settings] == [0] * 5
    assert all(one.tested == 96 and not one.skipped for one in result.settings)
    assert {moved.move for one in result.settings for moved in one.moved} == {0.0}


def test_who_reads_only_the_background_is_fragile() -> None:
    seen, result = found(True)
    assert Counter(call.label for call in seen.calls) == dict.fromkeys(planted.KINDS, 24)
    other = setting(result, Surroundings.OTHER_CLASS)
    assert result.verdict.word is Word.FRAGILE
    assert (other.flips.count, other.flips.total) == (96, 96)
    assert other.towards is not None
    assert other.towards.count == 96, "each is called as the donor was"
    assert setting(result, Surroundings.SAME_CLASS).flips.count == 0
    assert any("96 of 96" in reason for reason in result.verdict.reasons)
    assert len(result.flipped) == 96
    called = {call.cell: call.label for call in seen.calls}
    for one in result.flipped:
        turn = next(turn for turn in one.turns if turn.setting is Surroundings.OTHER_CLASS)
        assert turn.label == called[turn.donor] != one.called == called[one.cell]


def test_glass_around_all_cells_makes_them_one_class_and_the_shares_say_so() -> None:
    _, result = found(True)
    masked = setting(result, Surroundings.MASKED)
    kinds = {turn.label for one in result.flipped for turn in one.turns if turn.setting is Surroundings.MASKED}
    assert len(kinds) == 1
    blasts = next(moved for moved in masked.moved if moved.id == "blasts.ratio")
    assert blasts.before == 25.0
    assert blasts.after in (0.0, 100.0)
    assert blasts.leaves
    assert blasts.crosses is not None
    assert [one.flips.count for one in masked.classes] == [0 if one.code in kinds else 24 for one in masked.classes]


@pytest.mark.parametrize("around", [False, True])
def test_shares_are_those_that_counting_gives(around: bool) -> None:
    """From the calls in a setting, by the one way in which shares are counted."""
    seen, result = found(around)
    for one in result.settings:
        turned = {f.cell: t.label for f in result.flipped for t in f.turns if t.setting is one.setting}
        calls = tuple(replace(call, label=turned.get(call.cell, call.label)) for call in seen.calls)
        stood = ratios(seen, (), planted.INFO, WORDS)
        now = ratios(replace(seen, calls=calls), (), planted.INFO, WORDS)
        for moved, before, after in zip(one.moved, (stood.cblc, stood.blasts), (now.cblc, now.blasts), strict=True):
            assert moved.id == before.id
            assert moved.before == pytest.approx(100 * before.ratio)
            assert moved.after == pytest.approx(100 * after.ratio)
            assert moved.move == pytest.approx(100 * (after.ratio - before.ratio))
            assert moved.interval.low <= moved.move <= moved.interval.high


def test_the_same_request_gives_the_same_result_and_another_seed_other_donors() -> None:
    uploads, tools, few = planted.fields(40), planted.tools(around=True), Asked(cells=24, seed=4)
    _, first = planted.outcome(uploads, tools, few)
    _, again = planted.outcome(uploads, tools, few)
    _, other = planted.outcome(uploads, tools, replace(few, seed=5))
    assert first == again
    assert first is not None
    assert other is not None
    donors = [{f.cell: t.donor for f in one.flipped for t in f.turns} for one in (first, other)]
    assert donors[0] != donors[1]
    assert len(first.tested) == 24
    assert {stratum.name: stratum.drawn for stratum in first.strata} == dict.fromkeys(planted.KINDS, 6)
    assert first.verdict.word is Word.UNDECIDED, "too few cells, whatever they do"


def test_it_is_watched_and_can_be_cancelled_between_batches() -> None:
    uploads, tools = planted.fields(40), planted.tools(around=False)
    told: list[tuple[str, int, int]] = []
    _, whole = planted.outcome(uploads, tools, tell=lambda *step: told.append(step))
    assert whole is not None
    assert told[-1] == ("surroundings", 200, 200)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    asked = iter([False, False, True])
    assert planted.outcome(uploads, tools, cancelled=lambda: next(asked))[1] is None


def test_only_the_weights_that_named_the_cells_are_asked() -> None:
    seen, _ = found(False)
    with pytest.raises(ModelMismatch):
        check.naming(planted.tools(around=True), seen)


def test_nothing_is_asked_of_a_case_without_cells() -> None:
    with pytest.raises(BadInput):
        check.sampled(found(False)[0], Asked(cells=0))
    empty = Seen(models=found(False)[0].models)
    drawn = check.sampled(empty, Asked())
    with pytest.raises(Conflict):
        check.check(empty, planted.cuts.Material({}, (), 1), lambda *_: [], planted.INFO, WORDS, drawn, Asked())


def test_a_result_speaks_of_its_calls_and_weights_and_of_what_counts_as_what() -> None:
    seen, result = found(True)
    assert standing.current([result], seen, planted.INFO, WORDS) is result
    first, *rest = seen.calls
    other = replace(seen, calls=(replace(first, label="other"), *rest))
    assert standing.current([result], other, planted.INFO, WORDS) is None
    newer = ModelStamp("reader of tiles", "e" * 64, "classifier", "tests", vocabulary="shipped16")
    assert standing.current([result], replace(seen, models=(newer,)), planted.INFO, WORDS) is None
    apl = replace(planted.INFO, findings=replace(planted.INFO.findings, apl=True))
    assert standing.current([result], seen, apl, WORDS) is None, "promyelocytes are blast equivalents now"
    assert standing.current([result], seen, replace(planted.INFO, note="seen twice"), WORDS) is result
    assert standing.badge([result], None) == "outdated"
    assert standing.badge([], None) == "not tested"
    assert standing.badge([result], result) == "fragile"


def test_a_test_of_fewer_kinds_takes_no_fuller_ones_place() -> None:
    seen, result = found(True)
    fewer = replace(result, asked=Asked(settings=(Surroundings.SAME_CLASS,)), number=2)
    other = replace(result, asked=Asked(settings=(Surroundings.MASKED,)), number=3)
    again = replace(result, number=4)
    assert standing.current([result, fewer, other], seen, planted.INFO, WORDS) is result
    assert standing.current([fewer, other], seen, planted.INFO, WORDS) is fewer
    assert standing.current([fewer, result], seen, planted.INFO, WORDS) is result
    assert standing.current([result, fewer, again], seen, planted.INFO, WORDS) is again
    smaller = replace(result, asked=replace(result.asked, cells=result.frame - 1), number=5)
    assert standing.current([result, smaller], seen, planted.INFO, WORDS) is result
    assert standing.current([smaller, result], seen, planted.INFO, WORDS) is result
    more = replace(result, asked=replace(result.asked, cells=10**6), number=6)
    assert standing.current([result, more], seen, planted.INFO, WORDS) is more, "no more cells than the case has"


def test_a_list_of_cases_says_so_without_the_calls() -> None:
    _, result = found(True)
    latest = Latest("run", result.calls, result.model, result.verdict.word, extent((), 1, 1))
    assert standing.listed(latest, "run", planted.INFO, WORDS) is Badge.FRAGILE
    assert standing.listed(latest, "run-2", planted.INFO, WORDS) is Badge.OUTDATED
    apl = replace(planted.INFO, findings=replace(planted.INFO.findings, apl=True))
    assert standing.listed(latest, "run", apl, WORDS) is Badge.OUTDATED
    assert standing.listed(None, "run", planted.INFO, WORDS) is Badge.NOT_TESTED
