"""From evidence to a verdict. Decided on the bounds of intervals, never on a value alone.

A criterion is met when its whole 95 % interval lies on the right side of the limit, not met when it lies wholly on the
wrong side, and not decidable otherwise: absence of evidence is never "go". All criteria must be met for a go, so many
criteria need no correction for their number (an intersection–union test).

    too few cases or cells             no verdict, whatever the rest shows
    a no-go criterion is not met       no-go
    a no-go criterion is not decidable no verdict
    a condition is not met or open     go with conditions
    everything is met                  go
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.verify import spread
from core.verify.evidence import CaseEvidence, Composite, Site
from core.verify.limits import AMOUNTS, MEASURED, Limit, Limits, Otherwise, Side
from core.verify.spread import Measured

MARK = 0.20  # blasts: WHO 2022 and ICC 2022


class State(StrEnum):
    MET = "met"
    NOT_MET = "not met"
    OPEN = "not decidable"


class Verdict(StrEnum):
    GO = "go"
    CONDITIONS = "go with conditions"
    NONE = "no verdict"
    NO_GO = "no-go"


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion: measured, judged, and why. Values in the unit of the criterion."""

    limit: Limit
    value: float | None
    low: float | None
    high: float | None
    cases: int
    cells: int | None
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    reasons: tuple[str, ...]
    conditions: tuple[str, ...]
    findings: tuple[Finding, ...]


def judged(site: Site, limits: Limits) -> Judgement:
    """Every criterion against its limit, and what follows."""
    amounts, seen = amounts_of(site.cases), measured(site.cases)
    findings = [_amount(limits[c.id], amounts[c.id]) for c in AMOUNTS]
    findings += [_finding(limits[c.id], seen[c.id], limits["cases"].limit) for c in MEASURED]
    # Unlabelled outlines can be counted only where every cell carries a label; elsewhere that is no open question.
    if all(case.outlines is None for case in site.cases):
        findings = [f for f in findings if f.limit.criterion.id != "found_rightly"]
    verdict = decide(findings)
    return Judgement(verdict, _reasons(verdict, findings), _conditions(verdict, findings), tuple(findings))


def decide(findings: Sequence[Finding]) -> Verdict:
    """The verdict, from the states alone."""
    states = {kind: {f.state for f in findings if f.limit.otherwise is kind} for kind in Otherwise}
    if states[Otherwise.TOO_FEW] - {State.MET}:
        return Verdict.NONE
    if State.NOT_MET in states[Otherwise.NO_GO]:
        return Verdict.NO_GO
    if State.OPEN in states[Otherwise.NO_GO] or not states[Otherwise.NO_GO]:
        return Verdict.NONE
    return Verdict.CONDITIONS if states[Otherwise.CONDITION] - {State.MET} else Verdict.GO


def state(side: Side, limit: float, low: float | None, high: float | None) -> State:
    """Where an interval lies. Without one nothing is decided."""
    if low is None or high is None:
        return State.OPEN
    if side is Side.WITHIN:
        met, missed = -limit <= low and high <= limit, low > limit or high < -limit
    elif side is Side.AT_LEAST:
        met, missed = low >= limit, high < limit
    else:
        met, missed = high <= limit, low > limit
    return State.MET if met else State.NOT_MET if missed else State.OPEN


def amounts_of(cases: Sequence[CaseEvidence]) -> dict[str, int]:
    shares = [share for case in cases if (share := case.blasts.expert) is not None]
    return {
        "cases": len(shares),  # a case without a counted cell is none
        "cells": sum(case.blasts.counted for case in cases),
        "cases_above": sum(share >= MARK for share in shares),
        "cases_below": sum(share < MARK for share in shares),
    }


def measured(cases: Sequence[CaseEvidence]) -> Mapping[str, Measured]:
    """Every measured criterion, shares and differences in 0–1."""
    complete = [case for case in cases if case.outlines is not None]
    found = {
        "found": _share(cases, lambda c: c.found, lambda c: c.labelled),
        "found_blasts": _share(cases, lambda c: c.blasts_found, lambda c: c.blasts_labelled),
        "found_rightly": _share(complete, lambda c: c.found, lambda c: c.outlines or 0),
        "blasts_agreement": spread.share_of_cases([(s >= MARK) == (e >= MARK) for s, e in _stated(cases)]),
        "blasts_precision": _share(cases, lambda c: c.blasts_right, lambda c: c.blasts_called),
        "blasts_sensitivity": _share(cases, lambda c: c.blasts_right, lambda c: c.blasts_found),
        "odd": _share(cases, lambda c: c.odd, lambda c: c.judged),
        "withheld": spread.share_of_cases([bool(case.withheld) for case in cases]),
    }
    for name, of in (("blasts", [c.blasts for c in cases]), ("cblc", [c.cblc for c in cases])):
        found |= {f"{name}_{key}": value for key, value in _composite(of).items()}
    return found


def differences(composites: Sequence[Composite]) -> list[float]:
    return [d for c in composites if (d := c.difference) is not None]


def _composite(composites: Sequence[Composite]) -> dict[str, Measured]:
    apart = differences(composites)
    return {
        "bias": spread.mean(apart),
        "spread": spread.outer_limit(apart),
        "covered": spread.share_of_cases([c.holds for c in composites if c.holds is not None]),
        "width": spread.mean([c.interval.high - c.interval.low for c in composites if c.interval]),
    }


def _stated(cases: Sequence[CaseEvidence]) -> list[tuple[float, float]]:
    pairs = ((case.blasts.stated, case.blasts.expert) for case in cases)
    return [(stated, expert) for stated, expert in pairs if stated is not None and expert is not None]


def _share(
    cases: Sequence[CaseEvidence], count: Callable[[CaseEvidence], int], total: Callable[[CaseEvidence], int]
) -> Measured:
    return spread.share([count(c) for c in cases], [total(c) for c in cases])


BY_CASE = ("bias", "spread", "agreement", "covered", "width")


def _amount(limit: Limit, number: int) -> Finding:
    enough = number >= limit.limit
    reason = f"{number} {limit.criterion.unit}, at least {limit.limit:g} are needed"
    return Finding(limit, float(number), None, None, 0, None, State.MET if enough else State.NOT_MET, reason)


def _finding(limit: Limit, seen: Measured, fewest: float) -> Finding:
    value, low, high = (None if v is None else 100 * v for v in (seen.value, seen.low, seen.high))
    few = limit.criterion.id.rsplit("_", 1)[-1] in BY_CASE and seen.cases < fewest
    where = state(limit.criterion.side, limit.limit, low, high)
    if few and where is State.MET:
        where = State.OPEN  # good on a few cases is not good
    return Finding(limit, value, low, high, seen.cases, seen.cells, where, _why(limit, where, seen, low, high, fewest))


def _why(limit: Limit, where: State, seen: Measured, low: float | None, high: float | None, fewest: float) -> str:
    side, unit = limit.criterion.side, limit.criterion.unit
    bound = f"{side.value}{'' if side is Side.WITHIN else ' '}{limit.limit:g} {unit}"
    if seen.value is None:
        return "the classifier does not say it" if limit.criterion.id == "odd" else "nothing could be measured"
    if low is None or high is None:
        return f"measured on {seen.cases} cases, too few for an interval"
    said = f"95 % interval {low:.1f} to {high:.1f}".replace("-", "−")
    if where is State.MET:
        return f"{said}, all of it {bound}"
    if where is State.NOT_MET:
        return f"{said}, none of it {bound}"
    if state(side, limit.limit, low, high) is State.MET:
        return f"measured on {seen.cases} cases, {fewest:g} are needed"
    return f"{said}, only part of it {bound}: more cases may decide"


def _reasons(verdict: Verdict, findings: Sequence[Finding]) -> tuple[str, ...]:
    """What the verdict rests on, worst first."""

    def told(kind: Otherwise, *states: State) -> list[str]:
        return [
            f"{f.limit.criterion.name}: {f.reason}" for f in findings if f.limit.otherwise is kind and f.state in states
        ]

    if verdict is Verdict.NO_GO:
        return tuple(told(Otherwise.NO_GO, State.NOT_MET))
    if verdict is Verdict.NONE:
        few = told(Otherwise.TOO_FEW, State.NOT_MET)
        return tuple(few or told(Otherwise.NO_GO, State.OPEN))
    if verdict is Verdict.CONDITIONS:
        return tuple(told(Otherwise.CONDITION, State.NOT_MET, State.OPEN))
    return ("every criterion is met by its whole 95 % interval",)


def _conditions(verdict: Verdict, findings: Sequence[Finding]) -> tuple[str, ...]:
    if verdict is not Verdict.CONDITIONS:
        return ()
    return tuple(f.limit.condition for f in findings if f.limit.otherwise is Otherwise.CONDITION and f.state != "met")
