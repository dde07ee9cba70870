"""Frozen records that travel the path: what goes in, what is seen, what people say of it.

What may be *stated* of them is in `core.readings`. Arrays are numpy and treated as read-only; records that
hold one compare by identity.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in the pixels of the image, x to the right, y down, x1 and y1 exclusive."""


class Modality(StrEnum):
    SMEAR = "smear"
    DPC = "dpc"


class Specimen(StrEnum):
    MARROW = "marrow"
    BLOOD = "blood"


class Domain(StrEnum):
    """Where pictures come from. Procedural cases have thresholds of their own and say so everywhere."""

    REAL = "real"
    PROCEDURAL = "procedural"


@dataclass(frozen=True, slots=True)
class Findings:
    """What a reader entered beside the pictures. None is 'not stated', never 'absent'."""

    auer_rods: bool | None = None
    atypical_promyelocytes: bool | None = None
    apl: bool | None = None
    genetics: str = "unknown"


@dataclass(frozen=True, slots=True)
class CaseInfo:
    """What is known of a case. The patient is a pseudonym only."""

    pseudonym: str
    specimen: Specimen
    modality: Modality = Modality.SMEAR
    stain: str = "not stated"
    centre: str = "not stated"
    scanner: str = "not stated"
    um_per_px: float | None = None
    domain: Domain = Domain.REAL
    vocabulary: str = "shipped16"
    findings: Findings = Findings()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image's identity and size, without its pixels."""

    id: str  # derived from the pixels, so that the same picture has the same id whatever its container
    sha256: str  # of the file as it was given (of the member, inside a ZIP)
    page: int  # page within that file, from 0
    label: str  # 'image 3', 'image 3 page 2': never the file's name
    modality: Modality
    width: int
    height: int
    um_per_px: float | None = None
    bits: int = 8
    views: tuple[str, ...] = ()  # DPC: ('left', 'right', 'top', 'bottom') or fewer; smear: ()
    source_format: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """An image with pixels: smear (H, W, 3) uint8 RGB; DPC (views, H, W) uint8, uint16 or float32."""

    info: ImageInfo
    pixels: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody gave us. `name` is for messages to that person only and is never stored.

    `known` is set when the picture was taken in before (a stored image read back by a run): decode then
    checks that the pixels are the ones it names and keeps its identity. `select` picks items of a
    collection too large to load whole (BSCCM).
    """

    name: str
    source: bytes | Path
    known: ImageInfo | None = None
    select: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One file that could not be used, and what to do about it. The others are unharmed."""

    file: str
    message: str
    kind: str = "unreadable"  # the error's class, lower case: 'unreadablefile', 'refusedfile', …


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something a person must settle before an image may be stored (burned-in identifiers)."""

    image: str
    reason: str
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of a batch of uploads."""

    images: tuple[Image, ...] = ()
    problems: tuple[Problem, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    duplicates: tuple[Problem, ...] = ()  # files whose picture was already there: counted once, said so


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """What a detector returns for one cell, in image pixels."""

    contour: NDArray[np.float32]  # (N, 2) x, y; closed implicitly; N ≥ 3
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell of one image. The id is a function of the image and the contour, so steps can be repeated."""

    id: str
    image: str
    box: Box
    contour: NDArray[np.float32]
    score: float
    touches_edge: bool = False
    measures: Mapping[str, float] = field(default_factory=dict)  # area_px, circularity, diameter_um …


Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Confusion:
    """How a classifier mistook three groups of cells (composite, counted rest, uncounted) on labelled patients.

    One 3 × 3 matrix a patient, rows what the expert said, columns what the classifier said: `called` counts its
    calls, `probable` adds up its probabilities. The patients were in neither training nor test.
    """

    called: tuple[Matrix, ...]
    probable: tuple[Matrix, ...]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Confusion:
        """From a model's card or a stored row; ValueError when it is no such thing."""
        found = {}
        for key in ("called", "probable"):
            matrices = np.asarray(table[key], dtype=float).reshape(len(table[key]), 3, 3)
            if not np.isfinite(matrices).all() or (matrices < 0).any():
                raise ValueError(f"'{key}' of a confusion with numbers that count nothing")
            found[key] = tuple(tuple(map(tuple, matrix.tolist())) for matrix in matrices)
        if set(table) != set(found) or len(found["called"]) != len(found["probable"]):
            raise ValueError("a confusion without a called and a probable matrix for each patient")
        return cls(**found)


@dataclass(frozen=True, slots=True)
class ModelStamp:
    """Which weights said something."""

    name: str
    digest: str
    task: str  # 'detector', 'classifier' or 'phenotyper'
    domain: str  # what it was made from, from its card
    notice: str = ""  # printed wherever its results are: 'baseline, not for reading'
    vocabulary: str = ""
    confusion: Mapping[str, Confusion] = field(default_factory=dict, hash=False)  # by composite: 'cblc', 'blasts'
    markers: tuple[str, ...] = ()  # that a phenotyper estimates
    marker_truth: str = ""  # what their values were learned from: 'simulated', 'measured'; '': it tells none
    marker_units: str = ""
    marker_cuts: Mapping[str, float] = field(default_factory=dict, hash=False)  # above it a cell is 'high', by the card
    marker_ranges: Mapping[str, tuple[float, float]] = field(
        default_factory=dict, hash=False
    )  # of the cells it learned from
    engine: str = field(default="", compare=False)  # what ran it, where that is known: goes into the trail, not a case


@dataclass(frozen=True, slots=True)
class Engine:
    """How one network runs on this machine."""

    network: str
    name: str  # '' where none has been tried yet
    why: str
    agrees: bool | None = None  # with the reference, on drawn inputs; None: not tried
    agreement: str = ""  # by how much it differs
    rates: Mapping[str, float] = field(default_factory=dict, hash=False)  # items a second when tried, by engine


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What an installed model says of itself, for reading. `tables` are the card's own, whatever is in them."""

    name: str
    task: str = ""
    version: str = ""
    notice: str = ""
    domain: str = ""
    licence: str = ""
    vocabulary: str = ""
    cannot_do: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    marker_truth: str = ""
    marker_units: str = ""
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)  # 'figures', 'training' …
    weights: str = ""  # the file's name; empty: a model without
    digest: str = ""
    in_use: bool = False  # what this version names cells with
    origin: str = ""  # the site's own folder that it lies in; empty: shipped
    problem: str = ""  # why it is refused: weights that are not the card's, a card that cannot be read


@dataclass(frozen=True, slots=True)
class MarkerValue:
    """What a phenotyper estimates of one marker on one cell, in the units of its stamp."""

    value: float
    low: float | None = None  # of the interval that the card states the coverage of; None: no interval could be made
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What a model says a cell is. Labels are codes of the model's vocabulary."""

    cell: str
    label: str
    probabilities: Mapping[str, float]
    model: str  # the stamp's digest
    measures: Mapping[str, float] = field(default_factory=dict)  # nucleus_fraction, chromatin …
    possible: tuple[str, ...] = ()  # conformal set, the likeliest first; empty: the model has none
    oddness: float | None = None  # share of the model's calibration cells that were less odd, 0–1; None: not assessed
    markers: Mapping[str, MarkerValue] = field(default_factory=dict)  # see core.markers for who may see them
    gate: tuple[float, float] | None = None  # share of the convolutional branch in the class, in the markers
    views: tuple[str, ...] = ()  # label-free: the views that were there and used


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Seen:
    """A batch of images, with their cells and calls; batches add up with `core.analyse.together`."""

    images: tuple[ImageInfo, ...] = ()
    cells: tuple[Cell, ...] = ()
    calls: tuple[Call, ...] = ()
    models: tuple[ModelStamp, ...] = ()
    problems: tuple[Problem, ...] = ()
    crops: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)  # cell id → RGB crop or strip, if at hand


class Stream(StrEnum):
    """Why a cell was reviewed. Only RANDOM may enter a design-based estimate.

    OBSERVER is one of several independent reads: it changes no label until somebody settles the differences.
    """

    TARGETED = "targeted"
    RANDOM = "random"
    OBSERVER = "observer"
    ADJUDICATED = "adjudicated"


@dataclass(frozen=True, slots=True)
class Review:
    """A person's word on a cell; never an overwrite."""

    cell: str
    actor: str
    at: dt.datetime
    was: str
    now: str
    reason: str = ""
    saw_call: bool = True
    stream: Stream = Stream.TARGETED
    probability: float | None = None
