"""How often the interval by which one may stop misses, and what it costs. One table, two minutes.

    python -m tests.benchmarks.anytime                200 plans a row
    python -m tests.benchmarks.anytime --plans 1000

Simulated plans of fields whose cells cluster: in number (negative binomial), and in kind (beta: the lower `alike`, the
more unlike two fields are). "missed" is counted over every stop from the ninth field on: an interval that was too
narrow even once counts. "Wilson" is the ordinary interval looked at after every fourth field. "fields" are how many it
took until the interval was ten points wide, and "Wilson's" how many until an ordinary one, looked at once, is as wide.
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np
from numpy.typing import NDArray

from core import statistics
from core.aggregate import anytime

ROWS = (  # what it is, fields, cells a field, share, alike, how much higher the share of the fullest tenth is
    ("independent cells", 400, 20, 0.20, 1e6, 1.0),
    ("clustered", 400, 20, 0.20, 10, 1.0),
    ("strongly clustered", 400, 20, 0.20, 3, 1.0),
    ("few cells a field", 400, 4, 0.20, 5, 1.0),
    ("a low share", 400, 20, 0.03, 10, 1.0),
    ("full fields have more", 400, 20, 0.20, 10, 2.0),
    ("a long plan", 2000, 20, 0.20, 10, 1.0),
)
WIDTH = 0.10
STEP = 10


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--plans", type=int, default=200)
    plans = asked.parse_args().plans
    start = time.perf_counter()
    print(f"{plans} plans a row, 95 % intervals; load {os.getloadavg()[0]:.1f}")
    print(f"{'':24}{'plan':>6}{'missed %':>10}{'Wilson %':>10}{'fields':>8}{'Wilson’s':>10}{'beyond %':>10}")
    for name, fields, *rest in ROWS:
        print(f"{name:24}{fields:6d}{_row(np.random.default_rng(5), plans, fields, *rest)}", flush=True)
    print(f"{time.perf_counter() - start:.0f} s")


def _row(rng: np.random.Generator, plans: int, fields: int, cells: float, share: float, alike: float, more: float):
    missed = wilson = beyond = 0
    took, plain = [], []
    for _ in range(plans):
        counts, totals = _plan(rng, fields, cells, share, alike, more)
        truth = counts.sum() / totals.sum()
        last = anytime.look(counts[:-1], totals[:-1], fields)  # the narrowest of all on the way
        missed += not last.interval.low <= truth <= last.interval.high
        beyond += last.beyond
        yes, all_ = np.cumsum(counts), np.cumsum(totals)
        bounds = [statistics.wilson(yes[k], all_[k]) for k in range(8, fields - 1, 4) if all_[k]]
        wilson += not all(one.low <= truth <= one.high for one in bounds)
        plain.append(next((k for k in range(8, fields) if all_[k] and _wide(yes[k], all_[k]) <= WIDTH), fields))
        took.append(_until(counts, totals, fields))
    shares = 100 * missed / plans, 100 * wilson / plans
    return (
        f"{shares[0]:10.1f}{shares[1]:10.1f}{np.median(took):8.0f}{np.median(plain):10.0f}"
        f"{100 * beyond / plans / fields:10.1f}"
    )


def _plan(rng: np.random.Generator, fields: int, cells: float, share: float, alike: float, more: float):
    totals = rng.negative_binomial(3, 3 / (3 + cells), fields)
    shares = rng.beta(share * alike, (1 - share) * alike, fields)
    shares = np.where(totals > np.quantile(totals, 0.9), np.minimum(1, shares * more), shares)
    return rng.binomial(totals, shares), totals


def _until(counts: NDArray[np.int64], totals: NDArray[np.int64], fields: int) -> int:
    """Fields until it is narrow enough, to the next ten; halving, since it never widens."""
    low, high = 1, fields // STEP
    while low < high:
        middle = (low + high) // 2
        end = middle * STEP
        if anytime.narrow(anytime.look(counts[:end], totals[:end], fields), WIDTH):
            high = middle
        else:
            low = middle + 1
    return low * STEP


def _wide(count: float, total: float) -> float:
    found = statistics.wilson(count, total)
    return found.high - found.low


if __name__ == "__main__":
    main()
