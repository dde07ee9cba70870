"""Scripted replies through the real writer over HTTP: nothing unsupported gets through, good sentences do."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core import summaries
from core.evaluate.summaries import report
from core.evaluate.summaries.evaluation import Result, evaluate
from core.evaluate.summaries.made import KINDS, ORDER, Made, cases
from core.evaluate.summaries.sentences import SETS, Pattern, filled, patterns
from core.evaluate.summaries.server import serving
from core.writers import guard

KINDS_OF_BAD = {
    "a wrong number", "a number word", "a negation", "the wrong direction", "a comparison the wrong way round",
    "inverted syntax", "swapped classes", "an invented marker or class", "a fact that is withheld",
    "an order from a file name or a note", "another language", "nothing in it", "a diagnosis", "a treatment",
    "two true halves that make a falsehood", "a quantifier", "the right value beside the wrong noun", "a denominator",
    "letters that look alike", "who says so", "a hedged falsehood", "a claim that runs on", "scope confusion",
}  # fmt: skip


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """One case of each kind for each set: enough that nearly every phrasing is said. Read by the guard itself."""
    made = list(cases(len(KINDS)))
    return {name: read(name, made) for name in SETS}


def read(name: str, made: list[Made]) -> Result:
    result, known = Result(name), patterns(name)
    for case in made:
        for tried in filled(case, known, np.random.default_rng((1, case.number))):
            result.said[tried.pattern] += 1
            result.let_through[tried.pattern] += guard.judged(tried.text, case.asked, "m").sentence is not None
    return result


def test_nothing_unsupported_gets_through_whatever_it_tries(results: dict[str, Result]) -> None:
    tried = {pattern.kind for result in results.values() for pattern in result.said if not pattern.good}
    assert tried == KINDS_OF_BAD
    through = [p.text for result in results.values() for p in result.said if not p.good and result.wrong(p)]
    assert through == []


@pytest.mark.parametrize("name", [name for name in SETS if name != "tenth"])
def test_good_sentences_are_let_through(results: dict[str, Result], name: str) -> None:
    result = results[name]
    good = [pattern for pattern in result.said if pattern.good]
    assert len(good) > 40
    assert sum(map(result.wrong, good)) <= 0.05 * sum(result.said[pattern] for pattern in good)


@pytest.mark.parametrize("name", SETS)
def test_nearly_every_phrasing_is_said(results: dict[str, Result], name: str) -> None:
    assert len(results[name].said) >= len(patterns(name)) - 2


def test_through_the_real_writer_it_is_the_same_and_alerts_stay_and_nothing_typed_is_sent(results) -> None:
    result = evaluate("seventh", len(KINDS))
    assert result.said.keys() == results["seventh"].said.keys()
    assert {p: result.wrong(p) > 0 for p in result.said} == {p: results["seventh"].wrong(p) > 0 for p in result.said}
    assert result.dropped == result.leaked == 0
    assert result.replies >= 2 * len(KINDS)


def test_a_case_is_the_same_for_the_same_number() -> None:
    first, second = (list(cases(len(KINDS))) for _ in range(2))
    assert [summaries.content(case.asked.facts) for case in first] == [
        summaries.content(case.asked.facts) for case in second
    ]
    assert tuple(case.kind for case in first) == KINDS
    assert not any(ORDER in str(case.asked) for case in first)


def test_the_report_tells_what_went_wrong_and_how_sure_that_is() -> None:
    result = Result("made", 1, 2)
    bad, good = Pattern("<X> are many.", "a quantifier", good=False), Pattern("It is {x}.", "cell", good=True)
    result.said.update({bad: 4, good: 2})
    result.let_through.update({bad: 1, good: 2})
    result.examples[bad] = ("Blasts are many.", "let through")
    page = report.text([result])
    assert "| unsupported, let through (goal: none) | 1 of 4 (25.0%) | 1 of 1 | at most 100.0% |" in page
    assert "| good, refused (goal: at most 5 %) | 0 of 2 (0.0%) | 0 of 1 |" in page
    assert "LET THROUGH: 'Blasts are many.'" in page
    rows = json.loads(report.as_json([result]))["sets"][0]["phrasings"]
    assert [(row["said"], row["wrong"]) for row in rows] == [(4, 1), (2, 0)]
    assert "phrasings resampled" not in page
    result.let_through.update({good: -1})
    assert "| the same, phrasings resampled | 50.0% to 50.0% | | |" in report.text([result])
    assert report.bound(0, 59) == pytest.approx(0.0495, abs=0.0001)  # the rule of three
    assert report.interval(0, 10)[0] == 0.0


def test_every_reply_is_another_servers_and_ends_with_it() -> None:
    with serving() as one, serving() as two:
        assert one.url != two.url


def test_patterns_are_filled_to_the_last_letter() -> None:
    for case in cases(len(KINDS)):
        for tried in filled(case, patterns("first"), np.random.default_rng(0)):
            assert "<x" not in tried.text.lower()
            assert "{x}" not in tried.text
