"""WHO 5th ed. 2022 and ICC 2022 / ELN 2022, side by side, on the share of blasts and blast equivalents.

Never on the CBLC. Genetics are unknown unless a person entered them. A reading names the range that the share
falls in; it is not a diagnosis, and a share below every mark excludes nothing.
Sources: Khoury et al., Leukemia 2022;36:1703 (WHO); Arber et al., Blood 2022;140:1200 (ICC); Döhner et al.,
Blood 2022;140:1345 (ELN).
"""

from __future__ import annotations

from dataclasses import dataclass

from core import statistics
from core.readings import Criterion, Share
from core.records import Findings, Specimen

WHO, ICC = "WHO 5th ed. 2022", "ICC 2022 / ELN 2022"
MARKS = {Specimen.MARROW: (5, 10, 20), Specimen.BLOOD: (2, 5, 10, 20)}
"""Per cent; where a share lies close to one of these, more cells are worth counting."""

UNKNOWN, NO_DEFINING = "unknown", "no defining genetics"
DEFINING = (
    "PML::RARA",
    "RUNX1::RUNX1T1",
    "CBFB::MYH11",
    "NPM1",
    "KMT2A-r",
    "MECOM-r",
    "NUP98-r",
)
GENETICS = (UNKNOWN, NO_DEFINING, *DEFINING, "CEBPA", "BCR::ABL1", "TP53")
"""What may be entered as `Findings.genetics`."""

BELOW = "below every mark: excludes nothing"
DECIDED = "interval straddles no mark"  # never 'clear', which beside a low share reads as 'all clear'


@dataclass(frozen=True, slots=True)
class Bands:
    """(mark in per cent, words) from the highest down. No bands: the reading does not depend on the share."""

    bands: tuple[tuple[int, str], ...]
    below: str = BELOW
    note: str = ""


def _under(mark: int, genetics: str) -> str:
    return f"below {mark} %, the mark for {genetics}: excludes nothing"


def criteria(blasts: Share, specimen: Specimen, findings: Findings) -> tuple[Criterion, Criterion]:
    """The two classifications' readings, WHO first."""
    genetics, entered = _genetics(findings)
    who, icc = _who(genetics, specimen, findings.auer_rods is True), _icc(genetics, specimen)
    return (_criterion(WHO, who, blasts, genetics, entered), _criterion(ICC, icc, blasts, genetics, entered))


def _genetics(findings: Findings) -> tuple[str, str]:
    """The row of the table, and words on how it was chosen."""
    given = findings.genetics.strip()
    if given in GENETICS and given != UNKNOWN:
        return given, f"genetics entered: {given}"
    if given and given != UNKNOWN:
        return UNKNOWN, f"genetics entered as '{given}', which the table does not hold: read as unknown"
    if findings.apl is True:
        return "PML::RARA", "APL entered by a reader: read with PML::RARA, to be confirmed"
    who_any = "genetics unknown: with defining genetics WHO reads AML at any count, ICC from 10 %"
    return UNKNOWN, who_any


def _who(genetics: str, specimen: Specimen, auer_rods: bool) -> Bands:
    if genetics in DEFINING:
        return Bands((), f"AML with {genetics}, at any count", "does not depend on the share")
    if genetics in ("CEBPA", "BCR::ABL1"):
        return Bands(((20, f"AML with {genetics} range (≥ 20 %)"),), _under(20, genetics))
    note = "TP53 is no separate entity here: read by count" if genetics == "TP53" else ""
    aml = (20, "AML range (≥ 20 %)")
    if auer_rods:
        auer = "Auer rods entered: MDS-IB2 whatever the share below 20 %"
        return Bands((aml,), "MDS-IB2 range (Auer rods)", "; ".join(filter(None, (note, auer))))
    if specimen is Specimen.MARROW:
        return Bands((aml, (10, "MDS-IB2 range (10–19 %)"), (5, "MDS-IB1 range (5–9 %)")), note=note)
    return Bands((aml, (5, "MDS-IB2 range (5–19 % in blood)"), (2, "MDS-IB1 range (2–4 % in blood)")), note=note)


def _icc(genetics: str, specimen: Specimen) -> Bands:
    if genetics in (*DEFINING, "CEBPA"):
        note = "holds for in-frame bZIP mutations of CEBPA" if genetics == "CEBPA" else ""
        return Bands(((10, f"AML with {genetics} range (≥ 10 %)"),), _under(10, genetics), note)
    if genetics == "BCR::ABL1":
        return Bands(((20, "AML with BCR::ABL1 range (≥ 20 %)"),), _under(20, genetics))
    if genetics == "TP53":
        tp53 = ((20, "AML with TP53 range (≥ 20 %)"), (10, "MDS/AML with TP53 range (10–19 %)"))
        return Bands(tp53, _under(10, genetics))
    upper = ((20, "AML range (≥ 20 %)"), (10, "MDS/AML range (10–19 %)"))
    if specimen is Specimen.MARROW:
        return Bands((*upper, (5, "MDS-EB range (5–9 %)")))
    return Bands((*upper, (2, "MDS-EB range (2–9 % in blood)")))


def _criterion(system: str, bands: Bands, blasts: Share, genetics: str, entered: str) -> Criterion:
    note = "; ".join(filter(None, (entered, bands.note)))
    if not bands.bands:
        return Criterion(system, genetics, bands.below, DECIDED, note)
    if blasts.interval is None:
        return Criterion(system, genetics, "not stated: no counted cells", "not assessed", note)
    # In whole numbers, so that exactly 20 % is 20 %.
    reached = (words for mark, words in bands.bands if blasts.count * 100 >= mark * blasts.total)
    marks = sorted(mark for mark, _ in bands.bands)
    open_ = statistics.straddled(blasts.interval, [mark / 100 for mark in marks])
    certainty = f"interval straddles {' and '.join(f'{mark * 100:.0f} %' for mark in open_)}" if open_ else DECIDED
    return Criterion(system, genetics, next(reached, bands.below), certainty, note)
