"""Labelled cells made up for tests: patients with their own mixtures, and calls that err."""

from __future__ import annotations

import numpy as np

from core.evaluate.cells import Cells, Labelled, gathered
from core.vocabulary import vocabulary

WORDS = vocabulary("shipped16")


def one(id: str, patient: str, truth: str, called: str | None, sure: float = 0.9, **more: object) -> Labelled:
    """A cell whose likeliest class is `called`, the rest going to the truth or to 'other'."""
    if called is None:
        return Labelled(id, patient, truth, None, **more)
    rest = truth if truth != called else next(code for code in ("other", "smudge") if code != called)
    return Labelled(id, patient, truth, {called: sure, rest: 1 - sure}, **more)


def cells(rows: list[tuple[str, str, str | None]]) -> Cells:
    """(patient, truth, called) each."""
    return gathered([one(f"c{n}", *row) for n, row in enumerate(rows)], WORDS)


def cohort(patients: int = 20, each: int = 60, seed: int = 0, right: float = 0.8, centres: int = 1) -> Cells:
    """A cohort of AML and APL patients and, the last ones, controls."""
    rng = np.random.default_rng(seed)
    codes = list(WORDS.codes)
    rows = []
    for p in range(patients):
        kind = ("AML", "APL", "control")[p % 3]
        early = {"AML": "blast", "APL": "promyelocyte", "control": "lymphocyte"}[kind]
        weight = np.ones(len(codes))
        weight[codes.index(early)] += rng.uniform(5, 40)
        for k in range(each):
            truth = int(rng.choice(len(codes), p=weight / weight.sum()))
            noise = rng.dirichlet(np.full(len(codes), 0.3))
            hit = truth if rng.random() < right else int(rng.integers(len(codes)))
            p_all = 0.4 * noise
            p_all[hit] += 0.6
            rows.append(
                Labelled(
                    f"{p}-{k}",
                    f"P{p:02d}",
                    codes[truth],
                    dict(zip(codes, p_all.tolist(), strict=True)),
                    possible=tuple(codes[i] for i in np.argsort(-p_all)[:3]),
                    diagnosis=kind,
                    centre=f"centre {p % centres}",
                    fold=f"fold {p % 4}",
                )
            )
    return gathered(rows, WORDS)
