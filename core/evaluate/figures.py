"""The figures of an evaluation: frozen records, nothing worked out here. Shares are in 0–1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VERSION = "hemaboard.evaluation/2"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 95 % interval over patients. `value` None: not estimable, and `note` says why."""

    value: float | None
    low: float | None
    high: float | None
    n: int  # cells or patients it rests on
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class against the rest. Precision of a class never called, recall of one never labelled: None."""

    code: str
    support: int
    called: int
    precision: Figure
    recall: Figure
    f1: Figure


@dataclass(frozen=True, slots=True)
class CellFigures:
    """Cell by cell."""

    cells: int
    not_found: int
    patients: int
    accuracy: Figure
    weighted_f1: Figure
    macro_f1: Figure
    cblc_auroc: Figure
    blasts_auroc: Figure
    ece: Figure
    coverage: Figure  # share of cells whose conformal set holds the expert's class
    coverage_by_patient: Figure  # the mean of the patients' own coverages
    set_size: Figure
    absent: tuple[str, ...]  # classes the expert never gave: outside the macro mean
    classes: tuple[ClassFigures, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()  # rows the expert, columns the call, the last one "not found"


@dataclass(frozen=True, slots=True)
class IntervalFigures:
    """How an interval does against what it should hold."""

    name: str
    coverage: Figure
    width: Figure
    score: Figure  # Winkler: the width and a fine for each miss; smaller is better
    patients: int
    withheld: Mapping[str, int] = field(default_factory=dict, hash=False)  # reason → patients
    draws: int = 1  # of the halves; each patient's are averaged


@dataclass(frozen=True, slots=True)
class CorrectedFigures:
    """Raw, ACC and PACC on the same patients; changes are corrected minus raw, below 0 is better."""

    patients: int
    bias: Mapping[str, Figure] = field(default_factory=dict, hash=False)  # by 'raw', 'acc', 'pacc'
    difference: Mapping[str, Figure] = field(default_factory=dict, hash=False)  # mean absolute
    change_of_bias: Mapping[str, Figure] = field(default_factory=dict, hash=False)  # of its size
    change_of_difference: Mapping[str, Figure] = field(default_factory=dict, hash=False)
    verdict: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class OtherConfusion:
    """The corrected shares and intervals by another confusion than that of all other patients here."""

    source: str
    intervals: tuple[IntervalFigures, ...]
    corrected: CorrectedFigures


@dataclass(frozen=True, slots=True)
class ShareFigures:
    """The patients' predicted share of one composite against the expert's of the same cells."""

    id: str  # 'cblc' or 'blasts'
    name: str
    patients: int
    pearson: Figure
    mean_absolute: Figure
    bias: Figure  # Bland–Altman: mean of predicted − expert
    low_limit: Figure
    high_limit: Figure
    mark: float
    kappa: Figure
    agreement: tuple[int, int, int, int]  # both ≥, expert only, prediction only, both below
    moved: Figure  # share of patients whose expert ratio lies outside the predicted ratio's Wilson interval
    intervals: tuple[IntervalFigures, ...] = ()
    corrected: CorrectedFigures | None = None
    by_other_confusions: tuple[OtherConfusion, ...] = ()


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient: what stands in patients.csv."""

    patient: str
    diagnosis: str
    centre: str
    fold: str
    cells: int
    not_found: int
    counted_expert: int
    counted_called: int
    shares: Mapping[str, Mapping[str, float | None]] = field(
        default_factory=dict, hash=False
    )  # composite → name → value


@dataclass(frozen=True, slots=True)
class DiagnosisFigures:
    """Telling patients apart by their cells."""

    name: str
    score: str  # what they are told apart by
    positive: int
    negative: int
    auroc: Figure
    sensitivity: Figure | None = None
    specificity: Figure | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The main figures of one centre, one fold, or the patients with enough cells."""

    kind: str
    name: str
    cells: CellFigures
    shares: tuple[ShareFigures, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All of it."""

    source: str
    vocabulary: str
    specimen: str
    replicates: int
    seed: int
    cells: CellFigures
    shares: tuple[ShareFigures, ...]
    diagnoses: tuple[DiagnosisFigures, ...]
    groups: tuple[Group, ...]
    patients: tuple[PatientRow, ...]
    warnings: tuple[str, ...] = ()
    version: str = VERSION
