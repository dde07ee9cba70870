"""Rows as the store keeps them: worked out when a run finishes, or at the first look, and anew when a case changed.

What a row was worked out from is its state: what is known of the case, which run is shown, how many reviews there are,
the words it is counted in, and this version of us. Reading the states of a thousand cases takes one query; reading
their cells would take minutes.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from core import analyse
from core.cohort import row as rows
from core.cohort.columns import FIXED
from core.control import colours
from core.doors.cohort import Kept, Member
from core.errors import HemaboardError
from core.product import version
from core.protocols import Store
from core.records import Modality, Seen
from core.settings import Settings
from core.vocabulary import Vocabulary, vocabularies, vocabulary

MADE = 2  # raise it when a row of the same case would come out otherwise
UNFORESEEN = "Its row could not be worked out, and that was not foreseen"
PICTURES = 5  # a stain hardly varies within a slide: so many fields tell it, whatever the case's size
log = logging.getLogger("hemaboard")


def words_of(member: Member, settings: Settings) -> Vocabulary:
    return vocabulary(member.info.vocabulary, settings.vocabularies_folder)


def words_of_all(members: Sequence[Member], settings: Settings) -> list[Vocabulary]:
    """Those that occur and are here: one that is missing costs its cases their numbers, and nobody else the table."""
    names = sorted({member.info.vocabulary for member in members})
    here = vocabularies(settings.vocabularies_folder)
    return [vocabulary(name, settings.vocabularies_folder) for name in names if name in here]


def states(members: Sequence[Member], settings: Settings) -> dict[str, str]:
    """The state of each case that has a finished run."""
    ours: dict[str, str] = {}
    for name in {member.info.vocabulary for member in members}:
        try:
            ours[name] = _of_words(vocabulary(name, settings.vocabularies_folder))
        except HemaboardError:
            ours[name] = "missing"
    return {member.case: _state(member, ours[member.info.vocabulary]) for member in members if member.run}


def stale(members: Sequence[Member], settings: Settings) -> list[Member]:
    """Those whose row is missing or speaks of another state."""
    now = states(members, settings)
    return [member for member in members if member.run and member.kept != now[member.case]]


def refresh(store: Store, settings: Settings, members: Sequence[Member]) -> Iterator[tuple[Member, str]]:
    """Work out and keep what is stale, case by case; with each what went wrong, '' if nothing did.

    A case that cannot be worked out costs the others nothing, whatever went wrong with it.
    """
    for member in stale(members, settings):
        try:
            store.cohort.keep(made(store, settings, member))
        except HemaboardError as error:  # a picture that cannot be read, a case deleted meanwhile
            yield member, str(error)
        except Exception as error:  # a defect of ours, or a database that is away
            log.exception("The row of %s", member.case)
            yield member, f"{UNFORESEEN} ({type(error).__name__}); the log says more."
        else:
            yield member, ""


def after_run(store: Store, settings: Settings, run_id: str, warn: Callable[[str], object]) -> None:
    """Once a run has finished: whoever did the run works out the row, so that many workers share that too.

    It only spares whoever opens a cohort some time: whatever goes wrong here is no fault of the run.
    """
    try:
        for _, problem in refresh(store, settings, store.cohort.members([store.run(run_id).case])):
            if problem:
                warn(f"the row of {run_id} will be worked out at the first look: {problem}")
    except Exception as error:  # noqa: BLE001
        warn(f"the row of {run_id} will be worked out at the first look: {type(error).__name__}")


def made(store: Store, settings: Settings, member: Member) -> Kept:
    """One case's row: its cells are read, and the pictures where no earlier row of the same run measured them."""
    words = words_of(member, settings)
    seen = store.seen(member.case, member.run)
    said = store.reviews(member.case)
    label_free = member.info.modality is Modality.DPC
    reading = (analyse.read_label_free if label_free else analyse.read)(seen, said, member.info, words)
    before = store.cohort.kept([member.case]).get(member.case)
    measured = before is not None and before.run == member.run and before.stain  # nothing: it may go better this time
    stain = before.stain if before and measured else _stain(store, member, seen)
    row = rows.of(member, seen, reading, stain, store.cohort.engines(member.case, member.run))
    return Kept(member.case, _state(member, _of_words(words)), member.run, stain, row)


def _stain(store: Store, member: Member, seen: Seen) -> dict[str, float]:
    """Of a few fields, evenly spread; nothing of label-free pictures, which are not stained."""
    if member.info.modality is Modality.DPC or not seen.images:
        return {}
    step = max(1, len(seen.images) // PICTURES)
    chosen = seen.images[::step][:PICTURES]
    there = []

    def pictures() -> Iterator[tuple[str, bytes]]:
        for image in chosen:
            try:
                content = store.picture(member.case, image.id)
            except HemaboardError:  # a damaged picture, or a slide that is not here any more: the counts stay
                continue
            there.append(image.id)
            yield image.id, content

    told = colours.measured(seen, pictures())
    return {key: value for key, value in told.items() if key in KNOWN} | ({"stain_fields": len(there)} if there else {})


KNOWN = frozenset(column.name for column in FIXED)


def _state(member: Member, words: str) -> str:
    info = replace(member.info, note="")  # a note changes no number
    told = (MADE, _version(), words, info, member.run, member.reviews, member.last_review)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def _of_words(words: Vocabulary) -> str:
    told = [[one.code, sorted(one.counted), sorted(one.composites)] for one in words.classes]
    return hashlib.sha256(json.dumps([words.id, told], default=str).encode()).hexdigest()


@cache
def _version() -> str:
    return version()
