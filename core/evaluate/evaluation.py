"""evaluate(cells) → Evaluation: everything that is worked out of labelled cells, in one function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.aggregate.counting import Groups, groups
from core.evaluate import diagnosis
from core.evaluate.cell_level import cell_figures
from core.evaluate.cells import Cells, Flags
from core.evaluate.figures import Evaluation, Group, OtherConfusion, PatientRow, ShareFigures
from core.evaluate.intervals import SAME, WHOLE, Corrections, corrected_figures, interval_figures, left_out
from core.evaluate.patient_level import Grouped, composites, grouped, share_figures
from core.evaluate.resampling import REPLICATES, SEED
from core.records import Confusion, Findings, Specimen

ENOUGH = 50  # counted cells below which the app withholds shares


def evaluate(
    cells: Cells,
    *,
    source: str,
    specimen: Specimen = Specimen.BLOOD,
    replicates: int = REPLICATES,
    seed: int = SEED,
    confusions: Mapping[str, Confusion] | None = None,
    warnings: Sequence[str] = (),
) -> Evaluation:
    """Pure and seeded: the same cells, in whatever order, give the same figures to the last digit.

    `confusions` are those of a model's card, by composite: what the app itself corrects by.
    """
    cells = cells.in_order()
    group = groups(cells.words, specimen, Findings())
    its = {id: grouped(cells, group.counted, members) for id, members in composites(group).items()}
    fixed = {id: left_out(one, cells.order, seed) for id, one in its.items()}
    shares = []
    for id, one in its.items():
        plain = share_figures(id, named(id, cells), one, replicates, seed)
        intervals = interval_figures(fixed[id].held, replicates, seed)
        better = corrected_figures(one, fixed[id].estimates, replicates, seed)
        card = (confusions or {}).get(id)
        others = tuple(_by_other_confusions(cells, one, card, replicates, seed))
        shares.append(replace(plain, intervals=intervals, corrected=better, by_other_confusions=others))
    by_name = [(named(id, cells), one) for id, one in its.items()]
    return Evaluation(
        source=source,
        vocabulary=cells.words.id,
        specimen=specimen.value,
        replicates=replicates,
        seed=seed,
        cells=cell_figures(cells, group, replicates, seed),
        shares=tuple(shares),
        diagnoses=diagnosis.diagnoses(cells, by_name, replicates, seed),
        groups=_groups(cells, group, its["cblc"], replicates, seed),
        patients=_rows(cells, its, fixed),
        warnings=(*warnings, *_warnings(cells)),
    )


def _by_other_confusions(
    cells: Cells, one: Grouped, card: Confusion | None, replicates: int, seed: int
) -> Iterator[OtherConfusion]:
    """Only patients of other centres, and a card's calibration patients: nearer to what a new site meets."""
    centres = diagnosis.of_patients(cells, "centre")
    ways: list[tuple[str, Corrections]] = []
    if len(set(centres) - {""}) > 1:
        ways.append(("patients of other centres", left_out(one, cells.order, seed, blocks=centres)))
    if card:
        source = f"the card's {len(card.called)} calibration patients"
        ways.append((source, left_out(one, cells.order, seed, card=card)))
    for source, fixed in ways:
        own = {name: rows for name, rows in fixed.held.items() if name in (SAME, WHOLE)}  # the others need none
        better = corrected_figures(one, fixed.estimates, replicates, seed)
        yield OtherConfusion(source, interval_figures(own, replicates, seed), better)


def named(id: str, cells: Cells) -> str:
    """How a composite is called on paper."""
    return cells.words.cblc_name if id == "cblc" else "blasts and blast equivalents"


def _groups(cells: Cells, group: Groups, counted: Grouped, replicates: int, seed: int) -> tuple[Group, ...]:
    """By centre when there is more than one, by fold when given, and the patients the app would give a share for."""
    found = []
    for kind, texts in (("centre", cells.centre), ("fold", cells.fold)):
        stated = np.unique(texts)
        if len(stated) > 1:
            for name in stated:
                found.append(_group(kind, str(name) or "not stated", cells, texts == name, group, replicates, seed))
    enough = (counted.expert_counts[:, :2].sum(axis=1) >= ENOUGH)[counted.patient]
    if enough.any() and not enough.all():
        name = f"≥ {ENOUGH} counted cells"
        found.append(_group("patients with", name, cells, enough, group, replicates, seed))
    return tuple(found)


def _group(kind: str, name: str, cells: Cells, rows: Flags, group: Groups, replicates: int, seed: int) -> Group:
    some = cells.only(rows)
    shares: list[ShareFigures] = [
        share_figures(id, named(id, cells), grouped(some, group.counted, members), replicates, seed)
        for id, members in composites(group).items()
    ]
    return Group(kind, name, replace(cell_figures(some, group, replicates, seed), confusion=()), tuple(shares))


def _rows(cells: Cells, its: dict[str, Grouped], fixed: dict[str, Corrections]) -> tuple[PatientRow, ...]:
    one = its["cblc"]
    sick = diagnosis.of_patients(cells)
    found = []
    for place, name in enumerate(one.patients):
        mine = one.patient == place
        found.append(
            PatientRow(
                patient=name,
                diagnosis=sick[place],
                centre=_joined(cells.centre[mine]),
                fold=_joined(cells.fold[mine]),
                cells=int(mine.sum()),
                not_found=int((mine & ~cells.found).sum()),
                counted_expert=int(one.expert_counts[place, :2].sum()),
                counted_called=int(one.called_counts[place, :2].sum()),
                shares={id: _shares(group, fixed[id], place) for id, group in its.items()},
            )
        )
    return tuple(found)


def _shares(group: Grouped, fixed: Corrections, place: int) -> dict[str, float | None]:
    predicted, expert, _ = group.shares()
    estimate = fixed.estimates[place]
    found = {"predicted": predicted[place], "expert": expert[place], "acc": estimate.acc, "pacc": estimate.pacc}
    for name, interval in (("same_cells", estimate.same_cells), ("patient", estimate.patient)):
        found[f"{name}_low"] = interval.low if interval else None
        found[f"{name}_high"] = interval.high if interval else None
    return {name: None if v is None or not np.isfinite(v) else float(v) for name, v in found.items()}


def _joined(texts: np.ndarray[tuple[int], np.dtype[np.str_]]) -> str:
    return "|".join(str(text) for text in np.unique(texts) if text)


def _warnings(cells: Cells) -> list[str]:
    """What makes the figures say less, or more, than they seem to."""
    found = []
    missed = int((~cells.found).sum())
    if missed:
        found.append(f"{missed} of {len(cells.ids)} labelled cells were not found: they count as errors.")
    for name, texts, why in (
        ("fold", cells.fold, "a patient's cells were in training and test at once, which flatters"),
        ("diagnosis", cells.diagnosis, "the patient is left out wherever diagnoses are compared"),
    ):
        split = [p for p in np.unique(cells.patients) if len(set(texts[cells.patients == p]) - {""}) > 1]
        if split:
            found.append(f"{len(split)} patients have more than one {name}: {why}.")
    return found
