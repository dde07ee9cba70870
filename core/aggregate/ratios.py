"""Everything seen and everything people said → the patient's counts, shares, criteria and alerts.

Pure and quick: it runs again after every review. Shares here are of the cells as called and corrected; their
intervals hold the sampling of cells and, from five fields on, of fields. The classifier's error is only in the
corrected shares, which stand beside the raw ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from core import labels, statistics
from core.aggregate import corrected
from core.aggregate.alerts import alerts
from core.aggregate.counting import Counts, Groups, apl_entered, counts, field_shares, groups, odds, share
from core.aggregate.criteria import MARKS, criteria
from core.readings import Adequacy, Corrected, Odds, Ratios, Share, SmudgeBounds
from core.records import CaseInfo, Domain, Review, Seen, Specimen
from core.vocabulary import Vocabulary

TARGET = {Specimen.MARROW: 500, Specimen.BLOOD: 200}  # ICSH 2008; CLSI H20-A2
MARROW_MINIMUM = 300  # ICSH 2008, when no precise share is needed
SMUDGE_WARNING = 10  # per cent


def ratios(seen: Seen, reviews: Sequence[Review], info: CaseInfo, vocabulary: Vocabulary) -> Ratios:
    """Counts and shares of one case, for its specimen, after every review."""
    named = labels.settled(seen, reviews)
    for code in set(named.values()):
        vocabulary[code]  # a label from elsewhere is refused, never dropped
    group = groups(vocabulary, info.specimen, info.findings)
    counted = counts(seen, named)
    total = counted.of(group.counted)
    cblc, blasts = _cblc(vocabulary, group, counted), _blasts(info, group, counted)
    smudge = _smudge(vocabulary, group, counted)
    better = corrected.of(seen, reviews, info, group, (cblc, blasts))
    held = [c for c in vocabulary.classes if c.code in group.counted]
    return Ratios(
        adequacy=adequacy_of(total, info.specimen),
        differential=tuple(share(f"class.{c.code}.share", c.name, {c.code}, group.counted, counted) for c in held),
        uncounted=tuple((c.code, counted.whole[c.code]) for c in vocabulary.classes if c.code not in group.counted),
        cblc=cblc,
        blasts=blasts,
        smudge=smudge,
        me=_me(group, counted) if info.specimen is Specimen.MARROW else None,
        erythroblasts_per_100=_per_100(group, counted) if info.specimen is Specimen.BLOOD else None,
        fields=field_shares(counted, group),
        criteria=criteria(blasts, info.specimen, info.findings),
        alerts=alerts(info.findings, counted, group),
        warnings=tuple(_warnings(seen, reviews, info, better)),
        advice=tuple(_advice(info, blasts, smudge, better)),
        reviewed=len(labels.last(reviews).keys() & {cell.id for cell in seen.cells}),
        corrected=better,
    )


def _cblc(vocabulary: Vocabulary, group: Groups, counted: Counts) -> Share:
    note = f"{vocabulary.cblc_name} carries no diagnostic band and is not a blast percentage"
    outside = [c.code for c in vocabulary.classes if "cblc" in c.composites and c.code not in group.counted]
    if outside:
        note += f"; {', '.join(outside)} not counted in this specimen"
    return share("cblc.ratio", vocabulary.cblc_name, group.cblc, group.counted, counted, note)


def _blasts(info: CaseInfo, group: Groups, counted: Counts) -> Share:
    note = "all promyelocytes included: APL entered by a reader" if apl_entered(info.findings) else ""
    return share("blasts.ratio", "blasts and blast equivalents", group.blasts, group.counted, counted, note)


def _smudge(vocabulary: Vocabulary, group: Groups, counted: Counts) -> SmudgeBounds:
    """Blasts smudge preferentially: what a composite would be with smudges as none or all of it."""
    if not group.smudge:
        note = f"{vocabulary.id} has no class for smudge cells"
        return SmudgeBounds(Share("smudge.share", "smudge cells", 0, 0, None, None, note=note), False, *[None] * 4)
    base = group.counted | group.smudge
    smudges, total = counted.of(group.smudge), counted.of(base)
    found = share("smudge.share", "smudge cells", group.smudge, base, counted, "of counted and smudge cells")
    if not total:
        return SmudgeBounds(found, False, *[None] * 4)
    cblc, blasts = counted.of(group.cblc), counted.of(group.blasts)
    return SmudgeBounds(
        share=found,
        warn=smudges * 100 > SMUDGE_WARNING * total,
        cblc_low=cblc / total,
        cblc_high=(cblc + smudges) / total,
        blasts_low=blasts / total,
        blasts_high=(blasts + smudges) / total,
    )


def _me(group: Groups, counted: Counts) -> Odds:
    myeloid, erythroid = counted.of(group.myeloid), counted.of(group.erythroid)
    return odds("me.ratio", "M:E ratio", myeloid, erythroid, 1, "no erythroblasts were counted")


def _per_100(group: Groups, counted: Counts) -> Odds:
    erythroid, leukocytes = counted.of(group.erythroid), counted.of(group.counted)
    name = "erythroblasts per 100 leukocytes"
    return odds("erythroblasts.per_100", name, erythroid, leukocytes, 100, "no leukocytes were counted")


def adequacy_of(counted: int, specimen: Specimen) -> Adequacy:
    """Were enough cells counted for a precise share?"""
    target = TARGET[specimen]
    if counted >= target:
        note = "ICSH asks for at least two smears" if specimen is Specimen.MARROW else ""
        return Adequacy(counted, target, "adequate", note)
    note = f"{target - counted} cells short of {target}: the intervals are wide"
    if specimen is Specimen.MARROW and counted >= MARROW_MINIMUM:
        note += f"; {MARROW_MINIMUM} are enough only where no precise share is needed"
    return Adequacy(counted, target, "inadequate", note)


def _warnings(seen: Seen, reviews: Sequence[Review], info: CaseInfo, better: Sequence[Corrected]) -> list[str]:
    warnings = []
    if info.domain is Domain.PROCEDURAL:
        warnings.append("Synthetic case: the pictures were drawn by a program and belong to no patient.")
    if info.specimen is Specimen.MARROW:
        warnings.append("Marrow is not validated with the shipped weights.")
    if all(one.withheld for one in better):
        warnings.append(
            "Intervals do not hold the classifier's error: they cover the sampling of cells and fields only."
        )
    else:
        warnings.append(
            "Only the intervals of the corrected shares hold the classifier's error; all others cover the sampling of"
            " cells and fields only."
        )
    return warnings + strangers(seen, reviews)


def strangers(seen: Seen, reviews: Sequence[Review]) -> list[str]:
    """Reviews of cells that this run does not hold."""
    absent = labels.last(reviews).keys() - {cell.id for cell in seen.cells}
    return [f"{len(absent)} reviewed cells are not among the cells of this run and change nothing."] if absent else []


def _advice(info: CaseInfo, blasts: Share, smudge: SmudgeBounds, better: Sequence[Corrected]) -> list[str]:
    advice = []
    if smudge.warn and smudge.share.ratio is not None:
        advice.append(
            f"Smudge cells are {100 * smudge.share.ratio:.1f} % of counted and smudge cells"
            f" (above {SMUDGE_WARNING} %): blasts smudge more often than others, see the bounds."
        )
    return advice + extension(blasts, info.specimen) + _classifier_straddles(blasts, info.specimen, better)


def _classifier_straddles(blasts: Share, specimen: Specimen, better: Sequence[Corrected]) -> list[str]:
    """Marks that sampling alone seems to settle, and that the classifier's error leaves open or turns over."""
    wide = next((one.patient for one in better if one.share == blasts.id and one.patient), None)
    if wide is None or blasts.interval is None:
        return []
    advice = []
    for mark in MARKS[specimen]:
        if statistics.straddled(blasts.interval, [mark / 100]):
            continue
        if statistics.straddled(wide, [mark / 100]):
            advice.append(
                f"With the classifier's error the blasts may lie on either side of {mark} %: review cells before"
                " reading them against this mark."
            )
        elif (wide.low >= mark / 100) != (blasts.interval.low >= mark / 100):
            side = "above" if wide.low >= mark / 100 else "below"
            advice.append(
                f"Corrected for the classifier's confusion the blasts lie {side} {mark} %, by its calls on the other"
                " side: review cells before reading them against this mark."
            )
    return advice


def extension(blasts: Share, specimen: Specimen) -> list[str]:
    """Advice for each mark that the interval of the blasts straddles: how many cells would settle it."""
    if blasts.ratio is None or blasts.interval is None:
        return []
    target, effect = TARGET[specimen], blasts.total / blasts.effective_n if blasts.effective_n else 1.0
    advice = []
    for mark in MARKS[specimen]:
        if not statistics.straddled(blasts.interval, [mark / 100]):
            continue
        text = f"The interval of the blasts straddles {mark} %: extend the count."
        if blasts.total < target:
            below, above = statistics.clearing(target, mark / 100)
            ways = [f"{above} or more"] * (above is not None) + [f"{below} or fewer"] * (below is not None)
            text += f" Of {target} independent cells, {' or '.join(ways)} blasts clear the mark."
        cells = statistics.needed(blasts.ratio, mark / 100, effect)
        text += f" At this share {f'about {cells}' if cells else 'no reasonable number of'} cells in all would."
        advice.append(text + " Fix the number before counting on.")
    return advice
