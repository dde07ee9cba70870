"""The composites' shares corrected for the classifier's confusion, where its stamp says how it errs."""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from core import labels
from core.aggregate.counting import Groups, apl_entered
from core.correction import Case, Estimate, corrected
from core.readings import Corrected, Share
from core.records import CaseInfo, Confusion, Domain, Review, Seen, Specimen

ASSUMPTION = "assumes that the classifier errs here as it did on its calibration patients"


def of(seen: Seen, reviews: Sequence[Review], info: CaseInfo, group: Groups, shares: Sequence[Share]) -> tuple[
    Corrected, ...
]:  # fmt: skip
    """CBLC and blasts, in the order of `shares`; cells that a person named are known and need no correction."""
    keys = {"cblc.ratio": "cblc", "blasts.ratio": "cblc" if apl_entered(info.findings) else "blasts"}
    members = {"cblc.ratio": group.cblc, "blasts.ratio": group.blasts}
    return tuple(_one(seen, reviews, info, group, share, keys[share.id], members[share.id]) for share in shares)


def _one(
    seen: Seen, reviews: Sequence[Review], info: CaseInfo, group: Groups, share: Share, key: str, members: Set[str]
) -> Corrected:
    id, name = share.id.replace(".ratio", ".corrected"), f"{share.name}, corrected"
    known = [m.confusion[key] for m in seen.models if m.task == "classifier" and key in m.confusion]
    reason = _unfit(info, known)
    found = Estimate(None, None, None, None, reason)
    if not reason:
        found = corrected(case_of(seen, reviews, group.counted, members, share.effective_n), known[0])
    patients = len(known[0].called) if known else 0
    return Corrected(
        id, name, share.id, found.pacc, found.acc, found.same_cells, found.patient, patients, ASSUMPTION, found.withheld
    )


def _unfit(info: CaseInfo, known: Sequence[Confusion]) -> str:
    if len(known) != 1:
        return "the classifier's confusion is not known" if not known else "more than one classifier named these cells"
    if info.domain is Domain.PROCEDURAL:
        return "synthetic case: the classifier's confusion was measured on real cells"
    if info.specimen is Specimen.MARROW:
        return "the classifier's confusion was measured on peripheral blood, not on marrow"
    return ""


def case_of(
    seen: Seen, reviews: Sequence[Review], counted: Set[str], members: Set[str], effective_n: float | None = None
) -> Case:
    """Calls and probabilities of unreviewed cells by group; what people said of the others."""
    said = labels.last(reviews)
    called, probable, known = np.zeros(3), np.zeros((3, 3)), np.zeros(3)
    present = {cell.id for cell in seen.cells}
    for call in seen.calls:
        if call.cell not in said:
            place = group_of(call.label, counted, members)
            called[place] += 1
            total = sum(call.probabilities.values()) or 1.0
            for label, probability in call.probabilities.items():
                probable[place, group_of(label, counted, members)] += probability / total
    for cell, review in said.items():
        if cell in present:
            known[group_of(review.now, counted, members)] += 1
    return Case(called, probable, known, effective_n)


def group_of(label: str, counted: Set[str], members: Set[str]) -> int:
    """0 the composite, 1 the counted rest, 2 the uncounted."""
    return 0 if label in members else 1 if label in counted else 2
