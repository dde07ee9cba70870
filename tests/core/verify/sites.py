"""Laboratories with a known truth, drawn by chance: what an expert counts, and what networks make of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.readings import Interval
from core.records import ModelStamp, Specimen
from core.statistics import wilson
from core.verify.evidence import CaseEvidence, Composite, Site

CELLS = 200


@dataclass(frozen=True)
class Truth:
    """How the networks do at this site."""

    cases: int = 50
    bias: float = 0.0  # added to every share
    scatter: float = 0.02  # standard deviation of the shares' error
    missed: float = 0.01  # of the labelled cells
    odd: float = 0.01
    right: float = 0.9  # of the blasts, called so, and the other way round
    wide: float = 1.0  # factor on the intervals
    complete: bool = True
    withheld: float = 0.0
    seed: int = 5


STAMPS = (
    ModelStamp("cell-detector", "d" * 64, "detector", "real"),
    ModelStamp("cell-classifier", "c" * 64, "classifier", "real", "", "shipped16"),
)


def site(truth: Truth) -> Site:
    rng = np.random.default_rng(truth.seed)
    cases = tuple(_case(n, truth, rng) for n in range(truth.cases))
    return Site(cases, Specimen.BLOOD, "shipped16", "CBLC-3", STAMPS)


def _case(number: int, truth: Truth, rng: np.random.Generator) -> CaseEvidence:
    share = float(np.clip(rng.beta(0.8, 1.6), 0.0, 0.95))
    found = CELLS - int(rng.binomial(CELLS, truth.missed))
    blasts = round(share * CELLS)
    blasts_found = int(rng.hypergeometric(blasts, CELLS - blasts, found))
    right = int(rng.binomial(blasts_found, truth.right))
    called = right + int(rng.binomial(blasts_found, 1 - truth.right))
    gone = "20 counted cells, fewer than 50" if rng.random() < truth.withheld else ""
    pairs = {("blast", "blast"): right, ("blast", "monocyte"): blasts_found - right, ("band", "blast"): called - right}
    pairs["band", "band"] = found - sum(pairs.values())
    return CaseEvidence(
        name=f"case {number:03d}",
        labelled=CELLS,
        found=found,
        blasts_labelled=blasts,
        blasts_found=blasts_found,
        blasts_called=called,
        blasts_right=right,
        judged=found,
        odd=int(rng.binomial(found, truth.odd)),
        outlines=found + int(rng.binomial(CELLS, 0.02)) if truth.complete else None,
        blasts=_composite(share, truth, rng, gone),
        cblc=_composite(min(0.97, share + 0.03), truth, rng, gone),
        withheld=gone,
        diagnosis="AML" if share >= 0.2 else "",
        missed={"blast": blasts - blasts_found, "band": CELLS - blasts - found + blasts_found},
        pairs={pair: cells for pair, cells in sorted(pairs.items()) if cells},
    )


def _composite(share: float, truth: Truth, rng: np.random.Generator, gone: str) -> Composite:
    members = round(share * CELLS)
    if gone:
        return Composite(members, CELLS, None)
    stated = float(np.clip(share + truth.bias + rng.normal(0, truth.scatter), 0.0, 1.0))
    plain = wilson(stated * CELLS, CELLS)
    half = truth.wide * max(plain.high - stated, stated - plain.low)
    interval = Interval(max(0.0, stated - half), min(1.0, stated + half))
    return Composite(members, CELLS, stated, stated, interval, interval.low <= share <= interval.high)
