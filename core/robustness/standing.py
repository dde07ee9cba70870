"""Whether a result still speaks of its case: bound to the calls, and to what they are counted as."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TypeVar

from core.aggregate.counting import groups
from core.doors.robustness import Latest
from core.once import Once
from core.records import CaseInfo, Seen
from core.robustness.curves import Curves
from core.robustness.records import Badge, Extent, Robustness, extent, replaces
from core.vocabulary import Vocabulary

NAMING = ("classifier", "phenotyper")
Result = TypeVar("Result", Robustness, Curves)


def digest(seen: Seen, info: CaseInfo, vocabulary: Vocabulary) -> str:
    """Over every cell with its call, and over which classes make which share for this specimen and these findings."""
    return f"{_calls(seen)}.{_counting(info, vocabulary)}"


def _digest_of_calls(seen: Seen) -> str:
    called = {call.cell: call.label for call in seen.calls}
    return _sha256(sorted((cell.id, called.get(cell.id, "")) for cell in seen.cells))


_calls = Once(_digest_of_calls)


def _counting(info: CaseInfo, vocabulary: Vocabulary) -> str:
    group = groups(vocabulary, info.specimen, info.findings)
    return _sha256([sorted(codes) for codes in (group.counted, group.cblc, group.blasts)])[:16]


def _sha256(plain: object) -> str:
    return hashlib.sha256(json.dumps(plain, separators=(",", ":")).encode()).hexdigest()


def model(seen: Seen) -> str:
    """The digest of the weights that named the cells; '' where nobody did."""
    return next((stamp.digest for stamp in seen.models if stamp.task in NAMING), "")


def fits(result: Robustness | Curves, seen: Seen, info: CaseInfo, vocabulary: Vocabulary) -> bool:
    return result.model == model(seen) and result.calls == digest(seen, info, vocabulary)


def listed(latest: Latest | None, run: str, info: CaseInfo, vocabulary: Vocabulary) -> Badge:
    """For a list of cases, without their calls: those of a run never change, so the run speaks for them.

    A later run is taken for another one, also where it made the very same calls.
    """
    if latest is None:
        return Badge.NOT_TESTED
    same = latest.run == run and latest.calls.endswith(f".{_counting(info, vocabulary)}")
    return Badge(latest.word.value) if same else Badge.OUTDATED


def current(results: Sequence[Result], seen: Seen, info: CaseInfo, vocabulary: Vocabulary) -> Result | None:
    """The result that stands for the case: the fullest that speaks of these calls, of equals the newest. One that left
    kinds out or tried fewer cells takes no place of a fuller one; both are kept."""
    if not results:
        return None
    now, kept = (digest(seen, info, vocabulary), model(seen)), None
    for one in results:
        if (one.calls, one.model) == now:
            kept = one if kept is None or replaces(_extent(one), _extent(kept)) else kept
    return kept


def _extent(result: Robustness | Curves) -> Extent:
    asked = result.asked
    kinds = result.asked.settings if isinstance(result, Robustness) else result.asked.changes
    return extent(kinds, asked.cells, result.frame)


def badge(results: Sequence[Robustness], now: Robustness | None) -> Badge:
    """`now`: what `current` found."""
    if now is not None:
        return Badge(now.verdict.word.value)
    return Badge.OUTDATED if results else Badge.NOT_TESTED
