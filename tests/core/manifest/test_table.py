"""A manifest's rows: what is read, what is refused, and in which words."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.manifest.columns import COLUMNS, template
from core.manifest.table import rows
from core.records import Findings, Modality, Specimen

HEADS = "folder,pseudonym,specimen,um_per_px,auer_rods,genetics,stain,tags,note\n"


def of(line: str, heads: str = HEADS) -> str:
    """What is wrong with a row."""
    (row,) = rows((heads + line).encode())
    assert (row.info is None) == bool(row.problems)
    return " ".join(row.problems)


def test_the_template_reads_as_a_manifest() -> None:
    (row,) = rows(template().encode())
    assert row.info is not None
    assert (row.folder, row.info.pseudonym, row.info.specimen) == ("case-1", "AML-0147", Specimen.MARROW)
    assert row.info.findings == Findings()
    assert template().splitlines()[0].split(",") == [column.name for column in COLUMNS]


def test_every_column_is_documented_in_its_words() -> None:
    page = (Path(__file__).parents[3] / "docs" / "manifest.md").read_text(encoding="utf-8")
    assert [f"| `{column.name}` | {column.meaning} |" for column in COLUMNS] == re.findall(r"^\| `.*$", page, re.M)


def test_a_row_is_read_whole() -> None:
    line = 'a/b,AML-1,Blood,0.11,no,npm1,"MGG, long",first|second look|first,seen twice\n'
    (row,) = rows((HEADS + line).encode())
    assert row.info is not None
    assert (row.number, row.folder, row.tags) == (2, "a/b", ("first", "second look"))
    assert (row.info.specimen, row.info.um_per_px, row.info.stain) == (Specimen.BLOOD, 0.11, "MGG, long")
    assert row.info.findings == Findings(auer_rods=False, genetics="NPM1")
    assert (row.info.modality, row.info.vocabulary, row.info.note) == (Modality.SMEAR, "shipped16", "seen twice")
    (dpc,) = rows(b"file,pseudonym,specimen,modality\nx.zip,AML-1,blood,dpc")
    assert dpc.info is not None
    assert (dpc.info.vocabulary, dpc.file) == ("dpc4", "x.zip")


def test_a_spreadsheets_other_ways_are_understood() -> None:
    """A byte order mark, semicolons with decimal commas, tabs, blank lines, heads in capitals."""
    for separator, number in ((";", "0,11"), ("\t", "0.11")):
        table = [["Folder", "PSEUDONYM", "specimen", "um_per_px", ""], [], ["a", "AML-1", "blood", number, ""]]
        text = "\r\n".join(separator.join(line) for line in table)
        (row,) = rows(("\ufeff" + text).encode())
        assert row.info is not None
        assert (row.number, row.info.um_per_px) == (3, 0.11)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",AML-1,blood", "found neither"),
        ("a,,blood", "pseudonym: Expected a study number"),
        ("a,AML-1,", "specimen: Expected marrow or blood; found nothing"),
        ("a,AML-1,spleen", "specimen: Expected a specimen: marrow or blood; found 'spleen'"),
        ("a,jo@clinic.org,blood", "an e-mail address"),
        ("a,AML 3.5.1961,blood", "a date"),
        ("a,=HYPERLINK(1),blood", "a spreadsheet would take it for a formula"),
        ("a,AML-1,blood,,,,+cmd", "a spreadsheet would take it for a formula"),
        ("a,AML-1,blood,,,,,,@SUM(1)", "a spreadsheet would take it for a formula"),
        ("a,AML-1,blood,,,,,=1+1", "a spreadsheet would take it for a formula"),
        ("a,AML-1,blood,120", "µm per pixel between 0.005 and 20; found '120'"),
        ("a,AML-1,blood,nan", "found 'nan'"),
        ("a,AML-1,blood,,perhaps", "auer_rods: Expected Auer rods: yes or no"),
        ("a,AML-1,blood,,,BCR", "genetics: Expected one of"),
        ("../a,AML-1,blood", "one that leads out of it"),
        ("a/../../b,AML-1,blood", "one that leads out of it"),
        ("/etc,AML-1,blood", "one that leads out of it"),
        ("C:\\a,AML-1,blood", "one that leads out of it"),
        ("..\\a,AML-1,blood", "one that leads out of it"),
        ("a,AML-1,blood,,,,,,,more", "more fields than heads"),
    ],
)
def test_a_bad_row_says_what_was_expected_found_and_what_to_do(line: str, said: str) -> None:
    assert said in of(line)


def test_one_bad_row_harms_no_other_and_all_its_faults_are_told() -> None:
    read = rows((HEADS + "a,AML-1,blood\nb,,spleen,x\nc,AML-3,marrow\na,AML-4,blood\n./c/,AML-5,blood").encode())
    assert [row.info is not None for row in read] == [True, False, True, False, False]
    assert [row.number for row in read] == [2, 3, 4, 5, 6]
    assert len(read[1].problems) == 3
    assert "found that of row 2" in read[3].problems[0]
    assert "found that of row 4" in read[4].problems[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"folder,pseudonym,specimen\n", "heads and no row"),
        (b"folder,pseudonym,specimen,name\na,b,blood,Jo", "unknown column 'name'"),
        (b"folder,pseudonym,specimen,folder\na,b,blood,c", "'folder' twice"),
        (b"folder,specimen\na,blood", "no column 'pseudonym'"),
        (b"pseudonym,specimen\na,blood", "no column 'file or folder'"),
        (b"folder,pseudonym,specimen\nM\xfcller,b,blood", "CSV UTF-8"),
        (b"PK\x03\x04\0\0", "bytes that are no text"),
        (b'folder,pseudonym,specimen\n"a,b,blood', "a manifest as CSV"),
        (b"folder,pseudonym,specimen\n" + b"a,b,blood\n" * 2001, "2001"),
        (b"x" * (5 * 1024 * 1024 + 1), "5 MB"),
    ],
)
def test_what_is_no_manifest_is_refused_whole(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match="Expected") as refused:
        rows(content)
    assert said in str(refused.value)


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_no_field_leads_outside_or_begins_a_formula(folder: str, pseudonym: str, stain: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["folder", "pseudonym", "specimen", "stain"], [folder, pseudonym, "blood", stain]])
    try:
        (row,) = rows(out.getvalue().encode("utf-8", "replace"))
    except BadInput:
        return
    if row.info is not None:
        parts = row.folder.split("/")
        assert ".." not in parts
        assert not row.folder.startswith("/")
        assert ":" not in row.folder[:2]
        assert row.info.pseudonym[0] not in "=+-@"
        assert row.info.stain[0] not in "=+-@"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    for heads in (b"folder,pseudonym,specimen\n", b""):
        with suppress(BadInput):
            assert all(row.problems or row.info for row in rows(heads + content))
