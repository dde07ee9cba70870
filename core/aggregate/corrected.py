"""The composites' shares corrected for the classifier's confusion, where its stamp says how it errs."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cache

import numpy as np

from core import labels
from core.aggregate.counting import Groups, apl_entered
from core.correction import Case, Estimate, corrected
from core.readings import Corrected, Share
from core.records import CaseInfo, Confusion, Domain, ModelStamp, Review, Seen, Specimen

ASSUMPTION = "assumes that the classifier errs here as it did on its calibration patients"


def of(seen: Seen, reviews: Sequence[Review], info: CaseInfo, group: Groups, shares: Sequence[Share]) -> tuple[
    Corrected, ...
]:  # fmt: skip
    """CBLC and blasts, in the order of `shares`; cells that a person named are known and need no correction."""
    # With APL entered promyelocytes are blasts too: known only where that makes the same group as the CBLC.
    apl = ("cblc" if group.blasts == group.cblc else "") if apl_entered(info.findings) else "blasts"
    keys = {"cblc.ratio": "cblc", "blasts.ratio": apl}
    members = {"cblc.ratio": group.cblc, "blasts.ratio": group.blasts}
    return tuple(_one(seen, reviews, info, group, share, keys[share.id], members[share.id]) for share in shares)


def _one(
    seen: Seen, reviews: Sequence[Review], info: CaseInfo, group: Groups, share: Share, key: str, members: Set[str]
) -> Corrected:
    id, name = share.id.replace(".ratio", ".corrected"), f"{share.name}, corrected"
    classifiers = [model for model in seen.models if model.task == "classifier"]
    known = [model.confusion[key] for model in classifiers if key in model.confusion]
    reason = _unfit(info, classifiers, known)
    found = Estimate(None, None, None, None, reason)
    if not reason:
        found = corrected(case_of(seen, reviews, group.counted, members, share.effective_n), known[0])
    patients = len(known[0].called) if known else 0
    return Corrected(
        id, name, share.id, found.pacc, found.acc, found.same_cells, found.patient, patients, ASSUMPTION, found.withheld
    )


def _unfit(info: CaseInfo, classifiers: Sequence[ModelStamp], known: Sequence[Confusion]) -> str:
    if not known:
        return "the classifier's confusion is not known"
    if len(classifiers) != 1:
        return "more than one classifier named these cells"
    if info.domain is Domain.PROCEDURAL:
        return "synthetic case: the classifier's confusion was measured on real cells"
    if classifiers[0].domain == Domain.PROCEDURAL:
        return "the classifier's confusion was measured on drawn cells"
    if info.specimen is Specimen.MARROW:
        return "the classifier's confusion was measured on peripheral blood, not on marrow"
    return ""


def case_of(
    seen: Seen, reviews: Sequence[Review], counted: Set[str], members: Set[str], effective_n: float | None = None
) -> Case:
    """Calls and probabilities of unreviewed cells by group; what people said of the others."""
    said = labels.last(reviews)
    present = {cell.id for cell in seen.cells}
    place = cache(lambda label: group_of(label, counted, members))
    rows, places = [], []
    for call in seen.calls:
        if call.cell in present and call.cell not in said:
            row = [0.0, 0.0, 0.0]
            for label, probability in call.probabilities.items():
                row[place(label)] += probability
            rows.append(row)
            places.append(place(call.label))
    likely = np.asarray(rows, float).reshape(-1, 3)
    likely /= np.maximum(likely.sum(axis=1, keepdims=True), 1e-12)  # stored with few digits
    one_hot = np.eye(3)[np.asarray(places, int)]
    known = np.zeros(3)
    for cell, review in said.items():
        if cell in present:
            known[place(review.now)] += 1
    return Case(one_hot.sum(axis=0), one_hot.T @ likely, known, likely.T @ likely, effective_n)


def group_of(label: str, counted: Set[str], members: Set[str]) -> int:
    """0 the composite, 1 the counted rest, 2 the uncounted."""
    return 0 if label in members else 1 if label in counted else 2
