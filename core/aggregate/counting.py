"""Counts by field and class, and shares of them with their intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, replace

from core import statistics
from core.readings import FieldShare, Odds, Share
from core.records import Findings, Seen, Specimen
from core.vocabulary import Vocabulary

APL_FUSION = "PML::RARA"


@dataclass(frozen=True, slots=True)
class Groups:
    """Which classes make which sum, for one specimen and one reader's findings."""

    counted: frozenset[str]
    cblc: frozenset[str]
    blasts: frozenset[str]
    promyelocytes: frozenset[str]
    myeloid: frozenset[str]
    erythroid: frozenset[str]
    smudge: frozenset[str]


def groups(vocabulary: Vocabulary, specimen: Specimen, findings: Findings) -> Groups:
    """Promyelocytes are blast equivalents only once a reader has entered APL, or the fusion that defines it."""
    counted = frozenset(c.code for c in vocabulary.counted(specimen))
    promyelocytes = vocabulary.members("promyelocyte")
    blasts = vocabulary.members("blasts") | (promyelocytes if apl_entered(findings) else frozenset())
    return Groups(
        counted=counted,
        cblc=vocabulary.members("cblc") & counted,
        blasts=blasts & counted,
        promyelocytes=promyelocytes & counted,
        myeloid=vocabulary.members("myeloid") & counted,
        erythroid=vocabulary.members("erythroid"),
        smudge=vocabulary.members("smudge"),
    )


def apl_entered(findings: Findings) -> bool:
    return findings.apl is True or findings.genetics.strip() == APL_FUSION


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cells of each class lie in each field; fields in the order of the images."""

    fields: dict[str, Counter[str]]
    whole: Counter[str]

    def of(self, codes: Set[str]) -> int:
        return sum(self.whole[code] for code in codes)

    def by_field(self, codes: Set[str]) -> list[int]:
        return [sum(field[code] for code in codes) for field in self.fields.values()]


def counts(seen: Seen, labels: dict[str, str]) -> Counts:
    """Every named cell, once, under its field."""
    fields: dict[str, Counter[str]] = {image.id: Counter() for image in seen.images}
    for cell in seen.cells:
        label = labels.get(cell.id)
        if label is not None:
            if cell.image not in fields:
                fields[cell.image] = Counter()
            fields[cell.image][label] += 1
    whole: Counter[str] = Counter()
    for field in fields.values():
        whole.update(field)
    return Counts(fields, whole)


def share(id: str, name: str, codes: Set[str], of: Set[str], counted: Counts, note: str = "") -> Share:
    """Cells of `codes` among cells of `of`, on the effective n that the fields allow."""
    count, total = counted.of(codes), counted.of(of)
    if not total:
        return Share(id, name, 0, 0, None, None, note=note)
    n = statistics.effective_n(counted.by_field(codes), counted.by_field(of))
    notes = [note] if note else []
    if n is None:
        notes.append("fields not assessed")
    interval = statistics.share_interval(count, total, n)
    return Share(id, name, count, total, count / total, interval, n, "; ".join(notes))


def odds(id: str, name: str, numerator: int, denominator: int, per: int, missing: str) -> Odds:
    """numerator per `per` of denominator; withheld with the words `missing` when there is nothing to divide by."""
    if not denominator:
        return Odds(id, name, numerator, denominator, None, None, withheld=missing)
    ratio = statistics.odds(numerator, denominator)
    interval = replace(ratio, low=ratio.low * per, high=ratio.high * per)
    return Odds(id, name, numerator, denominator, numerator / denominator * per, interval)


def field_shares(counted: Counts, group: Groups) -> tuple[FieldShare, ...]:
    """What each field contributes."""
    columns = (counted.by_field(codes) for codes in (group.counted, group.cblc, group.blasts))
    return tuple(FieldShare(image, *row) for image, *row in zip(counted.fields, *columns, strict=True))
