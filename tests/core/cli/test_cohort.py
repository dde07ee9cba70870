"""`cohort`: each row once, watched to its end, one table; called again it does what is missing."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.main import main
from core.cohort import rows
from core.errors import NotFound
from core.jobs import runs as jobs
from core.settings import Settings
from tests import fakes
from tests.core.jobs import victim

MANIFEST = "folder,pseudonym,specimen,centre\na,A-1,blood,north\nb,A-2,blood,south\n"
ORDER = ["cohort", "m.csv", "--images", "in", "--out", "result", "--tag", "week 12"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path / "data"))
    for number, name in enumerate("ab"):
        (tmp_path / "in" / name).mkdir(parents=True)
        discs = [(25.0 + 30 * (n % 6), 25.0 + 30 * (n // 6), 11.0, ("blast", "lymphocyte")[n % 2]) for n in range(36)]
        for field in range(2):
            picture = fakes.png(fakes.field(discs, seed=10 * number + field))
            (tmp_path / "in" / name / f"{field}.png").write_bytes(picture)
    (tmp_path / "m.csv").write_text(MANIFEST)
    monkeypatch.setattr(jobs, "assemble", lambda settings, _: fakes.tools(settings))
    return tmp_path


def test_a_cohort_is_done_once_and_written_as_one_table(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ORDER) == Exit.OK
    first = capsys.readouterr()
    assert [line.split("\t")[1:] for line in first.out.splitlines()] == [["A-1", "new"], ["A-2", "new"]]
    assert "2 of 2 cases" in first.err
    parquet = (place / "result" / "cohort.parquet").read_bytes()
    lines = list(csv.DictReader(io.StringIO((place / "result" / "cohort.csv").read_text(), newline="")))
    assert [(line["pseudonym"], line["centre"], line["state"], line["counted"]) for line in lines] == [
        ("A-1", "north", "done", "72"), ("A-2", "south", "done", "72"),
    ]  # fmt: skip
    held = pq.read_table(io.BytesIO(parquet)).to_pylist()
    assert [row["blasts"] for row in held] == [0.5, 0.5]
    assert held[0]["classifier_digest"] == "c" * 64

    assert main(ORDER) == Exit.OK
    assert [line.split("\t")[2] for line in capsys.readouterr().out.splitlines()] == ["there", "there"]
    assert (place / "result" / "cohort.parquet").read_bytes() == parquet  # the same cases, the same bytes
    with closing(open_store(Settings(data=str(place / "data")))) as store:
        assert len(store.cases()) == 2
        assert store.desk.tags() == ("week 12",)
        assert [event.action for event in store.trail()].count("run.queued") == 2


def test_a_row_that_cannot_be_worked_out_anew_is_empty_and_not_the_one_before(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(ORDER) == Exit.OK

    def gone(*_: object) -> None:
        raise NotFound("the cells of the run", "none", "Analyse the case again.")

    monkeypatch.setattr(rows, "made", gone)
    monkeypatch.setattr(rows, "MADE", rows.MADE + 1)  # as if the cases had changed since
    capsys.readouterr()
    assert main(ORDER) == Exit.OK
    assert capsys.readouterr().err.count("the cells of the run") == 2
    held = pq.read_table(place / "result" / "cohort.parquet").to_pylist()
    assert [(row["pseudonym"], row["state"], row["blasts"]) for row in held] == [
        ("A-1", "done", None),
        ("A-2", "done", None),
    ]


def test_a_check_stores_nothing_and_nothing_usable_is_one_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "m.csv").write_text(MANIFEST + "none,A-3,blood,x\n")
    assert main([*ORDER, "--check"]) == Exit.PARTIAL
    assert "row 4: left out" in capsys.readouterr().err
    assert not (place / "result").exists()
    (place / "m.csv").write_text("folder,pseudonym,specimen\nnone,A-3,blood\n")
    assert main(ORDER) == Exit.BAD_INPUT
    assert main(["cohort", "no.csv", "--images", "in"]) == Exit.NOT_FOUND


def test_a_case_that_failed_is_named_and_stands_in_the_table(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(jobs, "assemble", broken)
    assert main(ORDER) == Exit.FAILED
    assert "A-1: failed. RuntimeError" in capsys.readouterr().err
    held = pq.read_table(place / "result" / "cohort.parquet").to_pylist()
    assert [(row["state"], row["problem"], row["blasts"]) for row in held] == [("failed", "RuntimeError", None)] * 2
    monkeypatch.setattr(jobs, "assemble", lambda settings, _: fakes.tools(settings))
    assert main(ORDER) == Exit.OK  # what failed is tried again
    assert [line.split("\t")[2] for line in capsys.readouterr().out.splitlines()] == ["goes on", "goes on"]


@pytest.mark.postgres
def test_over_postgresql_the_command_queues_and_workers_do_it(
    place: Path, postgres_database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEMABOARD_DATABASE_URL", postgres_database)
    assert main(ORDER) == Exit.PARTIAL
    assert "start workers" in capsys.readouterr().err
    held = pq.read_table(place / "result" / "cohort.parquet").to_pylist()
    assert [(row["state"], row["blasts"]) for row in held] == [("queued", None)] * 2
    environment = {"HEMABOARD_DATABASE_URL": postgres_database, "HEMABOARD_DATA": str(place / "data")}
    worker = victim.started("never", 0, environment, 0.0)
    try:
        assert main([*ORDER, "--watch"]) == Exit.OK
    finally:
        worker.terminate()
        worker.join(60)
    assert [line.split("\t")[2] for line in capsys.readouterr().out.splitlines()] == ["there", "there"]
    held = pq.read_table(place / "result" / "cohort.parquet").to_pylist()
    assert [(row["state"], row["blasts"]) for row in held] == [("done", 0.5)] * 2
