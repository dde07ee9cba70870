"""Calls field by field → the shares that a run may stop by."""

from __future__ import annotations

import pytest

from core.aggregate import settling
from core.records import CaseInfo, Findings, Modality, Specimen
from core.slides.plans import Tally
from core.vocabulary import vocabulary

WORDS = vocabulary("shipped16")
BLOOD = CaseInfo("P", Specimen.BLOOD, Modality.SMEAR)
TALLIES = [
    Tally(3, "a", {"blast": 2, "segmented": 5, "smudge": 4, "erythroblast": 1}),
    Tally(9, "b", {}),
    Tally(1, "c", {"promyelocyte": 1, "lymphocyte": 6}),
]


def test_counted_cells_and_those_of_the_share_in_the_order_of_the_plan():
    assert settling.columns(TALLIES, "cblc", BLOOD, WORDS) == ((2, 0, 1), (7, 0, 7))
    assert settling.columns(TALLIES, "blasts", BLOOD, WORDS) == ((2, 0, 0), (7, 0, 7))


def test_a_readers_finding_decides_who_is_a_blast_here_too():
    apl = CaseInfo("P", Specimen.BLOOD, Modality.SMEAR, findings=Findings(apl=True))
    assert settling.columns(TALLIES, "blasts", apl, WORDS)[0] == (2, 0, 1)


def test_another_share_is_a_mistake():
    with pytest.raises(KeyError):
        settling.columns(TALLIES, "smudge", BLOOD, WORDS)


def test_the_last_look_of_the_path_is_where_it_stands():
    tallies = [Tally(n, str(n), {"blast": n % 3, "segmented": 6}) for n in range(90)]
    path = settling.path(tallies, 200, "cblc", BLOOD, WORDS)
    assert path[-1] == settling.look(tallies, 200, "cblc", BLOOD, WORDS)
    assert [look.fields for look in path][:3] == [5, 10, 15]
    assert settling.path(tallies[:52], 200, "cblc", BLOOD, WORDS)[:10] == path[:10]
    assert settling.path([], 200, "cblc", BLOOD, WORDS) == ()
