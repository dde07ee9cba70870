"""Filed cases of every kind, in both modalities, that each export is tried on."""

from __future__ import annotations

from dataclasses import replace

from core.appraisals import DesignEstimate, DesignShare
from core.filed import Filed
from core.readings import Interval
from core.records import Domain, Findings, Specimen
from core.review.signing import Unsigned, Void
from tests.core import counted
from tests.core.report import made
from tests.core.writers import golden

REOPENED = Unsigned(made.SIGNATURE)
SAMPLE = DesignEstimate(
    120, 120, 220, 3,
    DesignShare("cblc.design", "CBLC-3", 0.31, Interval(0.25, 0.38), Interval(0.22, 0.42), 0.33),
    DesignShare("blasts.design", "blasts", 0.196, Interval(0.14, 0.26), Interval(0.12, 0.31), 0.3),
    ("3 reads were made with the call in view",),
)  # fmt: skip
VOID = Void(made.SIGNATURE, ("1 review was added",))


def kinds() -> dict[str, Filed]:
    marrow = counted.info(Specimen.MARROW, findings=Findings(auer_rods=True, apl=True, genetics="NPM1"))
    reviews = [counted.review(f"0-blast-{n}", "monocyte", was="blast") for n in range(6)]
    return {
        "blood": made.case(),
        "marrow, signed": made.case(info=marrow, reviews=reviews, state=made.SIGNED),
        "corrected": made.case(golden.corrected(counted.seen(golden.MIXED)), state=VOID),
        "all odd": made.case(golden.all_odd(counted.seen(golden.MIXED))),
        "few cells": made.case(counted.seen([{"blast": 1}]), state=REOPENED),
        "no erythroblasts": made.case(counted.seen([{"blast": 60}]), counted.info(Specimen.MARROW)),
        "one erythroblast": made.case(counted.seen([{"erythroblast": 60}]), counted.info(Specimen.MARROW)),
        "no images": made.case(counted.seen([])),
        "random sample": replace(made.case(), sample=SAMPLE),
        "label-free, drawn": made.label_free(Domain.PROCEDURAL, cuts=True),
        "label-free, real": made.label_free(Domain.REAL),
    }


KINDS = kinds()
NASTY = ("=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "Ωmega", "ünï-çödé", "Жанна", "漢字", "אבג")
"""Where a name or a pseudonym stands."""
