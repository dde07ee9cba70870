"""The cases whose texts lie in tests/golden, word for word. `python -m tests.core.writers.golden` writes them anew.

Read what it changed before committing it: the texts are what a person is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core import analyse, summaries
from core.records import Call, CaseInfo, Confusion, Domain, Findings, MarkerValue, ModelStamp, Review, Seen, Specimen
from core.summaries import Asked, Audience, Length
from core.vocabulary import vocabulary
from core.writers import asking
from core.writers.template import Template
from tests import label_free_fakes as fakes
from tests.core.counted import info, review, seen

FOLDER = Path(__file__).parents[2] / "golden"
WORDS, DPC = vocabulary("shipped16"), vocabulary("dpc4")
MIXED = ({"blast": 14, "promyelocyte": 2, "monocyte": 4, "segmented": 24, "smudge": 3, "erythroblast": 1},) * 5
FREE = ({"granulocyte": 30, "lymphocyte": 12, "monocyte": 6, "other": 3},) * 5
MARKERS = ("CD123/HLA-DR/CD14", "CD3/CD19/CD56", "CD45", "CD16")
HEIGHT = {"granulocyte": 3.0, "lymphocyte": 1.2, "monocyte": 2.0, "other": 0.5}
UNITS = "log10 of arbitrary linear units"
ONE = ((90.0, 8, 2), (10.0, 180, 10), (2.0, 8, 90))


def smear(
    fields: Sequence[Mapping[str, int]] = MIXED,
    case: CaseInfo | None = None,
    reviews: Sequence[Review] = (),
    change: Callable[[Seen], Seen] = lambda given: given,
    audience: Audience = Audience.CLINICIAN,
    length: Length = Length.FULL,
) -> Asked:
    given = change(seen(fields))
    return asking.of_case(analyse.read(given, reviews, case or info(), WORDS), WORDS, audience, length)


def doubted(given: Seen) -> Seen:
    """Blasts may be monocytes or promyelocytes, every tenth of them is odd, and all were measured."""
    order = {call.cell: n for n, call in enumerate(c for c in given.calls if c.label == "blast")}
    calls = tuple(
        replace(
            call,
            possible=("blast", "monocyte", "promyelocyte")[: 1 + order.get(call.cell, 0) % 3],
            oddness=0.997 if order.get(call.cell, 1) % 10 == 0 else 0.3,
            probabilities={"blast": 0.62, "monocyte": 0.2963, "promyelocyte": 0.08, "band": 0.0037},
            measures={"nucleus_fraction": 0.68},
        )
        if call.cell in order
        else replace(call, possible=(call.label,), oddness=0.3)
        for call in given.calls
    )
    cells = tuple(replace(cell, measures={"diameter_um": 11 + n % 7 / 2}) for n, cell in enumerate(given.cells))
    return replace(given, cells=cells, calls=calls)


def all_odd(given: Seen) -> Seen:
    return replace(given, calls=tuple(replace(call, oddness=1.0) for call in given.calls))


def corrected(given: Seen) -> Seen:
    """Called by a network whose confusion is known."""
    known = Confusion((ONE,) * 8, (ONE,) * 8)
    stamp = ModelStamp("net", "f" * 16, "classifier", "real", "", "shipped16", {"cblc": known, "blasts": known})
    calls = tuple(
        replace(call, model=stamp.digest, probabilities={call.label: 0.8, "monocyte": 0.2}) for call in given.calls
    )
    return replace(given, calls=calls, models=(stamp,))


def free(domain: Domain, cut: float | None = 2.5) -> Seen:
    """Label-free cells with all four markers, as a network that learned from simulated cells tells them."""
    stamp = ModelStamp(
        "free", "e" * 16, "phenotyper", domain.value, "learned from simulated cells; markers on synthetic cases only",
        "dpc4", {}, MARKERS, "simulated", UNITS, {} if cut is None else {"CD16": cut},
    )  # fmt: skip
    given = seen(FREE)
    calls = []
    for n, cell in enumerate(given.cells):
        label = cell.id.split("-")[1]
        middle = HEIGHT[label] + (n * 7 % 11 - 5) / 20
        values = {name: MarkerValue(middle - k / 4, middle - k / 4 - 0.6, middle - k / 4 + 0.6) for k, name in
                  enumerate(reversed(MARKERS))}  # fmt: skip
        shares = {label: 0.9, "other" if label != "other" else "monocyte": 0.1}
        calls.append(Call(cell.id, label, shares, stamp.digest, markers=values, oddness=0.4, possible=(label,)))
    return replace(given, calls=tuple(calls), models=(stamp,))


def label_free(domain: Domain, code: str = "", cell: str = "", **more: object) -> Asked:
    given = free(domain)
    reading = analyse.read_label_free(given, (), replace(fakes.REAL, domain=domain), DPC)
    if cell:
        one = next(found for found in given.cells if found.id == cell)
        return asking.of_cell(given, (), one, reading, DPC, **more)  # type: ignore[arg-type]
    if code:
        return asking.of_class(reading, given, (), code, DPC, **more)  # type: ignore[arg-type]
    return asking.of_case(reading, DPC, **more)  # type: ignore[arg-type]


def smear_class(code: str, fields: Sequence[Mapping[str, int]] = MIXED, **more: object) -> Asked:
    given = doubted(seen(fields))
    reading = analyse.read(given, (), info(), WORDS)
    return asking.of_class(reading, given, (), code, WORDS, **more)  # type: ignore[arg-type]


def smear_cell(cell: str, reviews: Sequence[Review] = (), edge: bool = False, **more: object) -> Asked:
    given = doubted(seen(MIXED))
    one = next(found for found in given.cells if found.id == cell)
    reading = analyse.read(given, reviews, info(), WORDS)
    return asking.of_cell(given, reviews, replace(one, touches_edge=edge), reading, WORDS, **more)  # type: ignore[arg-type]


APL = info(findings=Findings(apl=True, auer_rods=True))
MARROW = info(Specimen.MARROW)
HAEMATOPOIESIS = (
    {"blast": 6, "myelocyte": 14, "segmented": 48, "erythroblast": 24, "lymphocyte": 12, "smudge": 2},
) * 5

CASES: dict[str, Callable[[], Asked]] = {
    "inadequate": lambda: smear(({"blast": 4, "segmented": 60, "lymphocyte": 36},)),
    "withheld": lambda: smear(({"blast": 11, "segmented": 19, "smudge": 4},)),
    "straddling": lambda: smear(({"blast": 40, "segmented": 160},), change=doubted),
    "straddling_board": lambda: smear(({"blast": 40, "segmented": 160},), audience=Audience.BOARD),
    "apl": lambda: smear(({"promyelocyte": 9, "blast": 5, "segmented": 190},), APL, (review("0-blast-1", "blast"),)),
    "apl_short": lambda: smear(({"promyelocyte": 2, "segmented": 250},), APL, length=Length.SHORT),
    "low_and_not_negative": lambda: smear(({"blast": 1, "promyelocyte": 3, "segmented": 120, "lymphocyte": 110},)),
    "marrow": lambda: smear(HAEMATOPOIESIS, MARROW),
    "marrow_board_short": lambda: smear(HAEMATOPOIESIS, MARROW, audience=Audience.BOARD, length=Length.SHORT),
    "synthetic": lambda: smear(case=info(domain=Domain.PROCEDURAL)),
    "teaching": lambda: smear(MIXED, change=doubted, audience=Audience.TEACHING),
    "corrected": lambda: smear(MIXED, change=corrected),
    "no_cells": lambda: smear(({},)),
    "all_odd": lambda: smear(({"blast": 40, "segmented": 160},), change=all_odd),
    "one_class": lambda: smear(({"lymphocyte": 240},)),
    "label_free_withheld": lambda: label_free(Domain.REAL),
    "label_free_shown": lambda: label_free(Domain.PROCEDURAL),
    "class_blasts": lambda: smear_class("blast"),
    "class_absent": lambda: smear_class("basophil", length=Length.SHORT),
    "class_smudge_cells": lambda: smear_class("smudge"),
    "class_granulocytes_withheld": lambda: label_free(Domain.REAL, "granulocyte"),
    "class_granulocytes_shown": lambda: label_free(Domain.PROCEDURAL, "granulocyte"),
    "class_monocytes_teaching": lambda: label_free(Domain.PROCEDURAL, "monocyte", audience=Audience.TEACHING),
    "cell_unsure": lambda: smear_cell("0-blast-2", edge=True),
    "cell_odd": lambda: smear_cell("0-blast-0", length=Length.SHORT),
    "cell_named_by_a_person": lambda: smear_cell("0-blast-1", (review("0-blast-1", "promonocyte"),)),
    "cell_granulocyte_withheld": lambda: label_free(Domain.REAL, cell="0-granulocyte-3"),
    "cell_granulocyte_shown": lambda: label_free(Domain.PROCEDURAL, cell="0-granulocyte-3"),
    "cell_lymphocyte_not_above": lambda: label_free(Domain.PROCEDURAL, cell="0-lymphocyte-2"),
}


def text(name: str) -> str:
    return summaries.text(Template().write(CASES[name]()))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.glob("*.txt"):
        stale.unlink()
    for name in CASES:
        (FOLDER / f"{name}.txt").write_text(text(name), encoding="utf-8")
