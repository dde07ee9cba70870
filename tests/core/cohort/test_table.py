"""The table has a row for every case, of its own run or of none."""

from __future__ import annotations

from core.cohort.table import table
from core.doors.cohort import Kept
from core.vocabulary import vocabulary
from tests.core.cohort import made

WORDS = (vocabulary("shipped16"),)


def test_every_case_is_a_row_whatever_became_of_it() -> None:
    done, failed, other = made.member(1), made.member(2, state="failed", run="", message="no room"), made.member(3)
    kept = {
        "case-0001": Kept("case-0001", "s", "r1", {}, made.row(1, 20, 100)),
        "case-0003": Kept("case-0003", "s", "an older run", {}, made.row(3, 20, 100)),
    }
    rows = table([done, failed, other], kept, WORDS).rows
    assert [row["pseudonym"] for row in rows] == ["C-0001", "C-0002", "C-0003"]
    assert [row.get("blasts") for row in rows] == [0.2, None, None]  # of another run: not this case's any more
    assert [row["state"] for row in rows] == ["done", "failed", "done"]
    assert rows[1]["problem"] == "no room"
