"""What a marker's picture and table show: the values that may be seen, by group, and nothing where there is nothing."""

from __future__ import annotations

from core import analyse
from core.charts import markers, screen
from core.vocabulary import vocabulary
from tests import label_free_fakes as fakes
from tests.core.exchange.test_withholding import seen

WORDS = vocabulary("dpc4")
LABELS = ("granulocyte",) * 40 + ("lymphocyte",) * 25 + ("monocyte",) * 5 + ("other",) * 7


def test_groups_hold_their_own_values_and_too_few_are_not_drawn():
    given = seen(LABELS)
    reading = analyse.read_label_free(given, (), fakes.SYNTHETIC, WORDS)
    found = markers.rows(reading.markers[-1], reading, given, WORDS)
    assert [(row.name, len(row.values)) for row in found] == [
        ("All counted cells", 70), ("Lymphocytes", 25), ("Granulocytes", 40),
    ]  # fmt: skip
    assert all(row.values == tuple(sorted(row.values)) for row in found)
    lines = markers.lines(reading.markers[-1], WORDS)
    assert [line.median for line in lines][-1] == "too few"
    assert lines[0].above != "–"  # the card's cut-off
    drawn = screen.distributions(found, "log10", 7771.3)
    assert [trace.name for trace in drawn.data] == [row.name for row in found]
    assert len(drawn.layout.shapes) == 1


def test_nothing_is_drawn_of_what_is_withheld():
    given = seen(LABELS)
    reading = analyse.read_label_free(given, (), fakes.REAL, WORDS)
    assert markers.rows(reading.markers[-1], reading, given, WORDS) == ()
    assert len(screen.distributions((), "log10").data) == 0
