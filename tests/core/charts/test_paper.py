"""Cells for a printed report: chosen the same way every time, no class crowded out, people's doubts first."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core import labels
from core.charts import paper
from core.charts.paper import Room
from core.records import Call, Seen
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


def plainly(seen: Seen, reviews, room: Room) -> tuple[list[tuple[str, str]], list[str]]:
    """The same in the plain way: every cell is looked at, and all are sorted, each time."""
    named, said = labels.settled(seen, reviews), labels.last(reviews)
    calls = {call.cell: call for call in seen.calls}

    def sure(cell: str, code: str) -> float:
        return calls[cell].probabilities.get(code, 0.0) if cell in calls else 0.0

    def doubt(call: Call) -> bool:
        return labels.odd(call) or labels.unsure(call) or sure(call.cell, call.label) < paper.ROUGH

    unseen = [call for call in seen.calls if call.cell not in said and doubt(call)]
    unseen.sort(key=lambda c: (not labels.odd(c), -len(c.possible), sure(c.cell, c.label), c.cell))
    doubtful = [call.cell for call in unseen][: room.doubtful]
    groups = []
    for code in WORDS.codes:
        cells = [c.id for c in seen.cells if not c.touches_edge and c.id not in doubtful and named.get(c.id) == code]
        cells.sort(key=lambda cell: (cell not in said, -sure(cell, code), cell))
        groups.append([(cell, code) for cell in cells[: room.each]])
    turns = [group[place] for place in range(room.each) for group in groups if place < len(group)]
    kept = set(turns[: room.most])
    return [one for group in groups for one in group if one in kept], doubtful


@settings(max_examples=60, deadline=None)
@given(fields=FIELDS, data=st.data())
def test_whoever_named_what_the_cells_are_those_of_the_plain_way(fields, data):
    seen = golden.doubted(counted.seen(fields))
    cut = data.draw(st.sets(st.integers(0, 20)))
    seen = replace(seen, cells=tuple(replace(c, touches_edge=n in cut) for n, c in enumerate(seen.cells)))
    if data.draw(st.booleans()):
        seen = replace(seen, calls=seen.calls[2:])  # the first two cells have no call
    names = [cell.id for cell in seen.cells] + ["elsewhere"]
    words = st.tuples(st.sampled_from(names), st.sampled_from(WORDS.codes[:4]))
    said = [counted.review(cell, code, at) for at, (cell, code) in enumerate(data.draw(st.lists(words, max_size=9)))]
    for reviews in (said[:3], said):  # one after the other, as people name them
        found = paper.chosen(seen, reviews, WORDS, ROOM)
        representative, doubtful = plainly(seen, reviews, ROOM)
        assert [(one.cell, one.code) for one in found.representative] == representative
        assert [one.cell for one in found.doubtful] == doubtful
