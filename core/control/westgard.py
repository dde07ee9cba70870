"""Westgard's rules, each a function of z-scores in the order of the runs: which points complete its pattern.

1-2s only warns: of good runs 1 in 22 goes beyond two SD of a figure. Every other rule rejects. The rules are those of
Westgard et al., Clin Chem 1981;27:493, for one control material; R-4s is taken between consecutive runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

Rule = Callable[[Sequence[float]], list[bool]]


def one_2s(scores: Sequence[float]) -> list[bool]:
    """Beyond 2 SD: look closer."""
    return [abs(score) > 2 for score in scores]


def one_3s(scores: Sequence[float]) -> list[bool]:
    """Beyond 3 SD."""
    return [abs(score) > 3 for score in scores]


def two_2s(scores: Sequence[float]) -> list[bool]:
    """Two in a row beyond the same 2 SD."""
    return _all_beyond(scores, 2, 2.0)


def r_4s(scores: Sequence[float]) -> list[bool]:
    """One beyond +2 SD and the next beyond −2 SD, or the other way round."""
    return [False, *(_apart(one, other) for one, other in pairwise(scores))][: len(scores)]


def four_1s(scores: Sequence[float]) -> list[bool]:
    """Four in a row beyond the same 1 SD."""
    return _all_beyond(scores, 4, 1.0)


def ten_x(scores: Sequence[float]) -> list[bool]:
    """Ten in a row on the same side of the mean."""
    return _all_beyond(scores, 10, 0.0)


WARNS = "1-2s"
RULES: dict[str, Rule] = {
    WARNS: one_2s,
    "1-3s": one_3s,
    "2-2s": two_2s,
    "R-4s": r_4s,
    "4-1s": four_1s,
    "10x": ten_x,
}
MEANING = {
    "1-2s": "one run beyond 2 SD (a warning)",
    "1-3s": "one run beyond 3 SD",
    "2-2s": "two in a row beyond the same 2 SD",
    "R-4s": "two in a row more than 4 SD apart, beyond +2 and −2 SD",
    "4-1s": "four in a row beyond the same 1 SD",
    "10x": "ten in a row on the same side of the mean",
}


def broken(scores: Sequence[float]) -> list[tuple[str, ...]]:
    """For each point the rules whose pattern it completes. 1-2s goes unsaid where a rejecting rule speaks."""
    by_rule = {name: rule(scores) for name, rule in RULES.items()}
    found = [tuple(name for name in RULES if by_rule[name][at]) for at in range(len(scores))]
    return [names if names == (WARNS,) else tuple(name for name in names if name != WARNS) for names in found]


def _all_beyond(scores: Sequence[float], run: int, limit: float) -> list[bool]:
    """The last `run` points all above +limit, or all below −limit."""
    return [
        at + 1 >= run
        and (
            all(score > limit for score in scores[at + 1 - run : at + 1])
            or all(score < -limit for score in scores[at + 1 - run : at + 1])
        )
        for at in range(len(scores))
    ]


def _apart(one: float, other: float) -> bool:
    return (one > 2 and other < -2) or (one < -2 and other > 2)
