"""Bytes kept by their SHA-256, in a local folder or wherever fsspec reaches (s3 by setting).

The table `blobs` names every blob that may lie in the store, before it does. So a process killed at any moment
leaves no blob behind that `sweep` would not find: whatever no row refers to goes. What it was just writing aside stays,
as `….part` beside the place it was for.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import fsspec
import sqlalchemy as sa

from core.cases.database import Database, ignoring
from core.cases.tables import blobs, cells, images
from core.cases.tables_slides import slide_parts
from core.errors import BadSettings, HemaboardError


class Blobs:
    """The blob store. Keys are digests, so a blob never changes and is kept once, whoever needs it."""

    def __init__(self, root: str) -> None:
        try:
            self._fs, self._root = fsspec.core.url_to_fs(root, use_listings_cache=False)
        except (ValueError, ImportError) as error:
            do = "Correct HEMABOARD_BLOBS, or install what it needs."
            raise BadSettings("file://… or s3://… for blobs", f"{root} ({error})", do) from error
        self._local = "file" in self._fs.protocol

    def put(self, content: bytes) -> str:
        """Keep the bytes; a blob that is there already, undamaged, is left alone."""
        key = sha256(content)
        path = self._path(key)
        if not (self._fs.exists(path) and sha256(self._fs.cat_file(path)) == key):
            self._write(path, content)
        return key

    def put_large(self, key: str, pieces: Iterable[bytes]) -> None:
        """Keep what is too large to hold at once, under the digest that it has; other bytes are refused.

        What comes is known to be right only when all of it is there. So it is written aside and moved to its digest
        afterwards, on an object store too (which copies on its own side): nothing wrong ever stands under a digest.
        """
        path = self._path(key)
        if self._fs.exists(path):
            return
        counted = hashlib.sha256()
        with self._aside(path) as aside:
            with self._fs.open(aside, "wb") as file:
                for piece in pieces:
                    counted.update(piece)
                    file.write(piece)
            if counted.hexdigest() != key:
                do = "Wait until nothing writes to the file any more, and add it again."
                raise HemaboardError("a file that stays as it is while it is copied", "one that changed", do)

    def lies_at(self, key: str) -> str | None:
        """The path on this machine; None when the blobs lie on another."""
        return self._path(key) if self._local else None

    def fetch(self, key: str, to: str) -> None:
        """Copy a blob to a file of this machine, piece by piece; there when it is whole."""
        part = f"{to}.{uuid.uuid4().hex}.part"
        try:
            self._fs.get_file(self._path(key), part)
            os.replace(part, to)  # noqa: PTH105 - as above
        except FileNotFoundError as error:
            raise _damage("nothing under its digest", key) from error

    def has(self, key: str) -> bool:
        return bool(self._fs.exists(self._path(key)))

    def get(self, key: str) -> bytes:
        """The whole blob, checked against its digest."""
        try:
            return self._checked(bytes(self._fs.cat_file(self._path(key))), key)
        except FileNotFoundError as error:
            raise _damage("nothing under its digest", key) from error

    def parts(self, places: Sequence[tuple[str, int, int, str]]) -> list[bytes]:
        """Ranges of blobs (key, start, length, digest), each checked against its own digest; read side by side
        where the blobs lie on another machine."""
        paths = [self._path(key) for key, _, _, _ in places]
        starts = [start for _, start, _, _ in places]
        ends = [start + length for _, start, length, _ in places]
        found = self._fs.cat_ranges(paths, starts, ends, on_error="return")
        return [self._part(content, place) for content, place in zip(found, places, strict=True)]

    def remove(self, key: str) -> None:
        """Forget the blob; one that is not there is no error, since removal may be repeated."""
        if self.has(key):
            self._fs.rm_file(self._path(key))

    def _path(self, key: str) -> str:
        return f"{self._root}/{key[:2]}/{key}"

    def _write(self, path: str, content: bytes) -> None:
        if not self._local:
            self._fs.pipe_file(path, content)  # an object store shows an object only when it is whole
            return
        with self._aside(path) as aside, self._fs.open(aside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _aside(self, path: str) -> Iterator[str]:
        """A place to write to, which becomes `path` when the block ends well: half a blob never lies under a digest."""
        aside = f"{path}.{uuid.uuid4().hex}.part"
        if self._local:
            self._fs.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH120 - a path of fsspec's
        try:
            yield aside
            if self._local:
                os.replace(aside, path)  # noqa: PTH105 - as above
            else:
                self._fs.cp_file(aside, path)
        finally:
            with suppress(Exception):  # what went wrong before is what is told
                if self._fs.exists(aside):
                    self._fs.rm_file(aside)

    def _part(self, content: bytes | Exception, place: tuple[str, int, int, str]) -> bytes:
        if isinstance(content, FileNotFoundError):
            raise _damage("nothing under its digest", place[0]) from content
        if isinstance(content, Exception):
            raise content
        return self._checked(bytes(content), place[3])

    def _checked(self, content: bytes, digest: str) -> bytes:
        if sha256(content) != digest:
            raise _damage("other bytes than were stored", digest)
        return content


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _damage(found: str, key: str) -> HemaboardError:
    do = "The blob store was changed or is damaged: restore it from a backup, or delete the case and take it in again."
    return HemaboardError(f"the stored picture {key[:12]}… as it was written", found, do)


def announce(database: Database, keys: Sequence[str]) -> None:
    """Write down what is about to be put."""
    if keys:
        with database.writing() as connection:
            connection.execute(ignoring(connection, blobs), [{"digest": key} for key in sorted(set(keys))])


def hold(connection: sa.Connection, store: Blobs, contents: Sequence[bytes]) -> None:
    """Just before rows refer to them: a sweep may have come between, and nobody sweeps while we write."""
    keys = {sha256(content): content for content in contents}
    if keys:
        connection.execute(ignoring(connection, blobs), [{"digest": key} for key in sorted(keys)])
    for key, content in keys.items():
        if not store.has(key):
            store.put(content)


def sweep(database: Database, store: Blobs) -> int:
    """Remove every blob that nothing refers to; how many."""
    holders = (images, cells, slide_parts)
    used: list[sa.ColumnElement[Any]] = [sa.exists().where(table.c.blob == blobs.c.digest) for table in holders]
    unused = sa.select(blobs.c.digest).where(~sa.or_(*used))
    with database.reading() as connection:
        if connection.execute(unused.limit(1)).first() is None:
            return 0
    with database.writing() as connection:
        keys = connection.execute(unused).scalars().all()
        for key in keys:
            store.remove(key)  # before the row goes: if we are killed here, the next sweep goes on
        if keys:  # a row may refer to them by now, or another sweep was quicker
            connection.execute(
                sa.delete(blobs).where(blobs.c.digest == sa.bindparam("key")), [{"key": k} for k in keys]
            )
    return len(keys)
