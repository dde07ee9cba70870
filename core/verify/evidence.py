"""What a site's labelled cases showed: one record a case, numbers only, no picture and no file's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.readings import Interval
from core.records import ModelStamp, Specimen


@dataclass(frozen=True, slots=True)
class Composite:
    """One composite (blasts with equivalents, or CBLC) of one case. Shares in 0–1, of counted cells."""

    members: int  # by the expert
    counted: int  # by the expert
    stated: float | None  # what the application states; None: withheld
    corrected: float | None = None  # for the classifier's confusion; None: it is not known
    interval: Interval | None = None  # the patient interval of the whole case
    holds: bool | None = None  # of one half of the case, against the expert's other half; None: too few cells for that

    @property
    def expert(self) -> float | None:
        return self.members / self.counted if self.counted else None

    @property
    def difference(self) -> float | None:
        return None if self.stated is None or self.expert is None else self.stated - self.expert


@dataclass(frozen=True, slots=True)
class CaseEvidence:
    """One case. `name` is a keyed hash, or the site's own pseudonym where the site chose so."""

    name: str
    labelled: int
    found: int
    blasts_labelled: int
    blasts_found: int
    blasts_called: int  # of the found labelled cells
    blasts_right: int  # called so and labelled so
    judged: int  # found labelled cells whose oddness the classifier stated
    odd: int
    outlines: int | None  # found in completely labelled fields; None: not every cell carries a label
    blasts: Composite
    cblc: Composite
    withheld: str = ""
    centre: str = ""
    diagnosis: str = ""
    missed: Mapping[str, int] = field(default_factory=dict)  # expert's class: cells that were not found
    pairs: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (expert, called): cells that were


@dataclass(frozen=True, slots=True)
class Site:
    """Everything the verdict rests on."""

    cases: tuple[CaseEvidence, ...]
    specimen: Specimen
    vocabulary: str
    cblc_name: str
    models: tuple[ModelStamp, ...]
    unusable: int = 0  # files that could not be read
    left_out: Mapping[str, int] = field(default_factory=dict)  # why labelled cells were left out: how many

    @property
    def pairs(self) -> Counter[tuple[str, str]]:
        whole: Counter[tuple[str, str]] = Counter()
        for case in self.cases:
            whole.update(case.pairs)
        return whole

    @property
    def missed(self) -> Counter[str]:
        whole: Counter[str] = Counter()
        for case in self.cases:
            whole.update(case.missed)
        return whole
