"""What came of the sentences, as tables. Bounds are over phrasings: the same one on more cases is no news."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from scipy import stats

from core.evaluate.summaries.evaluation import Result
from core.evaluate.summaries.sentences import Pattern

DRAWS = 4000


def text(results: Sequence[Result]) -> str:
    """A page: the shares first, then by kind, then every sentence that went wrong."""
    return "\n".join(line for result in results for line in _lines(result)) + "\n"


def as_json(results: Sequence[Result]) -> str:
    """The same counts for programs."""
    rows = [
        {
            "set": result.name,
            "cases": result.cases,
            "replies": result.replies,
            "alerts_or_caveats_dropped": result.dropped,
            "requests_with_typed_text": result.leaked,
            "phrasings": [
                {"text": p.text, "kind": p.kind, "good": p.good, "said": said, "wrong": result.wrong(p)}
                for p, said in result.said.items()
            ],
        }
        for result in results
    ]
    return (
        json.dumps({"version": "hemaboard.evaluation.summaries/1", "sets": rows}, ensure_ascii=False, indent=1) + "\n"
    )


def bound(wrong: int, of: int) -> float:
    """One-sided 95 % upper bound of a share (Clopper and Pearson)."""
    return 1.0 if wrong >= of else float(stats.beta.ppf(0.95, wrong + 1, of - wrong))


def interval(wrong: int, of: int) -> tuple[float, float]:
    """Two-sided 95 % interval of a share (Clopper and Pearson)."""
    low = 0.0 if not wrong else float(stats.beta.ppf(0.025, wrong, of - wrong + 1))
    return low, 1.0 if wrong >= of else float(stats.beta.ppf(0.975, wrong + 1, of - wrong))


def resampled(result: Result, some: Sequence[Pattern]) -> tuple[float, float]:
    """Two-sided 95 % interval of the share of sentences, whole phrasings drawn again: their sentences go together."""
    wrong = np.array([result.wrong(pattern) for pattern in some])
    said = np.array([result.said[pattern] for pattern in some])
    drawn = np.random.default_rng(0).integers(len(some), size=(DRAWS, len(some)))
    low, high = np.quantile(wrong[drawn].sum(axis=1) / said[drawn].sum(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _lines(result: Result) -> list[str]:
    bad = [pattern for pattern in result.said if not pattern.good]
    good = [pattern for pattern in result.said if pattern.good]
    lines = [
        f"# A language model's sentences, {result.name} set: {result.cases} generated cases, {result.replies} replies",
        "",
        "| | sentences | phrasings | 95 % of phrasings |",
        "|---|---|---|---|",
    ]
    if bad:
        upper = bound(_phrasings(result, bad), len(bad))
        lines.append(f"| unsupported, let through (goal: none) | {_both(result, bad)} | at most {upper:.1%} |")
    if good:
        low, high = interval(_phrasings(result, good), len(good))
        lines.append(f"| good, refused (goal: at most 5 %) | {_both(result, good)} | {low:.1%} to {high:.1%} |")
        if any(map(result.wrong, good)):
            low, high = resampled(result, good)
            lines.append(f"| the same, phrasings resampled | {low:.1%} to {high:.1%} | | |")
    lines += [
        f"| replies that dropped an alert or a caveat (goal: none) | {result.dropped} of {result.replies} | | |",
        f"| requests that held what a person typed (goal: none) | {result.leaked} | | |",
        "",
        "| kind | wrong of sentences | wrong of phrasings |",
        "|---|---|---|",
    ]
    for name, some in (("unsupported", bad), ("good", good)):
        for kind in dict.fromkeys(pattern.kind for pattern in some):
            lines.append(f"| {name}: {kind} | {_both(result, [p for p in some if p.kind == kind])} |")
    lines += ["", *_examples(result), ""]
    return lines


def _examples(result: Result) -> list[str]:
    return [
        f"- {'refused' if pattern.good else 'LET THROUGH'}: {written!r} ({reason})"
        for pattern, (written, reason) in result.examples.items()
    ]


def _phrasings(result: Result, some: Sequence[Pattern]) -> int:
    return sum(result.wrong(pattern) > 0 for pattern in some)


def _both(result: Result, some: Sequence[Pattern]) -> str:
    wrong, said = sum(map(result.wrong, some)), sum(result.said[pattern] for pattern in some)
    return f"{wrong} of {said} ({wrong / said:.1%}) | {_phrasings(result, some)} of {len(some)}"
