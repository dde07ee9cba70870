"""`export` on a real store: each format is read back, and what does not fit together is refused first."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile

import pandas as pd
import pytest
from fhir.resources.R4B.bundle import Bundle

from core import filed
from core.appraisals import Drawn
from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.main import main
from core.doors.review import Purpose, Sample, SampleStep, StepKind
from core.exports import json_file
from core.records import Review, Stream
from core.settings import Settings
from tests.core.cases import made


@pytest.fixture
def digest(tmp_path, monkeypatch):
    """A store with two cases, in the working folder; the digest of the first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path / "data"))
    settings = Settings(data=str(tmp_path / "data"))
    store = open_store(settings)
    made.full(store)
    made.full(store, case_id="another", seeds=(8, 9))
    found = filed.sha256(filed.gather(store, "case-full", settings))
    store.close()
    return found


def exported(tmp_path, capsys, form: str, *more: str, cases: tuple[str, ...] = ("case-full",)) -> bytes:
    assert main(["export", *cases, "--format", form, "--out", "out/file", *more]) == Exit.OK
    assert capsys.readouterr().out == "out/file\n"
    return (tmp_path / "out/file").read_bytes()


def test_each_format_is_read_back(digest, tmp_path, capsys):
    assert json_file.read(exported(tmp_path, capsys, "json"))[0] == digest
    table = pd.read_csv(io.BytesIO(exported(tmp_path, capsys, "csv")), encoding="utf-8-sig")
    assert set(table["sha256"]) == {digest}
    (tmp_path / "data/codes.toml").write_text("[report.smear]\nmarrow = {}\n", encoding="utf-8")
    bundle = Bundle.model_validate_json(exported(tmp_path, capsys, "fhir", "--paper", "Letter"))
    assert bundle.identifier.value == digest
    report = bundle.entry[0].resource
    assert report.presentedForm[0].data.startswith(b"%PDF")
    assert [one.code for one in report.code.coding] == [
        "report.smear.marrow"
    ]  # the site's own file took the other away
    with zipfile.ZipFile(io.BytesIO(exported(tmp_path, capsys, "zip", "--by-people"))) as archive:
        assert json.loads(archive.read("about.json"))["sha256"] == digest
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == 1


def test_a_reader_study_of_two_cases_with_its_key_apart(digest, tmp_path, capsys):
    cases = ("case-full", "another")
    content = exported(tmp_path, capsys, "reader-study", "--key", "key.csv", cases=cases)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        told = pd.read_csv(io.BytesIO(archive.read("cases.csv")))
        assert digest in set(told["filed_sha256"])
        assert len(told) == 2
        assert not [name for name in archive.namelist() if "key" in name]
    key = pd.read_csv(tmp_path / "key.csv")
    assert set(key[key["kind"] == "case"]["name"]) == set(cases)
    assert set(key[key["kind"] == "reader"]["name"]) == {"dr a"}


def test_reads_of_a_round_that_is_not_over_stay_where_they_are(digest, tmp_path, capsys):
    store = open_store(Settings(data=str(tmp_path / "data")))
    cell = store.seen("case-full").cells[1].id
    drawn = Drawn((cell,), {cell: 1.0}, 6, seed=1)
    at = made.AT + dt.timedelta(hours=1)
    store.review.add_sample("case-full", Sample("s", "case-full-run-2", Purpose.OBSERVERS, at, "dr b", drawn))
    store.add_review("case-full", Review(cell, "dr b", at, "blast", "band", saw_call=False, stream=Stream.OBSERVER))

    def reads() -> list[str]:
        assert main(["export", "case-full", "--format", "reader-study", "--out", "study.zip"]) == Exit.OK
        with zipfile.ZipFile(tmp_path / "study.zip") as archive:
            assert digest
            return sorted(pd.read_csv(io.BytesIO(archive.read("reads.csv")))["label"])

    assert reads() == ["blast", "lymphocyte"]
    assert "left out 1 read of a round of observers" in capsys.readouterr().err
    store.review.add_step("case-full", SampleStep("s", StepKind.CLOSED, at + dt.timedelta(hours=1), "dr b"))
    store.close()
    assert reads() == ["band", "blast", "lymphocyte"]
    assert not capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["case-full", "another", "--format", "json"], "one case for the format json"),
        (["case-full", "--format", "csv", "--only", "blast"], "--only with the format zip"),
        (["case-full", "--format", "fhir", "--by-people"], "--by-people with the format zip"),
        (["case-full", "--format", "zip", "--key", "key.csv"], "--key with the format reader-study"),
        (["case-full", "--format", "reader-study", "--key", "file"], "a key in a file of its own"),
    ],
)
def test_what_does_not_fit_is_refused_before_a_store_is_opened(tmp_path, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments, "--out", "file"]) == Exit.BAD_INPUT
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_no_such_case_or_class_leaves_no_file(digest, tmp_path, capsys):
    assert main(["export", "none", "--format", "json", "--out", "file"]) == Exit.NOT_FOUND
    assert main(["export", "case-full", "--format", "zip", "--only", "blasst", "--out", "file"]) == Exit.BAD_INPUT
    assert "blasst" in capsys.readouterr().err
    assert not (tmp_path / "file").exists()
    assert digest
