"""A case as it is filed: the one object that a report and every export are made from.

`sha256` is over what the case states and who signed it. It holds no clock and no place, so whoever makes it again from
the same case gets the same, and a paper can be compared with the case it came from.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from core import analyse, facts_background, facts_slide, facts_strength, product
from core.appraisals import Budget, DesignEstimate, DesignShare
from core.charts import paper
from core.charts.paper import Chosen
from core.doors.filing import ONLY_LOOKED
from core.doors.laboratory import Wanted
from core.doors.review import Purpose
from core.exchange import case_json, case_line, values
from core.protocols import CaseRow, RunState, Store
from core.readings import LabelFreeReading, Reading
from core.records import CaseInfo, Modality, Review, Seen
from core.review import budget, design, reads, signing
from core.review.signing import Signed, State, Void
from core.robustness import standing
from core.settings import Settings
from core.summaries import Summary, as_table
from core.vocabulary import Vocabulary, vocabulary
from core.writers import asking
from core.writers import held as told
from core.writers.template import Template


@dataclass(frozen=True, slots=True, eq=False)
class Filed:
    """Everything that may leave the house about a case, at one moment."""

    id: str
    info: CaseInfo
    created: dt.datetime | None  # None: it lies in no store
    run: str  # '': the latest run has not finished
    analysed: dt.datetime | None
    seen: Seen
    reviews: tuple[Review, ...]
    reading: Reading | LabelFreeReading
    vocabulary: Vocabulary
    state: State
    content: str  # the hash that a signature given now would bind
    summary: Summary
    shown: Chosen  # cells of the gallery
    pictures: Mapping[str, bytes]  # their crops as PNG
    trail: tuple[int, str] | None  # number and hash of the last event that changed the case; None: in no store
    version: str
    sample: DesignEstimate | None = None  # what a random sample says that was read to its end
    budgets: tuple[Budget, ...] = ()  # of a smear: where the widths of its intervals come from


@dataclass(frozen=True, slots=True)
class AtHand:
    """What a process holds of cases already, so that nothing is read or worked out twice: what `gather` would find."""

    seen: Callable[[str, str], Seen]  # by case and run
    vocabulary: Callable[[str], Vocabulary]
    reading: Callable[[CaseRow, str, Sequence[Review]], Reading | LabelFreeReading]  # of a run, without cut-offs


def gather(
    store: Store,
    case_id: str,
    settings: Settings,
    *,
    summary: Summary | None = None,
    cuts: Mapping[str, float] = MappingProxyType({}),
    held: AtHand | None = None,
) -> Filed:
    """The case as it is now. Without a `summary` the version that stands is filed while it is about these facts, else
    the template's, with a note that says why; `cuts` are those a person entered."""
    last = _last_change(store, store.case(case_id).id)  # first: what is not yet in it is never filed under it
    row = store.case(case_id)
    run = next(iter(store.desk.runs(row.id)), "")
    seen = held.seen(row.id, run) if held and run else store.seen(row.id)
    reviews = tuple(store.reviews(row.id))
    words = (held.vocabulary if held else partial(vocabulary, folder=settings.vocabularies_folder))(row.info.vocabulary)
    if held and run and not cuts:
        reading = held.reading(row, run, reviews)
    else:
        reading = _stated(store, row, run, seen, reviews, words, cuts)
    versions = store.words.versions(row.id)
    now = signing.content(row.info, store.images(row.id), seen, reviews, versions)
    shown = paper.chosen(seen, reviews, words, paper.ROOMS[row.info.modality])
    done = row.run if row.run and row.run.state is RunState.DONE else None
    return Filed(
        id=row.id,
        info=row.info,
        created=row.created,
        run=done.id if done else "",
        analysed=done.finished if done else None,
        seen=seen,
        reviews=reviews,
        reading=reading,
        vocabulary=words,
        state=signing.state(store.review.signatures(row.id), now),
        content=now.hash,
        summary=summary or told.now(versions, reading, words).summary,
        shown=shown,
        pictures=store.crops(row.id, shown.cells) if shown.cells else {},
        trail=last,
        version=product.version(),
        sample=_sampled(store, row, seen, reviews, reading, words),
        budgets=budgets(seen, reviews, reading, words),
    )


def _stated(
    store: Store,
    row: CaseRow,
    run: str,
    seen: Seen,
    reviews: tuple[Review, ...],
    words: Vocabulary,
    cuts: Mapping[str, float],
) -> Reading | LabelFreeReading:
    """What the calls and reviews say, and what was tested of them."""
    bare = read(seen, reviews, row.info, words, cuts)
    known = facts_slide.added(bare, facts_slide.coverage(store, row.id, run))
    tested = standing.current(store.robustness.results(row.id), seen, row.info, words)
    worse = standing.current(store.robustness.curves(row.id), seen, row.info, words)
    return facts_strength.added(facts_background.added(known, tested), worse)


def _last_change(store: Store, case_id: str) -> tuple[int, str] | None:
    """Number and hash of the last event that changed the case, from the newest back: there may be thousands."""
    before = None
    while page := store.laboratory.history.page(Wanted(case=case_id), before=before, limit=20):
        for event in page:
            if event.action not in ONLY_LOOKED:
                return event.number, event.hash
        before = page[-1].number
    return None


def unstored(case_id: str, info: CaseInfo, seen: Seen, reading: Reading | LabelFreeReading, words: Vocabulary) -> Filed:
    """A case that lies in no store: nobody reviewed or signed it, and no picture of a cell was kept."""
    return Filed(
        id=case_id,
        info=info,
        created=None,
        run="",
        analysed=None,
        seen=seen,
        reviews=(),
        reading=reading,
        vocabulary=words,
        state=signing.Unsigned(),
        content=signing.content_hash(info, seen.images, seen, ()),
        summary=Template().write(asking.of_case(reading, words)),
        shown=Chosen(),
        pictures={},
        trail=None,
        version=product.version(),
        budgets=budgets(seen, (), reading, words),
    )


def _sampled(
    store: Store,
    row: CaseRow,
    seen: Seen,
    reviews: Sequence[Review],
    reading: Reading | LabelFreeReading,
    words: Vocabulary,
) -> DesignEstimate | None:
    """As the page of a smear tells it: a finished sample of the run that is shown, or nothing."""
    if row.run is None or not isinstance(reading, Reading) or reading.quality.withheld:
        return None
    drawn = reads.latest(store.review.samples(row.id), Purpose.ESTIMATE, row.run.id)
    if drawn is None:
        return None
    found = design.estimate(seen, reviews, drawn.drawn, row.info, words)
    return None if found.withheld else found


def budgets(
    seen: Seen, reviews: Sequence[Review], reading: Reading | LabelFreeReading, words: Vocabulary
) -> tuple[Budget, ...]:
    """Of the two shares of a smear. No model's card is asked, so that a paper does not hang on what is installed."""
    if not isinstance(reading, Reading):
        return ()
    shares = [reading.blasts.id, *([reading.cblc.id] if words.cblc_name else [])]
    return tuple(budget.of(seen, reviews, reading, words, share=share) for share in shares)


def read(
    seen: Seen, reviews: tuple[Review, ...], info: CaseInfo, words: Vocabulary, cuts: Mapping[str, float]
) -> Reading | LabelFreeReading:
    """Whichever of the two readings fits the case."""
    if info.modality is Modality.DPC:
        return analyse.read_label_free(seen, reviews, info, words, cuts)
    return analyse.read(seen, reviews, info, words)


@lru_cache(maxsize=4)
def sha256(of: Filed) -> str:
    """Of what the case states, its summary, and who signed it: `digest(stated(of))`. Every file of a case asks for it,
    so it is kept; and it is asked for after every review, so it is made without the document that it is over."""
    case = case_line.pieces(of.info, of.seen, of.reading, of.id, of.reviews)
    hashed = hashlib.sha256()
    for piece in case_line.with_key(_beside(of), "case", case):
        hashed.update(piece)
    return hashed.hexdigest()


@lru_cache(maxsize=4)
def document(of: Filed) -> values.Document:
    """Its case.json as plain values, for reading only: they are kept, and several files are made of them."""
    return case_json.document(of.info, of.seen, of.reading, of.id, reviews=of.reviews)


def stated(of: Filed) -> dict[str, Any]:
    """What `sha256` is over, as plain values: through JSON and back it has the same digest."""
    return {"case": document(of), **_beside(of)}


def _beside(of: Filed) -> dict[str, Any]:
    """What is stated beside the case itself."""
    return {
        "random_sample": _drawn(of.sample) if of.sample else None,
        "summary": as_table(of.summary),
        "signature": signature(of.state),
    }


def digest(whole: Mapping[str, Any]) -> str:
    """SHA-256 of plain values, written in the one way."""
    return hashlib.sha256(case_line.line(whole).encode()).hexdigest()


def _drawn(found: DesignEstimate) -> dict[str, Any]:
    """What a random sample says, as plain values."""

    def share(one: DesignShare) -> dict[str, Any]:
        ends = {"same_cells": values.interval(one.same_cells), "patient": values.interval(one.patient)}
        return {"value": values.rounded(one.value), **ends}

    return {
        "declared": found.declared,
        "read": found.read,
        "of": found.frame,
        "with_the_call_in_view": found.anchored,
        "blasts": share(found.blasts),
        "cblc": share(found.cblc),
        "notes": list(found.notes),
    }


def signature(state: State) -> dict[str, Any]:
    """Who signed which content, as plain values."""
    by = state.by if isinstance(state, Signed) else (state.was,) if isinstance(state, Void) else ()
    return {
        "state": type(state).__name__.lower(),
        "because": list(state.because) if isinstance(state, Void) else [],
        "by": [
            {
                "by": one.actor,
                "role": one.role,
                "authenticated": one.authenticated,
                "at": one.at.astimezone(dt.UTC).isoformat(),
                "content": one.content.hash,
            }
            for one in by
        ],
    }
