"""What the store keeps of summaries: every version, what a language model was sent and answered, who may be sent to.

Nothing is replaced: an edit is another version that names the one it was made from. Which of them stands, and whether
it is still about the case as it is now, is decided here and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.summaries import Summary, as_table


class Kind(StrEnum):
    """How a version came about."""

    WRITTEN = "written"  # by the template or a language model, because somebody asked for it
    EDITED = "edited"  # by a person, from an earlier version
    CHOSEN = "chosen"  # an earlier version, taken up again as it was
    TRIED = "tried"  # a language model was asked and nothing came of it: the template's words, with the reason


@dataclass(frozen=True, slots=True)
class Exchange:
    """What went out to a language model and what came back, to the byte, for keeping."""

    sent: bytes
    received: bytes


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a case's summary."""

    number: int  # 1, 2, 3 … within the case
    at: dt.datetime
    actor: str
    kind: Kind
    parent: int | None  # the version it was made from
    summary: Summary


def standing(versions: Sequence[Version]) -> Version | None:
    """The version that a case is filed with: the newest. A failed try takes nobody's words away, so it stands only
    where there are no others; None where nothing was ever written."""
    ordered = sorted(versions, key=lambda one: one.number)
    made = [one for one in ordered if one.kind is not Kind.TRIED]
    found = made or ordered
    return found[-1] if found else None


def digest(version: Version | None) -> str:
    """Of the words that stand, for a signature to cover; '' where the template's are told, which follow from the rest
    of the case."""
    if version is None or version.kind is Kind.TRIED:
        return ""
    told = {name: value for name, value in as_table(version.summary).items() if name != "rejected"}
    line = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(line.encode()).hexdigest()


class WordsDoor(Protocol):
    """The seam."""

    def add(
        self,
        case_id: str,
        summary: Summary,
        kind: Kind,
        *,
        actor: str,
        parent: int | None = None,
        exchanges: Sequence[Exchange] = (),
        confirmed: bool = False,
        after: int | None = None,
        base: Summary | None = None,
    ) -> Version:
        """Append a version. What a person wrote may identify nobody, unless that is `confirmed`. Where `after` is said,
        it must still be the newest version: else somebody came between, and a person must look first. `base` is what
        was edited where that is no version yet: it is kept first, in the place of `parent`."""
        ...

    def versions(self, case_id: str) -> list[Version]:
        """In the order in which they were made."""
        ...

    def exchanges(self, case_id: str, number: int) -> list[Exchange]:
        """What was sent and came back for that version, try by try."""
        ...

    def allowed_host(self) -> str:
        """To which other machine an administrator allows sending now; '' for none."""
        ...

    def allow_host(self, host: str, *, actor: str) -> None:
        """'' takes the leave back."""
        ...
