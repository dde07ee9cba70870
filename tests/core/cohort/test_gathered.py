"""Cases that may be compared stand together; what has no result is found, the failed ones first."""

from __future__ import annotations

from core.cohort import gathered
from tests.core.cohort import made


def row(number: int, **values: object) -> dict[str, object]:
    return made.row(number, 10, 100, modality="smear", vocabulary="shipped16") | values


def test_marrow_and_blood_are_never_put_together() -> None:
    rows = [row(1), row(2, specimen="marrow"), row(3), row(4, modality="dpc", vocabulary="dpc4")]
    found = gathered.groups(rows)
    assert [(group.name, len(group.rows)) for group in found] == [
        ("peripheral blood, stained smear", 2),
        ("peripheral blood, label-free", 1),
        ("bone marrow, stained smear", 1),
    ]
    other = gathered.groups([row(1), row(2, vocabulary="cblc8")])
    assert {group.name for group in other} == {
        "peripheral blood, stained smear (shipped16)", "peripheral blood, stained smear (cblc8)",
    }  # fmt: skip


def test_what_has_no_result_is_counted_and_ordered() -> None:
    bare = {"pseudonym": "B", "specimen": "blood"}
    rows = [
        row(1),
        {**bare, "state": "none"},
        {**bare, "state": "failed"},
        {**bare, "state": "done"},
        {**bare, "state": "queued"},
    ]
    assert gathered.states(rows) == {"done": 1, "none": 1, "failed": 1, "waiting": 1, "queued": 1}
    assert [one["state"] for one in gathered.unfinished(rows)] == ["failed", "queued", "none"]


def test_a_case_whose_second_run_failed_has_the_result_of_its_first() -> None:
    rows = [row(1, state="failed"), row(2, state="running"), {"pseudonym": "B", "specimen": "blood", "state": "failed"}]
    assert [one["pseudonym"] for one in gathered.unfinished(rows)] == ["B"]
