"""Rows that come again: nothing is doubled, what is missing is done, other pictures are another case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.cases.store import CaseStore, open_store
from core.cohort import again
from core.cohort.again import Entered, Word
from core.manifest.files import Folder
from core.manifest.table import Row, rows
from core.protocols import RunState
from core.records import Upload
from core.settings import Settings
from tests import fakes

MANIFEST = b"folder,pseudonym,specimen,tags,centre\na,A-1,blood,pilot,north\nb,A-2,blood,,north\n../c,A-3,blood,,x\n"


class House:
    """A store, a folder of pictures, and runs that are only noted."""

    def __init__(self, store: CaseStore, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.queued: list[tuple[str, str]] = []

    def picture(self, place: str, seed: int) -> None:
        (self.folder / place).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / place).write_bytes(fakes.png(fakes.field([(60, 60, 20, "blast")], seed=seed)))

    def start(self, case_id: str, run_id: str) -> str:
        self.store.add_run(case_id, run_id, 1, actor="test")
        self.queued.append((case_id, run_id))
        return run_id

    def enter(self, manifest: bytes = MANIFEST) -> list[Entered]:
        source = Folder(self.folder)
        given = again.enter(rows(manifest), source, self.store, self.store.settings, actor="test", start=self.start)
        return list(given)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = open_store(Settings(data=str(tmp_path / "data")))
    made = House(store, tmp_path / "in")
    made.picture("a/1.png", 1)
    made.picture("b/1.png", 2)
    yield made
    store.close()


def words(entered: list[Entered]) -> list[Word]:
    return [one.word for one in entered]


def test_given_twice_a_manifest_makes_each_case_once(house: House) -> None:
    first, trail = house.enter(), len(house.store.trail())
    assert words(first) == [Word.NEW, Word.NEW, Word.LEFT_OUT]
    assert "given folder" in first[2].told[0]
    assert house.store.desk.line(first[0].case_id).tags == ("pilot",)
    second = house.enter()
    assert words(second) == [Word.THERE, Word.THERE, Word.LEFT_OUT]
    assert [one.case_id for one in second] == [one.case_id for one in first]
    assert (len(house.queued), len(house.store.trail())) == (2, trail)


def test_what_a_broken_call_left_half_done_is_done(house: House) -> None:
    source = Folder(house.folder)
    row = rows(MANIFEST)[0]
    assert row.info is not None
    case = again.identity(row.info, source.of(row))
    house.store.add_case(row.info, actor="test", case_id=case)  # and then the power went
    assert words(house.enter())[0] is Word.GOES_ON
    assert len(house.store.images(case)) == 1
    assert [one for one, _ in house.queued].count(case) == 1


def test_a_failed_run_is_tried_again_and_a_cancelled_one_is_left_alone(house: House) -> None:
    house.enter()
    (failed, first), (cancelled, other) = house.queued
    house.store.advance_run(first, RunState.FAILED, message="no room")
    house.store.advance_run(other, RunState.CANCELLED, actor="dr a")
    assert words(house.enter()) == [Word.GOES_ON, Word.THERE, Word.LEFT_OUT]
    assert [case for case, _ in house.queued] == [failed, cancelled, failed]
    assert house.queued[2][1] != first
    assert words(house.enter())[0] is Word.THERE  # queued: once is enough


def test_other_pictures_under_an_old_name_are_another_case(house: House) -> None:
    before = house.enter()[0]
    house.picture("a/1.png", 7)
    after = house.enter()[0]
    assert after.word is Word.NEW
    assert after.case_id != before.case_id
    assert any("already a case of A-1" in text for text in after.told)


def test_a_case_that_was_amended_is_not_overwritten(house: House) -> None:
    case = house.enter()[0].case_id
    info = house.store.case(case).info
    house.store.amend_case(case, replace(info, centre="south"), actor="dr a")
    told = house.enter()[0]
    assert (told.word, "centre" in told.told[0]) == (Word.THERE, True)
    assert house.store.case(case).info.centre == "south"


def test_the_same_files_in_two_rows_are_one_case(house: House) -> None:
    (house.folder / "b" / "1.png").write_bytes((house.folder / "a" / "1.png").read_bytes())
    twice = MANIFEST.replace(b"A-2", b"A-1")
    assert words(house.enter(twice)) == [Word.NEW, Word.LEFT_OUT, Word.LEFT_OUT]


def test_a_row_whose_picture_cannot_be_read_leaves_no_case(house: House) -> None:
    (house.folder / "b" / "1.png").write_bytes(b"no picture")
    assert words(house.enter()) == [Word.NEW, Word.LEFT_OUT, Word.LEFT_OUT]
    assert [row.info.pseudonym for row in house.store.cases()] == ["A-1"]


def test_a_file_that_cannot_be_opened_costs_its_row_and_no_other(house: House) -> None:
    class Gone(Folder):
        """A share that loses a file between being listed and being read."""

        def of(self, row: Row) -> list[Upload]:
            return [Upload(one.name, house.folder / "gone.png") for one in super().of(row)]

    asked, settings = rows(MANIFEST)[:2], house.store.settings
    given = again.enter(asked, Gone(house.folder), house.store, settings, actor="test", start=house.start)
    told = [(one.word, "gone.png" in one.told[0] or "No such file" in one.told[0]) for one in given]
    assert told == [(Word.LEFT_OUT, True)] * 2


def test_a_case_that_was_deleted_and_comes_again_is_analysed_again(house: House) -> None:
    """The queue remembers the ids of runs that it has done, and would not do one of them twice."""
    first = house.enter()[0]
    house.store.delete_case(first.case_id, actor="dr a", reason="the wrong patient")
    assert house.enter()[0].case_id == first.case_id
    ids = [run for case, run in house.queued if case == first.case_id]
    assert len(set(ids)) == 2
