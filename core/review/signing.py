"""Sign-off: what a signature covers, and whether it still does.

A signature binds a hash over everything of the case: particulars, pictures, the run's cells and calls, every review.
Nothing is locked: whoever changes anything afterwards voids the signature, and everybody sees it, with the part
that changed. To go on properly, a signer reopens the case and says why.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from operator import is_
from typing import Any

from core.doors import words
from core.doors.review import Content, Deed, Signature
from core.doors.words import Version
from core.once import Once
from core.records import CaseInfo, ImageInfo, Review, Seen

PARTS = {
    "info": "what is known of the case was changed",
    "images": "its pictures are not the same",
    "seen": "another run is shown: cells or calls are not the same",
    "words": "the summary is another",
}


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A draft. `reopened` when a signature stood and was taken back."""

    reopened: Signature | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """Everybody who signed this very content, the first one first."""

    by: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Void:
    """The last signature, and what happened to the case since."""

    was: Signature
    because: tuple[str, ...]


State = Unsigned | Signed | Void


def content(
    info: CaseInfo, images: Sequence[ImageInfo], seen: Seen, reviews: Sequence[Review], written: Sequence[Version] = ()
) -> Content:
    """The digests of the case's parts; `written` are the versions of its summary. The same case gives the same, in
    whichever store it lies."""
    told = words.digest(words.standing(written))
    return Content(_digest([info]), _digest(images), _seen(seen), _said.digest(reviews), len(reviews), told)


def content_hash(info: CaseInfo, images: Sequence[ImageInfo], seen: Seen, reviews: Sequence[Review]) -> str:
    """The one hash that a signature binds."""
    return content(info, images, seen, reviews).hash


def _seen_digest(seen: Seen) -> str:
    """Of the pictures looked at, the cells with their outlines, the calls and the models that made them."""
    return _digest(
        (
            *(image.id for image in seen.images),
            *(_told(cell) | {"contour": cell.contour.tobytes().hex()} for cell in seen.cells),
            *seen.calls,
            *((model.task, model.name, model.digest) for model in seen.models),
        )
    )


def state(given: Sequence[Signature], now: Content) -> State:
    """What the signatures of a case are worth, given what the case is now."""
    if not given:
        return Unsigned()
    last = given[-1]
    if last.deed is Deed.REOPENED:
        return Unsigned(last)
    start = max((place for place, one in enumerate(given, 1) if one.deed is Deed.REOPENED), default=0)
    standing = tuple(one for one in given[start:] if one.content.hash == now.hash)
    return Signed(standing) if standing else Void(last, changes(last.content, now))


def changes(signed: Content, now: Content) -> tuple[str, ...]:
    """What happened since, in words."""
    found = [words for part, words in PARTS.items() if getattr(signed, part) != getattr(now, part)]
    added = now.reviewed - signed.reviewed
    if added > 0:
        found.append("1 review was added" if added == 1 else f"{added} reviews were added")
    elif signed.reviews != now.reviews:
        found.append("reviews were changed or removed")
    return tuple(found)


def _told(record: Any) -> dict[str, Any]:
    """A record's fields that are not at their defaults.

    So a field that a later version adds voids no signature of before, as long as nobody used it.
    """
    usual = _defaults(record.__class__)
    return {name: value for name in record.__slots__ if (value := getattr(record, name)) is not usual[name]
            and (usual[name] is MISSING or value != usual[name])}  # fmt: skip


@cache
def _defaults(kind: type[Any]) -> dict[str, Any]:
    made = {one.name: one.default_factory() for one in fields(kind) if one.default_factory is not MISSING}
    return {one.name: made.get(one.name, one.default) for one in fields(kind)}


def _digest(values: Iterable[Any]) -> str:
    """Of values one after another, each written in the one way."""
    return _added(hashlib.sha256(), values).hexdigest()


def _added(hashed: hashlib._Hash, values: Iterable[Any]) -> hashlib._Hash:
    for value in values:
        hashed.update(_WRITE(value).encode() + b"\n")
    return hashed


class _Reviews:
    """Digests of reviews. They are only ever added to, so what was hashed before is gone on from and not done again:
    of the very same records alone, so that nothing hangs on how records are compared."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._held: OrderedDict[int, tuple[tuple[Review, ...], hashlib._Hash]] = OrderedDict()

    def digest(self, reviews: Sequence[Review]) -> str:
        if not reviews:
            return _digest(())
        first = id(reviews[0])  # nobody else's, as long as it is held
        with self._lock:
            known, before = self._held.get(first, ((), hashlib.sha256()))
            if len(known) > len(reviews) or not all(map(is_, known, reviews)):
                known, before = (), hashlib.sha256()
            hashed = _added(before.copy(), reviews[len(known) :])
            self._held[first] = tuple(reviews), hashed
            self._held.move_to_end(first)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return hashed.hexdigest()


def _plain(value: Any) -> Any:
    """Times in UTC; records as their fields; numbers of numpy as plain ones, as the store gives them back."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if is_dataclass(value):
        return _told(value)
    return value.item() if hasattr(value, "item") else dict(value)


_WRITE = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain
).encode

_seen = Once(_seen_digest)
_said = _Reviews(most=32)
