"""Files of slides in the blob store, and at hand on this machine for the library that reads them.

A slide of one file is read where its blob lies. One of several needs names and neighbours: a folder of links to the
blobs, or, where blobs lie on another machine, of copies fetched once. The folder is gone with the slide.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from core.cases.blobs import Blobs
from core.cases.database import Database
from core.cases.tables_slides import slides
from core.slides.reading import Slide, opened

MOST_OPEN = 6
PATIENCE = 0.5  # seconds


class SlideFiles:
    """What is open and at hand in this process."""

    def __init__(self, blobs: Blobs, folder: Path) -> None:
        self._blobs = blobs
        self._folder = folder / "slides"
        self._lock = threading.Lock()
        self._open: OrderedDict[str, Slide] = OrderedDict()

    def opened(self, sha256: str, parts: Mapping[str, str]) -> Slide:
        """The slide with this digest; `parts` are names and blobs of its files, the one to open first."""
        with self._lock:
            if sha256 in self._open:
                self._open.move_to_end(sha256)
                return self._open[sha256]
            slide = opened(self._at_hand(sha256, parts))
            self._open[sha256] = slide
            while len(self._open) > MOST_OPEN:  # closed when nobody reads from it any more
                self._open.popitem(last=False)
            return slide

    def tidy(self, database: Database) -> None:
        """Let go of slides that no case has any more.

        The database is asked after a look at what lies here: what came here was written down before, whoever brought
        it. Who finds a slide being fetched does not wait for it, but leaves it to the next who tidies.
        """
        if not self._lock.acquire(timeout=PATIENCE):
            return
        try:
            lying = list(self._folder.iterdir()) if self._folder.is_dir() else []
            if not self._open and not lying:
                return
            with database.reading() as connection:
                there = set(connection.execute(sa.select(slides.c.sha256)).scalars())
            for sha256 in self._open.keys() - there:
                self._open.pop(sha256).close()
            for folder in lying:
                if folder.name not in there:
                    shutil.rmtree(folder, ignore_errors=True)
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            for slide in self._open.values():
                slide.close()
            self._open.clear()

    def _at_hand(self, sha256: str, parts: Mapping[str, str]) -> Path:
        first = next(iter(parts))
        if len(parts) == 1:
            lies_at = self._blobs.lies_at(parts[first])
            if lies_at is not None:
                return Path(lies_at)
        for name, key in parts.items():
            place = self._folder / sha256 / name
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                self._put(place, key)
        return self._folder / sha256 / first

    def _put(self, place: Path, key: str) -> None:
        lies_at = self._blobs.lies_at(key)
        if lies_at is None:
            self._blobs.fetch(key, str(place))
            return
        place.unlink(missing_ok=True)  # a link to what is no longer there
        try:
            place.symlink_to(lies_at)
        except OSError:  # Windows without the right to make links
            os.link(lies_at, place)
