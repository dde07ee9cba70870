"""What the store keeps of random samples, signatures, reads: the values, and the seam.

A single read is a `Review`, as everywhere. What stands here is what reads belong to: which cells somebody undertook
to read, how they were drawn, when the machine's calls were revealed to whom; and who signed which content.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from core.appraisals import Drawn
from core.records import Stream


class Purpose(StrEnum):
    """Why cells were drawn."""

    ESTIMATE = "estimate"  # their reads alone make the design-based interval
    OBSERVERS = "observers"  # several people read the same cells, each by himself
    REPEAT = "repeat"  # one reader meets cells again that he has read before


STREAMS = {Purpose.ESTIMATE: Stream.RANDOM, Purpose.OBSERVERS: Stream.OBSERVER, Purpose.REPEAT: Stream.OBSERVER}
"""The stream of a sample's reads."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Cells drawn to be read. Its size was declared before the first read."""

    id: str
    run: str
    purpose: Purpose
    at: dt.datetime
    actor: str
    drawn: Drawn
    blinded: bool = True  # the machine's calls are hidden until they are revealed

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order in which they are to be read."""
        return self.drawn.cells

    @property
    def stream(self) -> Stream:
        return STREAMS[self.purpose]


class StepKind(StrEnum):
    REVEALED = "revealed"  # the calls were shown to this reader, for good
    CLOSED = "closed"  # reading is over, finished or not


@dataclass(frozen=True, slots=True)
class SampleStep:
    """Something that happened to a sample."""

    sample: str
    kind: StepKind
    at: dt.datetime
    actor: str
    read: int = 0  # cells the actor had read by then


@dataclass(frozen=True, slots=True)
class Content:
    """Digests of everything a signature covers, part by part, so that a change can be told by its part."""

    info: str
    images: str
    seen: str
    reviews: str
    reviewed: int = 0  # how many reviews there were
    words: str = ""  # of the summary that stands; '' where the template's is told, which follows from the rest

    @property
    def hash(self) -> str:
        """The one hash that is signed."""
        parts = {"info": self.info, "images": self.images, "seen": self.seen, "reviews": self.reviews}
        if self.words:
            parts["words"] = self.words
        return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @classmethod
    def of(cls, parts: Mapping[str, str | int]) -> Content:
        """From a stored row; ValueError when it is no such thing."""
        whole = {"words": "", **parts}  # signed before there were summaries: without them
        if set(whole) != set(cls.__dataclass_fields__) or type(whole["reviewed"]) is not int:
            raise ValueError("parts of a signed content that are none")
        texts = {name: value for name, value in whole.items() if name != "reviewed"}
        if not all(isinstance(text, str) and (len(text) == 64 or (name, text) == ("words", ""))
                   for name, text in texts.items()):  # fmt: skip
            raise ValueError("a digest of a signed content that is none")
        return cls(**{name: str(text) for name, text in texts.items()}, reviewed=int(whole["reviewed"]))


class Deed(StrEnum):
    SIGNED = "signed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Signature:
    """A sign-off, or its reopening: never changed, only followed by another."""

    deed: Deed
    at: dt.datetime
    actor: str
    role: str
    authenticated: bool  # False: nobody was signed in, so the name is only what the server was told
    content: Content
    reason: str = ""  # of a reopening
    number: int = field(default=0, compare=False)  # 1, 2, 3 … within the case


class ReviewDoor(Protocol):
    """Every write names who did it, and stands in the trail with it."""

    def add_sample(self, case_id: str, sample: Sample) -> None: ...
    def samples(self, case_id: str) -> list[Sample]:
        """In the order in which they were drawn."""
        ...

    def add_step(self, case_id: str, step: SampleStep) -> None:
        """A second step of the same kind by the same reader changes nothing."""
        ...

    def steps(self, case_id: str) -> list[SampleStep]: ...

    def sign(self, case_id: str, signature: Signature) -> None:
        """Append a sign-off or a reopening; the same person signing the same content again changes nothing."""
        ...

    def signatures(self, case_id: str) -> list[Signature]:
        """In the order in which they were given."""
        ...
