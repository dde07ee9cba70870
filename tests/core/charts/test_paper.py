"""Cells for a printed report: chosen the same way every time, no class crowded out, people's doubts first."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core import labels
from core.charts import paper
from core.charts.paper import Room
from core.vocabulary import vocabulary
from tests.core import counted
from tests.core.writers import golden

WORDS = vocabulary("shipped16")
ROOM = Room(3, 10, 6)
FIELDS = st.lists(st.dictionaries(st.sampled_from(WORDS.codes), st.integers(0, 6), max_size=8), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(fields=FIELDS)
def test_there_is_room_for_every_class_before_a_second_cell_of_one(fields):
    seen = golden.doubted(counted.seen(fields))
    found = paper.chosen(seen, (), WORDS, ROOM)
    assert found == paper.chosen(replace(seen, cells=seen.cells[::-1], calls=seen.calls[::-1]), (), WORDS, ROOM)
    assert len(found.representative) <= ROOM.most
    assert len(found.doubtful) <= ROOM.doubtful
    assert len(found.cells) == len(found.representative) + len(found.doubtful)
    named = labels.settled(seen)
    aside = {one.cell for one in found.doubtful}
    there = {code for cell, code in named.items() if cell not in aside}
    shown = [one.code for one in found.representative]
    assert all(named[one.cell] == one.code for one in found.representative)
    assert len(set(shown)) == min(len(there), ROOM.most)
    assert all(shown.count(code) <= ROOM.each for code in shown)
    assert shown == sorted(shown, key=WORDS.codes.index)


def test_cells_unlike_the_others_come_first_and_say_so():
    seen = golden.doubted(counted.seen(golden.MIXED))
    found = paper.chosen(seen, (), WORDS, paper.ROOMS[golden.info().modality])
    odd = [labels.odd(call) for one in found.doubtful for call in seen.calls if call.cell == one.cell]
    assert odd == sorted(odd, reverse=True)
    assert odd[0]
    assert not odd[-1]
    assert found.doubtful[0].why == "unlike the calibration cells"
    assert found.doubtful[-1].why == "blast, monocyte or promyelocyte"


def test_a_persons_word_makes_a_cell_representative_and_no_doubt():
    seen = golden.doubted(counted.seen([{"blast": 4, "lymphocyte": 4}]))
    doubted = paper.chosen(seen, (), WORDS, ROOM).doubtful[0].cell
    found = paper.chosen(seen, [counted.review(doubted, "lymphocyte")], WORDS, ROOM)
    assert doubted not in {one.cell for one in found.doubtful}
    mine = next(one for one in found.representative if one.cell == doubted)
    assert (mine.code, mine.why) == ("lymphocyte", "named by a person")


def test_cells_cut_by_the_edge_represent_nothing():
    seen = counted.seen([{"blast": 4}])
    cells = tuple(replace(cell, touches_edge=n != 2) for n, cell in enumerate(seen.cells))
    found = paper.chosen(replace(seen, cells=cells), (), WORDS, ROOM)
    assert [one.cell for one in found.representative] == ["0-blast-2"]
