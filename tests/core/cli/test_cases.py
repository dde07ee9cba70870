"""`case …` and `trail …` on a real store."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from dataclasses import replace

import pytest

from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.main import main
from core.decode import read as decode
from core.doors.review import Deed, Signature
from core.records import CaseInfo, Modality, Specimen
from core.review import signing
from core.settings import Settings
from tests import fakes


@pytest.fixture(autouse=True)
def house(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path / "data"))


@pytest.fixture
def case(tmp_path):
    settings = Settings(data=str(tmp_path / "data"))
    upload = fakes.upload(fakes.field([(50, 50, 12, "blast")]))
    images = decode.images([upload], settings, Modality.SMEAR).images
    store = open_store(settings)
    case_id = store.add_case(CaseInfo("P-1", Specimen.BLOOD), actor="tests", case_id="case-one")
    store.add_images(case_id, images, actor="tests")
    store.close()
    return case_id


def listed(capsys):
    assert main(["case", "list", "--json"]) == Exit.OK
    return json.loads(capsys.readouterr().out)


def test_an_empty_store_is_an_empty_list(capsys):
    assert listed(capsys) == []


def test_cases_are_listed(case, capsys):
    (row,) = listed(capsys)
    assert (row["case"], row["pseudonym"], row["images"], row["run"]) == (case, "P-1", 1, "none")
    assert main(["case", "list"]) == Exit.OK
    assert capsys.readouterr().out.startswith("case-one\tP-1\tblood\t")


def test_a_case_goes_out_is_deleted_and_comes_back(case, tmp_path, capsys):
    assert main(["case", "export", case, "--out", "out.zip"]) == Exit.OK
    assert main(["case", "delete", case, "--reason", "moved to another site"]) == Exit.OK
    capsys.readouterr()
    assert listed(capsys) == []
    assert main(["case", "import", str(tmp_path / "out.zip")]) == Exit.OK
    capsys.readouterr()
    assert [(row["pseudonym"], row["images"]) for row in listed(capsys)] == [("P-1", 1)]
    assert main(["trail", "verify"]) == Exit.OK


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["case", "export", "nobody", "--out", "out.zip"], Exit.NOT_FOUND),
        (["case", "delete", "nobody", "--reason", "x"], Exit.NOT_FOUND),
        (["case", "import", "nowhere.zip"], Exit.BAD_INPUT),
        (["case", "export", "nobody", "--out", "no/such/folder/out.zip"], Exit.BAD_INPUT),
        (["trail", "verify", "--known", "one", "abc"], Exit.BAD_INPUT),
    ],
)
def test_what_cannot_be_done_is_one_line(argv, code, capsys):
    assert main(argv) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("python -m core: Expected ")
    assert err.count("\n") == 1


def test_a_file_that_is_no_export_is_refused(tmp_path, capsys):
    (tmp_path / "x.zip").write_bytes(b"PK no zip at all")
    assert main(["case", "import", str(tmp_path / "x.zip")]) == Exit.BAD_INPUT
    assert "Expected" in capsys.readouterr().err


def edit(tmp_path, statement: str) -> None:
    """As somebody would who has the database's file and ignores its rules."""
    database = sqlite3.connect(next((tmp_path / "data").glob("*.sqlite")))
    try:
        triggers = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        changed = database.execute(statement).rowcount
        database.commit()
    finally:
        database.close()
    assert changed


@pytest.mark.usefixtures("case")
def test_an_edited_history_is_found(tmp_path, capsys):
    assert main(["trail", "verify"]) == Exit.OK
    assert "2 events" in capsys.readouterr().out
    edit(tmp_path, "UPDATE trail SET actor = 'somebody else' WHERE number = 1")
    assert main(["trail", "verify"]) == Exit.TRAIL_BROKEN
    assert "event 1" in capsys.readouterr().err
    assert main(["trail", "head"]) == Exit.TRAIL_BROKEN


def test_the_head_kept_elsewhere_is_checked_against(case, capsys):
    assert main(["trail", "head"]) == Exit.OK
    number, newest = capsys.readouterr().out.split()
    assert main(["case", "delete", case, "--reason", "over"]) == Exit.OK
    assert main(["trail", "verify", "--known", number, newest]) == Exit.OK
    assert main(["trail", "verify", "--known", number, "0" * 64]) == Exit.TRAIL_BROKEN
    assert main(["trail", "verify", "--known", "99", newest]) == Exit.TRAIL_BROKEN


def test_sign_state_says_who_signed_and_what_voided_it(case, tmp_path, capsys):
    def told():
        assert main(["case", "sign-state", case]) == Exit.OK
        return json.loads(capsys.readouterr().out)

    assert (told()["state"], told()["signatures"]) == ("unsigned", [])
    store = open_store(Settings(data=str(tmp_path / "data")))
    info = store.case(case).info
    content = signing.content(info, store.images(case), store.seen(case), [])
    at = dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC)
    store.review.sign(case, Signature(Deed.SIGNED, at, "Dr Weber", "signer", False, content))
    found = told()
    assert (found["state"], found["content"], found["because"]) == ("signed", content.hash, [])
    assert (found["signatures"][0]["by"], found["signatures"][0]["authenticated"]) == ("Dr Weber", False)
    store.amend_case(case, replace(info, stain="MGG"), actor="tests")
    store.close()
    found = told()
    assert (found["state"], found["because"]) == ("void", ["what is known of the case was changed"])
    assert found["signatures"][0]["content"] != found["content"]
    assert main(["case", "sign-state", "nobody"]) == Exit.NOT_FOUND
