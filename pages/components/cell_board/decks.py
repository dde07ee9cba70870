"""Decks that pages of this process show, held for the routes that serve their columns, pictures and references.

A deck's id is made from what is in it, so its address may be kept by a browser for as long as it likes.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from core import windows
from core.charts import gallery, references, sprites
from core.errors import BadInput, NotFound
from core.records import Review, Seen
from core.vocabulary import Vocabulary

MOST = 128  # of the decks that somebody looked at last; another is made again when its page is drawn
MOST_CELLS = 100_000  # in all of them


class Held:
    """A deck with what it was made from."""

    def __init__(self, case_id: str, seen: Seen, vocabulary: Vocabulary, deck: gallery.Deck) -> None:
        self.case_id, self.seen, self.vocabulary, self.deck = case_id, seen, vocabulary, deck
        self.body = json.dumps(deck.columns, ensure_ascii=False, separators=(",", ":")).encode()
        self.id = hashlib.sha256(b"\0".join((case_id.encode(), *map(str.encode, deck.cells), self.body))).hexdigest()[
            :24
        ]
        self._cells = {cell.id: cell for cell in seen.cells}
        self._images = {image.id: image for image in seen.images}

    @cached_property
    def _likeness(self) -> references.Likeness:
        return references.likeness(self.seen, self.vocabulary)

    def chosen(self, text: str) -> list[str]:
        """The cells that an address asks for: '3.17.4'."""
        places = text.split(".")
        known = all(place.isascii() and place.isdigit() and int(place) < len(self.deck.cells) for place in places)
        if not known or len(places) > sprites.MOST:
            raise BadInput(
                f"at most {sprites.MOST} places of {len(self.deck.cells)} cells", text[:80], "Reload the page."
            )
        return [self.deck.cells[int(place)] for place in places]

    def sheet(self, cells: Sequence[str], pictures: Mapping[str, bytes], side: int, *, alone: bool) -> bytes:
        masks = [self._mask(cell, side) for cell in cells] if alone else None
        return sprites.sheet([pictures[cell] for cell in cells], side, wide=self.deck.columns["wide"], masks=masks)

    def beside(self, cell: str, reviews: Sequence[Review]) -> dict[str, list[int]]:
        """Class → places of its reference cells; a blinded deck has none, since they would tell."""
        if self.deck.blinded:
            return {}
        found = references.beside(cell, self._likeness, reviews)
        return {code: [self.deck.place[other] for other in cells] for code, cells in found.items()}

    def _mask(self, cell_id: str, side: int) -> Any:
        cell = self._cells[cell_id]
        image = self._images[cell.image]
        return windows.mask(cell, windows.of(cell, image.modality, image.um_per_px), side)


_held: OrderedDict[tuple[Any, ...], Held] = OrderedDict()
_lock = threading.Lock()


def held(
    case_id: str, seen: Seen, vocabulary: Vocabulary, *,
    blinded: bool = False, strips: Mapping[str, str] | None = None, renamed: Mapping[str, str] | None = None,
) -> Held:  # fmt: skip
    """The deck of these cells, made at the first time."""
    told = hash((tuple((strips or {}).items()), tuple((renamed or {}).items())))
    key = (case_id, id(seen), vocabulary.id, blinded, told)  # held decks hold their `seen`: its id is not given twice
    with _lock:
        found = _held.get(key)
    if found is None:
        deck = gallery.deck(seen, vocabulary, blinded=blinded, strips=strips, renamed=renamed)
        found = Held(case_id, seen, vocabulary, deck)
    with _lock:
        _held[key] = found
        _held.move_to_end(key)
        while len(_held) > MOST or (len(_held) > 1 and sum(len(one.deck.cells) for one in _held.values()) > MOST_CELLS):
            _held.popitem(last=False)
    return found


def by_id(case_id: str, deck_id: str) -> Held:
    with _lock:
        found = next((one for one in _held.values() if (one.case_id, one.id) == (case_id, deck_id)), None)
    if found is None:
        raise NotFound(f"cells {deck_id} of case {case_id}", "nobody looks at them any more", "Open the case again.")
    return found
