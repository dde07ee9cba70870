"""docs/exports.md names every column, and its example of the digest works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.exports import codes, crops_zip, differential_csv, json_file, reader_study
from tests.core.exports.kinds import KINDS

TEXT = (Path(__file__).parents[3] / "docs/exports.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "columns",
    [
        differential_csv.COLUMNS,
        (*crops_zip.FIRST, *crops_zip.LAST),
        reader_study.READS,
        reader_study.CALLS,
        reader_study.CASES,
    ],
)
def test_every_column_is_named(columns):
    assert not [name for name in columns if f"`{name}`" not in TEXT]


def test_the_codes_it_tells_are_those_of_the_map():
    book = codes.shipped()
    told = set(re.findall(r"\b\d{4,5}-\d\b", TEXT))
    known = {*book.reports["smear"].values(), *(one for entries in book.facts.values() for one in entries.values())}
    assert told <= {one.code for one in known}
    assert {one.code for one in book.reports["smear"].values()} <= told


def test_its_way_to_work_out_the_digest_works(tmp_path, monkeypatch):
    program = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert program is not None
    monkeypatch.chdir(tmp_path)
    content = json_file.written(KINDS["marrow, signed"])
    Path("filed.json").write_bytes(content)
    exec(program[1], {})  # noqa: S102
    Path("filed.json").write_bytes(content.replace(b'"count": 64', b'"count": 65'))
    with pytest.raises(AssertionError):
        exec(program[1], {})  # noqa: S102
