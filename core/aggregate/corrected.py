"""The composites' shares corrected for the classifier's confusion, where its stamp says how it errs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain, compress

import numpy as np
from numpy.typing import NDArray

from core import labels
from core.aggregate.counting import Groups, apl_entered
from core.correction import Case, Estimate, corrected
from core.once import Once
from core.readings import Corrected, Share
from core.records import CaseInfo, Confusion, Domain, ModelStamp, Review, Seen, Specimen

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
ASSUMPTION = "assumes that the classifier errs here as it did on its calibration patients"


def of(seen: Seen, reviews: Sequence[Review], info: CaseInfo, group: Groups, shares: Sequence[Share]) -> tuple[
    Corrected, ...
]:  # fmt: skip
    """CBLC and blasts, in the order of `shares`; cells that a person named are known and need no correction."""
    # With APL entered promyelocytes are blasts too: known only where that makes the same group as the CBLC.
    apl = ("cblc" if group.blasts == group.cblc else "") if apl_entered(info.findings) else "blasts"
    keys = {"cblc.ratio": "cblc", "blasts.ratio": apl}
    members = {"cblc.ratio": group.cblc, "blasts.ratio": group.blasts}
    said = votes(seen, reviews) if any(model.confusion for model in seen.models) else None
    return tuple(_one(seen, said, info, group, share, keys[share.id], members[share.id]) for share in shares)


def _one(
    seen: Seen, said: Votes | None, info: CaseInfo, group: Groups, share: Share, key: str, members: Set[str]
) -> Corrected:
    id, name = share.id.replace(".ratio", ".corrected"), f"{share.name}, corrected"
    classifiers = [model for model in seen.models if model.task == "classifier"]
    known = [model.confusion[key] for model in classifiers if key in model.confusion]
    reason = _unfit(info, classifiers, known)
    found = Estimate(None, None, None, None, reason)
    if not reason and said is not None:
        found = corrected(case_of(said, group.counted, members, share.effective_n), known[0])
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


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """The probabilities of the unreviewed cells, flat, in the order of the calls; classes as places in `labels`.

    The same for every composite, so it is made once; only which class is in which group differs.
    """

    labels: tuple[str, ...]
    cells: tuple[str, ...]
    called: Ints  # (cells,) what each cell is called
    cell: Ints  # (values,) whose probability it is
    label: Ints  # (values,) of which class
    value: Floats  # (values,)
    odd: Flags  # (cells,)
    unsure: Flags  # (cells,)
    said: Mapping[str, str]  # reviewed cells of the case: what a person says


def votes(seen: Seen, reviews: Sequence[Review]) -> Votes:
    """Those of all cells are taken from the calls once for a run; after a review it is only left out who was named."""
    whole, last = _whole(seen), labels.last(reviews)
    open_ = np.fromiter((cell not in last for cell in whole.cells), bool, len(whole.cells))
    values = open_[whole.cell]
    place = np.cumsum(open_) - 1
    present = _present(seen)
    return Votes(
        labels=whole.labels,
        cells=tuple(compress(whole.cells, open_)),
        called=whole.called[open_],
        cell=place[whole.cell[values]],
        label=whole.label[values],
        value=whole.value[values],
        odd=whole.odd[open_],
        unsure=whole.unsure[open_],
        said={cell: review.now for cell, review in last.items() if cell in present},
    )


def _every_vote(seen: Seen) -> Votes:
    """Cells named alike share one list of classes, so that classes are looked up once a list and not once a value."""
    present = _present(seen)
    calls = [call for call in seen.calls if call.cell in present]
    place: dict[str, int] = {}
    lists: dict[tuple[str, ...], Ints] = {}
    parts = []
    for call in calls:
        names = tuple(call.probabilities)
        if names not in lists:
            lists[names] = np.array([place.setdefault(name, len(place)) for name in names], np.int64)
        parts.append(lists[names])
    called = np.array([place.setdefault(call.label, len(place)) for call in calls], np.int64)
    sizes = np.array([len(part) for part in parts], np.int64)
    values = chain.from_iterable(call.probabilities.values() for call in calls)
    return Votes(
        labels=tuple(place),
        cells=tuple(call.cell for call in calls),
        called=called,
        cell=np.repeat(np.arange(len(calls)), sizes),
        label=np.concatenate(parts) if parts else np.zeros(0, np.int64),
        value=np.fromiter(values, float, int(sizes.sum())),
        odd=np.array([labels.odd(call) for call in calls], bool),
        unsure=np.array([labels.unsure(call) for call in calls], bool),
        said={},
    )


_whole = Once(_every_vote)
_present = Once(lambda seen: frozenset(cell.id for cell in seen.cells))


def likely(votes: Votes, counted: Set[str], members: Set[str]) -> Floats:
    """(cells, 3) probabilities of the groups; stored with few digits, so that they are made to add up to 1.

    bincount adds in the order of the values: the sums are those of a loop over them, to the last digit.
    """
    number = len(votes.called)
    group = _groups(votes, counted, members)
    flat = np.bincount(votes.cell * 3 + group[votes.label], votes.value, 3 * number) if number else np.zeros(0)
    found = flat.reshape(-1, 3)
    found /= np.maximum(found.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(found, float)


def called(votes: Votes, counted: Set[str], members: Set[str]) -> Ints:
    """(cells,) the group that each is called."""
    return _groups(votes, counted, members)[votes.called]


def _groups(votes: Votes, counted: Set[str], members: Set[str]) -> Ints:
    return np.array([group_of(label, counted, members) for label in votes.labels], np.int64)


def case_of(votes: Votes, counted: Set[str], members: Set[str], effective_n: float | None = None) -> Case:
    """Calls and probabilities of unreviewed cells by group; what people said of the others."""
    share = likely(votes, counted, members)
    one_hot = np.eye(3)[called(votes, counted, members)]
    known = np.zeros(3)
    for label in votes.said.values():
        known[group_of(label, counted, members)] += 1
    return Case(one_hot.sum(axis=0), one_hot.T @ share, known, share.T @ share, effective_n)


def group_of(label: str, counted: Set[str], members: Set[str]) -> int:
    """0 the composite, 1 the counted rest, 2 the uncounted."""
    return 0 if label in members else 1 if label in counted else 2
