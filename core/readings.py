"""What may be stated of a case: shares with intervals, criteria, alerts, facts. Pure values, no arithmetic.

Two kinds of case, two readings: `Reading` of a stained smear, `LabelFreeReading` of label-free pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.records import CaseInfo, MarkerValue, ModelStamp


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float
    level: float = 0.95  # 0: as the card of the model states it
    method: str = "Wilson"


@dataclass(frozen=True, slots=True)
class Share:
    """count of total, as a ratio in 0–1 with its interval; ratio and interval are None when total is 0."""

    id: str  # 'class.lymphocyte.share', 'cblc.ratio', 'blasts.ratio'
    name: str
    count: int
    total: int
    ratio: float | None
    interval: Interval | None
    effective_n: float | None = None  # from the variance between fields; None: fields not assessed
    note: str = ""
    withheld: str = ""  # the reason, when the number must not be shown


@dataclass(frozen=True, slots=True)
class Corrected:
    """A share corrected for the classifier's confusion, beside the raw one and never in its place.

    `same_cells` holds the classifier's error alone: what an expert would have counted on these very cells.
    `patient` holds the sampling of cells and fields as well.
    """

    id: str  # 'cblc.corrected'
    name: str
    share: str  # id of the raw share
    value: float | None  # by the classifier's probabilities (PACC), 0–1
    by_calls: float | None  # by its calls (ACC)
    same_cells: Interval | None
    patient: Interval | None
    patients: int  # calibration patients that the confusion was measured on
    assumption: str
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Odds:
    """A ratio of two counts (M:E, erythroblasts per 100 leukocytes) with its interval."""

    id: str
    name: str
    numerator: int
    denominator: int
    value: float | None
    interval: Interval | None
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class SmudgeBounds:
    """Share of smudge cells among counted + smudge, and a composite's bounds with them as none or all of it."""

    share: Share
    warn: bool
    cblc_low: float | None
    cblc_high: float | None
    blasts_low: float | None
    blasts_high: float | None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One classification's reading of the blast share, for one assumption on genetics."""

    system: str  # 'WHO 5th ed. 2022' or 'ICC 2022 / ELN 2022'
    genetics: str
    reading: str  # 'AML range (≥ 20 %)', 'MDS-IB2 range', …, 'below every mark'
    certainty: str  # 'interval straddles no mark', 'interval straddles 20 %'
    note: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something no number may silence. level: 'urgent', 'warning', 'note'."""

    id: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldShare:
    """One field's contribution."""

    image: str
    counted: int
    cblc: int
    blasts: int


@dataclass(frozen=True, slots=True)
class Quality:
    """May the numbers be shown at all? `withheld` is the reason when they may not."""

    images: int
    cells: int
    counted: int
    warnings: tuple[str, ...] = ()
    withheld: str = ""
    odd: Share | None = None  # of the counted cells, unlike the calibration cells; None: the model cannot tell
    unsure: Share | None = None  # of the counted cells, more than one class possible; None: the model has no sets


@dataclass(frozen=True, slots=True)
class Adequacy:
    counted: int
    target: int
    word: str  # 'adequate', 'inadequate'
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ratios:
    """What counting gives: everything in a Reading that is arithmetic, before anything is withheld."""

    adequacy: Adequacy
    differential: tuple[Share, ...]  # classes in the specimen's denominator; their counts sum to its total
    uncounted: tuple[tuple[str, int], ...]  # (class, cells) outside the denominator
    cblc: Share
    blasts: Share
    smudge: SmudgeBounds
    me: Odds | None  # marrow only
    erythroblasts_per_100: Odds | None  # blood only
    fields: tuple[FieldShare, ...]
    criteria: tuple[Criterion, ...]
    alerts: tuple[Alert, ...]
    warnings: tuple[str, ...]
    advice: tuple[str, ...]  # speaks of the shares, so it is withheld with them
    reviewed: int  # cells whose label is a person's
    corrected: tuple[Corrected, ...] = ()  # of CBLC and of blasts


@dataclass(frozen=True, slots=True)
class Quantile:
    """The value that `share` of the cells lie below."""

    share: float  # 0.5 is the median
    value: float
    interval: Interval | None  # None: too few cells for one


@dataclass(frozen=True, slots=True)
class Bimodality:
    """Sarle's coefficient with its interval; `above` says whether all of it lies above that of an even spread, 5/9."""

    value: float
    interval: Interval
    above: bool


@dataclass(frozen=True, slots=True)
class Distribution:
    """One marker's estimates over some cells."""

    id: str  # 'marker.cd16', 'marker.cd16.granulocyte'
    name: str  # 'all counted cells', 'granulocytes'
    code: str  # the class; '' for all
    cells: int
    quantiles: tuple[Quantile, ...] = ()  # from the lowest up
    above: Share | None = None  # cells above the cut-off; None: there is none
    bimodality: Bimodality | None = None  # None: too few cells, or all alike
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class MarkerReading:
    """What may be said of one marker: over all counted cells, then within each class."""

    id: str  # 'cd16'
    name: str  # 'CD16'
    units: str
    cut: float | None  # above it a cell counts as high
    cut_origin: str  # 'entered', "the model's card", '' without a cut-off
    whole: Distribution
    classes: tuple[Distribution, ...]
    note: str
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a label-free case's quality control."""

    id: str  # 'quality.focus'
    name: str
    said: str  # what was found, in words and numbers
    word: str  # 'good', 'warning', 'not assessed'
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that may be said of a case; summary, PDF, FHIR and screen all read these."""

    id: str
    name: str
    value: float | int | str | None
    unit: str  # '%', 'cells', 'ratio', 'per 100 leukocytes', ''
    digits: int
    interval: Interval | None
    origin: str  # 'counted from calls of baseline-classifier', 'entered by a reader', 'computed'
    withheld: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that may be stated of a case at this moment."""

    info: CaseInfo
    quality: Quality
    adequacy: Adequacy
    differential: tuple[Share, ...]
    uncounted: tuple[tuple[str, int], ...]
    cblc: Share
    blasts: Share
    smudge: SmudgeBounds
    me: Odds | None  # marrow only
    erythroblasts_per_100: Odds | None  # blood only
    fields: tuple[FieldShare, ...]
    criteria: tuple[Criterion, ...]
    alerts: tuple[Alert, ...]
    reviewed: int
    facts: tuple[Fact, ...]
    models: tuple[ModelStamp, ...]
    warnings: tuple[str, ...]
    corrected: tuple[Corrected, ...] = ()  # of CBLC and of blasts


@dataclass(frozen=True, slots=True)
class LabelFreeReading:
    """Everything that may be stated of a label-free case. There is no marker value in it that must not be seen."""

    info: CaseInfo
    quality: Quality
    adequacy: Adequacy
    differential: tuple[Share, ...]
    uncounted: tuple[tuple[str, int], ...]
    fields: tuple[tuple[str, int], ...]  # (image, counted cells)
    markers: tuple[MarkerReading, ...]
    markers_withheld: str  # why no marker value may be seen; '' when they may
    values: Mapping[str, Mapping[str, MarkerValue]]  # cell → marker → value, of those that may be seen
    checks: tuple[Check, ...]
    alerts: tuple[Alert, ...]
    reviewed: int
    facts: tuple[Fact, ...]
    models: tuple[ModelStamp, ...]
    warnings: tuple[str, ...]
