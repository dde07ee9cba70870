"""Tiles of whole slides as JPEG, for the slide viewer; those drawn are kept in bounded memory.

Nothing of a slide is loaded but the pieces that a tile needs. Label and macro pictures cannot be reached from here:
the reader does not read them.
"""

from __future__ import annotations

import io
import threading
from collections import OrderedDict

from PIL import Image as Pillow

from core.slides.reading import Slide
from pages.components import resources

KEPT_BYTES = 64 << 20  # of drawn tiles: about 5,000 of them
QUALITY = 82

Key = tuple[str, str, int, int, int]  # case, slide, zoom, column, row


class Tiles:
    """Safe from several threads."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._lock = threading.Lock()
        self._drawn: OrderedDict[Key, bytes] = OrderedDict()
        self.bytes = 0

    def jpeg(self, key: Key, slide: Slide) -> bytes:
        with self._lock:
            if key in self._drawn:
                self._drawn.move_to_end(key)
                return self._drawn[key]
        drawn = _jpeg(slide, *key[2:])
        with self._lock:
            if key not in self._drawn:
                self._drawn[key] = drawn
                self.bytes += len(drawn)
            while self.bytes > self._kept_bytes:
                self.bytes -= len(self._drawn.popitem(last=False)[1])
        return drawn


_tiles = Tiles()


def tile(case_id: str, slide_id: str, zoom: int, column: int, row: int) -> bytes:
    """A tile of a case's slide, which is asked for first: tiles of one that was deleted may still be in memory."""
    slide = resources.store().slides.opened(case_id, slide_id)
    return _tiles.jpeg((case_id, slide_id, zoom, column, row), slide)


def _jpeg(slide: Slide, zoom: int, column: int, row: int) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(slide.tile(zoom, column, row)).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
