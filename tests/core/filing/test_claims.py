"""What a strange file says of itself never breaks the check, and is never asked of a store that could not hold it."""

from __future__ import annotations

import io
import zipfile

import pytest

from core.cases.store import open_store
from core.exchange import cells_csv
from core.exports import differential_csv
from core.filing.check import Verdict, checked
from core.settings import Settings
from tests.core.cases import made


def packed(compression: int) -> bytes:
    """Crops whose description was packed and then damaged."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        archive.writestr("about.json", b'{"format": "hemaboard.crops/1"}' + bytes(range(256)) * 3)
    content = bytearray(out.getvalue())
    start = content.find(b"about.json") + len("about.json")
    for place in range(start, start + 20):
        content[place] ^= 0xFF
    return bytes(content)


def report(case: str) -> bytes:
    identifier = f'[{{"type": {{"text": "case"}}, "value": "{case}"}}]'
    resource = f'{{"resourceType": "DiagnosticReport", "identifier": {identifier}}}'
    return f'{{"resourceType": "Bundle", "entry": [{{"resource": {resource}}}]}}'.encode()


NAMES = (r"a\u0000b", r"a\ud800b")  # what no database keeps, as JSON writes it
STRANGE = {
    "a line that has no end": b"a" * 200_000,
    "lines of an old computer": b"a,b\rc,d\r",
    "half a character": rb'{"format": "hemaboard.filed/1", "x": "\ud800"}',
    "a number too large": b'{"format": "hemaboard.filed/1", "x": 1e999}',
    "packed, damaged": packed(zipfile.ZIP_DEFLATED),
    "packed otherwise, damaged": packed(zipfile.ZIP_LZMA),
    "cells of a nameless image": (",".join(cells_csv.FIRST) + "\r\nx,a\0b\r\n").encode(),
    "cells of none": (",".join(cells_csv.FIRST) + "\r\nx\r\n").encode(),
    "a differential of a nameless case": (",".join(differential_csv.COLUMNS) + "\r\na\0b,a\0b\r\n").encode(),
    **{f"a bundle of {name}": report(name) for name in NAMES},
    **{f"a case.json of {name}": f'{{"schema": "hemaboard.case/1", "case": {{"id": "{name}"}}}}'.encode()
       for name in NAMES},
    **{f"a filed case {name}": f'{{"format": "hemaboard.filed/1", "sha256": "{name}", "case": {{"case": {{"id": '
                               f'"{name}"}}}}}}'.encode() for name in NAMES},
}  # fmt: skip


@pytest.fixture
def store(database_url, tmp_path):
    opened = open_store(Settings(data=str(tmp_path / "data"), database_url=database_url))
    made.full(opened)
    yield opened
    opened.close()


def test_a_strange_file_is_told_for_what_it_is(store, tmp_path):
    for name, content in STRANGE.items():
        found = checked(content, store, Settings(data=str(tmp_path / "data")))
        assert found.verdict in (Verdict.UNKNOWN, Verdict.ALTERED), name
        assert not found.filings, name
