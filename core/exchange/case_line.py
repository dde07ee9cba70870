"""The document of a case (`case_json.document`) on one line, written in the one way, as it is hashed.

Nearly all of it are the cells, and of them only what people say changes while a case is looked at. So they are written
once for each run, and a person's word is put in where it belongs: the same bytes as of the whole document, in a
fraction of the time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import labels
from core.exchange import case_json
from core.once import Once
from core.readings import LabelFreeReading, Reading
from core.records import CaseInfo, MarkerValue, Review, Seen

line = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
"""Plain values as the one text there is of them."""

CELLS, WORD = "cells", "reviewed_class"
NOBODY = b"null"
Markers = Mapping[str, Mapping[str, MarkerValue]]
Piece = bytes | memoryview


def pieces(
    info: CaseInfo, seen: Seen, reading: Reading | LabelFreeReading, case_id: str, reviews: Sequence[Review]
) -> Iterator[Piece]:
    """`line(case_json.document(…))`, encoded, piece by piece."""
    markers = reading.values if isinstance(reading, LabelFreeReading) else {}
    cells = _latest(seen).of(seen, markers)
    yield from with_key(case_json.around(info, seen, reading, case_id), CELLS, _said(cells, reviews))


def with_key(values: Mapping[str, Any], key: str, written: Iterable[Piece]) -> Iterator[Piece]:
    """`line` of these values and one more, which is given as it is written."""
    before = line({name: value for name, value in values.items() if name < key})
    after = line({name: value for name, value in values.items() if name > key})
    yield f"{before[:-1]}{',' * (before != '{}')}{line(key)}:".encode()
    yield from written
    yield f"{',' * (after != '{}')}{after[1:]}".encode()


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """All cells of a run as nobody has named them; `places` says where in the text that of each cell stands."""

    text: bytes
    places: tuple[tuple[str, int], ...]


def _said(cells: _Cells, reviews: Sequence[Review]) -> Iterator[Piece]:
    said, text, done = labels.last(reviews), memoryview(cells.text), 0
    for cell, place in cells.places:
        if cell in said:
            yield text[done:place]
            yield line(said[cell].now).encode()
            done = place + len(NOBODY)
    yield text[done:]


def _written(seen: Seen, markers: Markers) -> _Cells:
    text, places = bytearray(b"["), list[tuple[str, int]]()
    for cell in case_json.each_cell(seen, (), markers):
        text += b"," if places else b""
        for place, piece in enumerate(with_key(cell, WORD, (NOBODY,))):
            if place == 1:
                places.append((cell["id"], len(text)))
            text += piece
    return _Cells(bytes(text + b"]"), tuple(places))


class _Latest:
    """A run's cells as they were last written, and the marker values that might be seen then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[_Cells, Markers] | None = None

    def of(self, seen: Seen, markers: Markers) -> _Cells:
        with self._lock:
            if self._made is None or self._made[1] != markers:
                self._made = _written(seen, markers), markers
            return self._made[0]


_latest = Once(lambda _seen: _Latest())
