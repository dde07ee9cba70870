"""The blob store, on a folder and on an object store (fsspec's own, in memory)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from core.cases.blobs import Blobs
from core.cases.blobs import sha256 as digest_of
from core.cases.store import open_store
from core.errors import BadSettings, HemaboardError
from core.settings import Settings
from tests.core.cases import made


@pytest.fixture(params=["file", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"file://{tmp_path}/blobs" if request.param == "file" else f"memory://{uuid.uuid4().hex}/blobs"


@tried(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(content=st.binary(max_size=2000), start=st.integers(0, 2000), length=st.integers(1, 500))
def test_bytes_come_back_whole_and_in_part(root: str, content: bytes, start: int, length: int) -> None:
    blobs = Blobs(root)
    key = blobs.put(content)
    assert key == hashlib.sha256(content).hexdigest()
    assert blobs.put(content) == key
    assert blobs.get(key) == content
    part = content[start : start + length]
    if part:
        place = (key, start, len(part), hashlib.sha256(part).hexdigest())
        assert blobs.parts([place, place]) == [part, part]
        with pytest.raises(HemaboardError):
            blobs.parts([place, (key, start, len(part), key[::-1])])
    blobs.remove(key)
    blobs.remove(key)
    assert not blobs.has(key)
    with pytest.raises(HemaboardError, match="nothing under its digest"):
        blobs.get(key)
    with pytest.raises(HemaboardError, match="nothing under its digest"):
        blobs.parts([(key, 0, 1, key)])


def test_the_store_works_on_an_object_store(tmp_path: Path) -> None:
    store = open_store(Settings(data=str(tmp_path), blobs=f"memory://{uuid.uuid4().hex}"))
    case = made.full(store)
    assert store.crop(case, store.seen(case).cells[0].id).startswith(b"\x89PNG")
    assert store.export_case(case, tmp_path).exists()
    store.delete_case(case, actor="a", reason="done with it")
    assert store.verify_trail() == len(store.trail())
    assert not (tmp_path / "blobs").exists()
    store.close()


def test_no_half_written_blob_is_ever_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = Blobs(f"file://{tmp_path}/blobs")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        blobs.put(b"content")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_s3_is_reached_by_setting_alone() -> None:
    blobs = Blobs("s3://bucket/hemaboard")
    assert type(blobs._fs).__name__ == "S3FileSystem"
    assert blobs._path("ab" * 32) == "bucket/hemaboard/ab/" + "ab" * 32


def test_an_unknown_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        open_store(Settings(data=str(tmp_path), blobs="nowhere://x"))


def test_what_is_large_is_kept_by_the_piece_under_its_digest(root: str) -> None:
    blobs = Blobs(root)
    content = bytes(range(256)) * 5000
    pieces = [content[start : start + 70_000] for start in range(0, len(content), 70_000)]
    blobs.put_large(digest_of(content), iter(pieces))
    blobs.put_large(digest_of(content), iter([]))  # there already: nothing is read
    assert blobs.get(digest_of(content)) == content


def test_a_file_that_changes_while_it_is_copied_is_not_kept(root: str) -> None:
    blobs = Blobs(root)
    with pytest.raises(HemaboardError, match="changed"):
        blobs.put_large(digest_of(b"as it was"), iter([b"as it", b" is"]))
    assert not blobs.has(digest_of(b"as it was"))


def test_nothing_wrong_stands_under_a_digest_at_any_moment(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while it is written, nor when what was written aside cannot be taken away again."""
    blobs = Blobs(root)
    key, other = digest_of(b"as it was"), digest_of(b"cut short")

    def pieces(*, cut: bool = False) -> Iterator[bytes]:
        yield b"as it"
        assert not blobs.has(key)
        assert not blobs.has(other)
        if cut:
            raise OSError("the disk was pulled out")
        yield b" is"

    def kept(_: str) -> None:
        raise PermissionError("objects here are never removed")

    monkeypatch.setattr(blobs._fs, "rm_file", kept)
    with pytest.raises(HemaboardError, match="changed"):
        blobs.put_large(key, pieces())
    with pytest.raises(OSError, match="pulled out"):
        blobs.put_large(other, pieces(cut=True))
    assert not blobs.has(key)
    assert not blobs.has(other)
    blobs.put_large(key, iter([b"as it", b" was"]))
    assert blobs.get(key) == b"as it was"


def test_what_was_written_aside_is_taken_away(root: str) -> None:
    blobs = Blobs(root)
    with pytest.raises(HemaboardError, match="changed"):
        blobs.put_large(digest_of(b"as it was"), iter([b"as it", b" is"]))
    key = digest_of(b"content")
    blobs.put_large(key, iter([b"con", b"tent"]))
    assert [Path(file).name for file in blobs._fs.find(blobs._root)] == [key]


def test_fetched_to_a_file_whole_or_not_at_all(root: str, tmp_path: Path) -> None:
    blobs = Blobs(root)
    key = blobs.put(b"content")
    blobs.fetch(key, str(tmp_path / "here"))
    assert (tmp_path / "here").read_bytes() == b"content"
    with pytest.raises(HemaboardError):
        blobs.fetch("0" * 64, str(tmp_path / "there"))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["here"]
