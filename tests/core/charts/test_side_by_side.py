"""Two readings in rows: figures, differences, words that came and went."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core import analyse
from core.charts import side_by_side
from core.readings import Reading
from core.records import CaseInfo, Seen, Specimen
from core.vocabulary import vocabulary
from tests import fakes

WORDS = vocabulary("shipped16")
BAND = WORDS["band"].name[:1].upper() + WORDS["band"].name[1:]
INFO = CaseInfo("A-1", Specimen.BLOOD)


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Eight fields of twelve cells, every third of them a blast."""
    kinds = ("blast", "segmented", "lymphocyte")
    fields = []
    for seed in range(8):
        places = [(20.0 + 45 * (i % 4), 25.0 + 50 * (i // 4), 14.0, kinds[i % 3]) for i in range(12)]
        fields.append(fakes.upload(np.asarray(fakes.field(places, seed=seed)), f"{seed}.png"))
    return analyse.see(fields, fakes.tools())


def read(seen: Seen, info: CaseInfo = INFO) -> Reading:
    return analyse.read(seen, (), info, WORDS)


def with_calls(seen: Seen, was: str, now: str, every: int = 1) -> Seen:
    calls = [
        replace(call, label=now) if call.label == was and n % every == 0 else call for n, call in enumerate(seen.calls)
    ]
    return replace(seen, calls=tuple(calls))


def test_a_reading_beside_itself_differs_in_nothing(seen: Seen) -> None:
    rows = side_by_side.shares(read(seen), read(seen), WORDS)
    assert {row.shift for row in rows} == {"0.0 points"} | {row.shift for row in rows if not row.was.endswith("%")}
    assert not any(row.apart for row in rows)
    assert [row.name for row in rows[:3]] == ["Blasts and blast equivalents", WORDS.cblc_name, "Smudge cells"]


def test_a_class_that_went_elsewhere_is_told_with_both_intervals(seen: Seen) -> None:
    rows = {row.name: row for row in side_by_side.shares(read(seen), read(with_calls(seen, "blast", "band")), WORDS)}
    blasts = rows["Blasts and blast equivalents"]
    assert (blasts.was, blasts.now, blasts.shift, blasts.apart) == ("33.3 %", "0.0 %", "−33.3 points", True)
    assert blasts.was_range.endswith("32 of 96")
    assert rows[BAND].shift == "+33.3 points"
    assert rows[BAND].colour == WORDS["band"].colour
    assert rows["Lymphocyte"].shift == "0.0 points"
    assert "Plasma cell" not in rows
    few = {row.name: row for row in side_by_side.shares(read(seen), read(with_calls(seen, "blast", "band", 6)), WORDS)}
    assert not few["Blasts and blast equivalents"].apart


def test_withheld_shares_have_no_difference(seen: Seen) -> None:
    few = replace(seen, cells=seen.cells[:20], calls=seen.calls[:20], images=seen.images[:2])
    row = side_by_side.shares(read(seen), read(few), WORDS)[0]
    assert (row.now, row.now_range, row.shift, row.apart) == ("withheld", "", "–", False)


def test_marrow_has_its_ratio_and_counts_are_told(seen: Seen) -> None:
    marrow = replace(INFO, specimen=Specimen.MARROW)
    old, new = read(seen, marrow), read(with_calls(seen, "lymphocyte", "erythroblast"), marrow)
    assert "M:E ratio" in {row.name for row in side_by_side.shares(old, new, WORDS)}
    fewer = read(replace(seen, cells=seen.cells[:-3], calls=seen.calls[:-3]), marrow)
    counts = {row.name: row for row in side_by_side.counts(old, fewer)}
    assert (counts["Cells found"].was, counts["Cells found"].now, counts["Cells found"].shift) == ("96", "93", "−3")


def test_warnings_that_came_and_went(seen: Seen) -> None:
    quiet, loud = read(seen), read(with_calls(seen, "lymphocyte", "smudge", 2))
    said = side_by_side.warnings(quiet, loud)
    assert any("smudge" in text.lower() for text in said.new)
    assert side_by_side.warnings(loud, quiet).gone == said.new
    assert side_by_side.warnings(loud, loud).new == side_by_side.warnings(loud, loud).gone == ()
