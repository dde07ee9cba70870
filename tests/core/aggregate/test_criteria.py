"""FACTS.md's table, row by row; certainty; and words that never read as negative."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aggregate.criteria import DEFINING, GENETICS, criteria
from core.readings import Share
from core.records import Findings, Specimen
from core.statistics import wilson

MARROW, BLOOD = Specimen.MARROW, Specimen.BLOOD
NOTHING = "excludes nothing"


def read(count, specimen=MARROW, total=1000, **findings):
    share = Share("blasts.ratio", "blasts", count, total, count / total, wilson(count, total))
    return criteria(share, specimen, Findings(**findings))


@pytest.mark.parametrize(
    ("genetics", "specimen", "per_mille", "who", "icc"),
    [
        ("unknown", MARROW, 200, "AML range", "AML range"),
        ("unknown", MARROW, 199, "MDS-IB2", "MDS/AML"),
        ("unknown", MARROW, 100, "MDS-IB2", "MDS/AML"),
        ("unknown", MARROW, 99, "MDS-IB1", "MDS-EB"),
        ("unknown", MARROW, 50, "MDS-IB1", "MDS-EB"),
        ("unknown", MARROW, 49, NOTHING, NOTHING),
        ("no defining genetics", BLOOD, 200, "AML range", "AML range"),
        ("no defining genetics", BLOOD, 100, "MDS-IB2", "MDS/AML"),
        ("no defining genetics", BLOOD, 50, "MDS-IB2", "MDS-EB"),
        ("no defining genetics", BLOOD, 49, "MDS-IB1", "MDS-EB"),
        ("no defining genetics", BLOOD, 20, "MDS-IB1", "MDS-EB"),
        ("no defining genetics", BLOOD, 19, NOTHING, NOTHING),
        *((name, MARROW, 100, f"AML with {name}, at any count", f"AML with {name}") for name in DEFINING),
        *((name, BLOOD, 0, f"AML with {name}, at any count", f"below 10 %, the mark for {name}") for name in DEFINING),
        ("CEBPA", MARROW, 200, "AML with CEBPA", "AML with CEBPA"),
        ("CEBPA", MARROW, 100, "below 20 %, the mark for CEBPA", "AML with CEBPA"),
        ("CEBPA", MARROW, 99, "below 20 %", "below 10 %"),
        ("BCR::ABL1", MARROW, 200, "AML with BCR::ABL1", "AML with BCR::ABL1"),
        ("BCR::ABL1", MARROW, 199, "below 20 %", "below 20 %"),
        ("TP53", MARROW, 200, "AML range", "AML with TP53"),
        ("TP53", MARROW, 100, "MDS-IB2", "MDS/AML with TP53"),
        ("TP53", BLOOD, 99, "MDS-IB2", "below 10 %"),
    ],
)
def test_the_table(genetics, specimen, per_mille, who, icc):
    first, second = read(per_mille, specimen, genetics=genetics)
    assert (first.system, second.system) == ("WHO 5th ed. 2022", "ICC 2022 / ELN 2022")
    assert who in first.reading
    assert icc in second.reading
    assert first.genetics == second.genetics == genetics


@given(st.integers(0, 300), st.sampled_from(Specimen), st.sampled_from(GENETICS), st.booleans())
def test_below_the_marks_never_reads_as_negative(count, specimen, genetics, auer_rods):
    for criterion in read(count, specimen, total=300, genetics=genetics, auer_rods=auer_rods):
        assert ("below" in criterion.reading) == (NOTHING in criterion.reading)
        for word in ("negative", "normal", "no AML", "healthy", "excluded"):
            assert word not in criterion.reading


def test_certainty_names_the_marks_that_the_interval_straddles():
    assert [c.certainty for c in read(100, total=500)] == ["interval straddles 20 %"] * 2
    assert [c.certainty for c in read(118, total=500)] == ["interval straddles no mark"] * 2
    assert [c.certainty for c in read(82, total=500)] == ["interval straddles no mark"] * 2
    assert [c.certainty for c in read(10, total=100)] == ["interval straddles 10 %"] * 2
    assert read(10, BLOOD, total=200)[0].certainty == "interval straddles 5 %"
    assert read(10, BLOOD, total=200)[1].certainty == "interval straddles no mark"  # 2–9 % in blood is one band there
    assert read(5, MARROW, total=50)[0].certainty == "interval straddles 5 % and 10 % and 20 %"


def test_what_does_not_depend_on_the_share_is_clear():
    who, icc = read(10, total=100, genetics="NPM1")
    assert (who.certainty, icc.certainty) == ("interval straddles no mark", "interval straddles 10 %")


def test_auer_rods_make_ib2_below_twenty_per_cent():
    assert "MDS-IB2" in read(30, auer_rods=True)[0].reading
    assert "AML range" in read(200, auer_rods=True)[0].reading
    assert NOTHING in read(30, auer_rods=False)[0].reading


def test_unknown_genetics_say_what_defining_ones_would_change():
    for criterion in read(30):
        assert criterion.genetics == "unknown"
        assert "WHO reads AML at any count, ICC from 10 %" in criterion.note


def test_genetics_outside_the_table_are_read_as_unknown_and_named():
    for criterion in read(300, genetics="FLT3-ITD"):
        assert criterion.genetics == "unknown"
        assert "'FLT3-ITD', which the table does not hold" in criterion.note


def test_apl_entered_is_read_with_its_fusion():
    who, icc = read(30, apl=True)
    assert who.reading == "AML with PML::RARA, at any count"
    assert icc.genetics == "PML::RARA"
    assert "to be confirmed" in who.note


def test_no_counted_cells_no_reading():
    empty = Share("blasts.ratio", "blasts", 0, 0, None, None)
    assert {c.certainty for c in criteria(empty, BLOOD, Findings())} == {"not assessed"}
