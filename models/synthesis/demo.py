"""The demo cases: three synthetic patients, drawn from fixed seeds so that every installation shows the same cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from models.synthesis import smear

FIELDS_PER_CASE = 1000  # seeds of a case's fields follow its own, this far apart from the next case's


@dataclass(frozen=True, slots=True)
class DemoCase:
    """A synthetic patient. `mix` weighs the classes of the vocabulary `shipped16`."""

    key: str
    title: str
    specimen: Literal["marrow", "blood"]
    seed: int
    mix: Mapping[str, float]
    fields: int
    cells_per_field: int
    note: str


_LOW = {
    "segmented": 54,
    "band": 4,
    "eosinophil": 3,
    "basophil": 1,
    "monocyte": 7,
    "lymphocyte": 25,
    "variant_lymphocyte": 2.5,
    "blast": 0.4,
    "smudge": 2,
    "other": 1.5,
}
_BORDERLINE = {
    "blast": 18,
    "promonocyte": 1.5,
    "promyelocyte": 4,
    "myelocyte": 10,
    "metamyelocyte": 8,
    "band": 9,
    "segmented": 14,
    "eosinophil": 3,
    "basophil": 0.5,
    "monocyte": 4,
    "lymphocyte": 8,
    "plasma_cell": 1.5,
    "erythroblast": 16,
    "smudge": 3,
    "other": 1,
}
_HIGH = {
    "blast": 66,
    "promonocyte": 4,
    "promyelocyte": 3,
    "myelocyte": 2,
    "segmented": 4,
    "monocyte": 3,
    "lymphocyte": 8,
    "erythroblast": 7,
    "smudge": 5,
    "other": 1,
}


def demo_cases() -> tuple[DemoCase, ...]:
    """Low, borderline, high: in the order in which a newcomer should open them."""
    return (
        DemoCase(
            key="demo-low",
            title="Synthetic case 1: blood, hardly any blasts",
            specimen="blood",
            seed=122,
            mix=_LOW,
            fields=11,
            cells_per_field=20,
            note="Drawn by a program, not photographed. Mostly mature cells, a few variant lymphocytes.",
        ),
        DemoCase(
            key="demo-borderline",
            title="Synthetic case 2: marrow, blasts near 20 %",
            specimen="marrow",
            seed=104,
            mix=_BORDERLINE,
            fields=20,
            cells_per_field=26,
            note="Drawn by a program, not photographed. The interval straddles the mark: would more review help?",
        ),
        DemoCase(
            key="demo-high",
            title="Synthetic case 3: marrow packed with blasts",
            specimen="marrow",
            seed=103,
            mix=_HIGH,
            fields=12,
            cells_per_field=28,
            note="Drawn by a program, not photographed. Crowded fields, touching cells, some smudges.",
        ),
    )


def demo_fields(case: DemoCase) -> Iterator[smear.Field]:
    """The case's fields, one after another; all share the look of one slide."""
    look = smear.draw_look(case.seed)
    for number in range(case.fields):
        yield smear.field(_seed(case, number), mix=case.mix, cells=case.cells_per_field, look=look)


def true_counts(case: DemoCase) -> Counter[str]:
    """How many cells of each class the case's fields hold, without drawing them."""
    counts: Counter[str] = Counter()
    for number in range(case.fields):
        counts.update(smear.labels(_seed(case, number), mix=case.mix, cells=case.cells_per_field))
    return counts


def places(case: DemoCase, number: int) -> tuple[tuple[str, float, float, float], ...]:
    """Class, x, y and radius in pixels of the cells in one of the case's fields, without drawing it."""
    look = smear.draw_look(case.seed)
    return smear.places(_seed(case, number), mix=case.mix, cells=case.cells_per_field, look=look)


def _seed(case: DemoCase, number: int) -> int:
    return case.seed * FIELDS_PER_CASE + number
