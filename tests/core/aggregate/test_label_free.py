"""A label-free case's shares, distributions and checks: pure, and silent about what must not be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import analyse, facts, statistics
from core.aggregate.label_free import FEWEST, marker_id
from core.records import Findings, Specimen
from core.vocabulary import vocabulary
from models.synthesis.markers import MARKERS
from tests import label_free_fakes as fakes
from tests.core.counted import review

WORDS = vocabulary("dpc4")


def seen(truth="simulated", fields=6, info=fakes.SYNTHETIC, cuts=None):
    kinds = ("granulocyte",) * 9 + ("lymphocyte",) * 5 + ("monocyte",) * 3 + ("other",) * 2
    uploads = [fakes.upload(fakes.grid(kinds, seed), f"{seed}.npy") for seed in range(fields)]
    return analyse.see(uploads, fakes.tools(truth=truth, cuts=cuts), domain=info.domain)


@pytest.fixture(scope="module")
def simulated():
    return seen()


def read(given, info=fakes.SYNTHETIC, reviews=(), **more):
    return analyse.read_label_free(given, reviews, info, WORDS, **more)


def test_shares_distributions_and_facts_of_a_synthetic_case(simulated):
    reading = read(simulated)
    shares = {share.id: (share.count, share.total) for share in reading.differential}
    assert shares == {
        "class.lymphocyte.share": (30, 102), "class.granulocyte.share": (54, 102), "class.monocyte.share": (18, 102),
    }  # fmt: skip
    assert reading.uncounted == (("other", 12),)
    assert [marker.name for marker in reading.markers] == list(MARKERS)
    cd16 = reading.markers[-1]
    assert (cd16.whole.cells, cd16.whole.code, cd16.cut) == (102, "", None)
    assert [some.cells for some in cd16.classes] == [30, 54, 18]
    assert "fewer than 20" in cd16.classes[2].withheld
    values = sorted(q.value for q in cd16.whole.quantiles)
    assert [q.value for q in cd16.whole.quantiles] == values
    for one in cd16.whole.quantiles:
        assert one.interval is None or one.interval.low <= one.value <= one.interval.high
    said = {fact.id: fact for fact in reading.facts}
    assert {"marker.cd16.median", "marker.cd16.q10", "marker.cd16.granulocyte.median", "marker.cd16.bimodality"} <= set(
        said
    )
    assert "simulated" in said["marker.cd16.median"].origin
    assert "gates on CD3, CD16 and CD45" in said["marker.cd16.median"].note
    assert said["marker.cd16.monocyte.median"].withheld
    assert all(facts.text(fact) for fact in reading.facts)
    assert len(said) == len(reading.facts)


def test_the_order_of_cells_and_calls_changes_nothing(simulated):
    turned = replace(simulated, cells=simulated.cells[::-1], calls=simulated.calls[::-1])
    one, two = read(simulated), read(turned)
    assert one.facts == two.facts
    assert one.markers == two.markers
    assert read(simulated) == one


def test_a_cut_off_comes_from_the_card_or_from_a_reader_and_says_which():
    given = seen(cuts={"CD16": fakes.MARK + 0.5})
    card, entered = read(given), read(given, cuts={"CD16": fakes.MARK + 0.9, "CD45": 0.0})
    assert (card.markers[-1].cut_origin, entered.markers[-1].cut_origin) == ("the model's card", "entered")
    assert card.markers[2].cut is None
    above = card.markers[-1].whole.above
    true = [call.markers["CD16"].value > fakes.MARK + 0.5 for call in given.calls if call.label != "other"]
    assert (above.count, above.total) == (sum(true), len(true))
    assert entered.markers[2].whole.above.ratio == 1.0
    assert {"marker.cd16.above", "marker.cd16.granulocyte.above"} <= {fact.id for fact in card.facts}


def test_a_reviewed_cell_moves_to_its_class_with_its_value(simulated):
    call = next(call for call in simulated.calls if call.label == "granulocyte")
    reading = read(simulated, reviews=[review(call.cell, "lymphocyte")])
    assert [some.cells for some in reading.markers[-1].classes] == [31, 53, 18]
    assert reading.reviewed == 1


def test_few_cells_withhold_shares_and_markers_alike():
    reading = read(seen(fields=2))
    assert "fewer than 50" in reading.quality.withheld
    assert all(share.ratio is None and share.withheld for share in reading.differential)
    assert {marker.withheld for marker in reading.markers} == {reading.quality.withheld}
    assert all(fact.value is None for fact in reading.facts if fact.id.startswith("marker."))


def test_what_a_reader_entered_is_urgent_here_too(simulated):
    info = replace(fakes.SYNTHETIC, findings=Findings(auer_rods=True), specimen=Specimen.MARROW)
    levels = [alert.level for alert in read(simulated, info).alerts]
    assert levels == ["urgent", "note"]
    assert "excludes leukaemia" in read(simulated).alerts[-1].text


def test_checks_tell_blur_darkness_missing_views_and_a_foreign_domain(simulated):
    good = {check.id: check.word for check in read(simulated).checks}
    assert good == dict.fromkeys(good, "good")
    assert len(good) == 5
    calls = [
        replace(
            call,
            views=("left", "right", "top"),
            measures=call.measures | {"light_least": 0.01, "sharpness": 0.001 if n % 4 == 0 else 1.0},
        )
        for n, call in enumerate(simulated.calls)
    ]
    bad = {check.id: check for check in read(replace(simulated, calls=tuple(calls)), fakes.REAL).checks}
    assert {bad[f"quality.{name}"].word for name in ("views", "focus", "brightness", "domain")} == {"warning"}
    assert "without bottom" in bad["quality.views"].said
    assert "noise" in bad["quality.brightness"].note
    assert "person's cells" in bad["quality.domain"].note


def test_values_beyond_what_was_learned_are_told_where_values_may_be_seen(simulated):
    def ranged(low, high):
        ranges = {"CD16": (low, high)}
        models = tuple(replace(m, marker_ranges=ranges) if m.markers else m for m in simulated.models)
        return replace(simulated, models=models)

    values = [call.markers["CD16"].value for call in simulated.calls]
    wide, narrow = ranged(min(values), max(values)), ranged(min(values), max(values) - 1e-4)
    found = {check.id: check for check in read(wide).checks}["quality.range"]
    assert found.word == "good"
    found = {check.id: check for check in read(narrow).checks}["quality.range"]
    assert found.word == "warning"
    beyond = sum(value > max(values) - 1e-4 for value in values)
    assert f"CD16 {beyond} of {len(values)}" in found.said
    assert "quality.range" not in {check.id for check in read(narrow, fakes.REAL).checks}


def test_ids_of_markers_are_plain_and_apart():
    assert [marker_id(name) for name in MARKERS] == ["cd123_hla_dr_cd14", "cd3_cd19_cd56", "cd45", "cd16"]


# --- the arithmetic --------------------------------------------------------------------------------------


def test_quantile_intervals_cover_what_they_promise():
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(400):
        _, interval = statistics.quantile(rng.exponential(size=45), 0.25)
        inside.append(interval.low <= -np.log(0.75) <= interval.high)
    assert np.mean(inside) > 0.93


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.sampled_from((0.1, 0.5, 0.9)))
def test_a_quantile_lies_in_its_interval_whatever_the_values(values, part):
    value, interval = statistics.quantile(values, part)
    assert min(values) <= value <= max(values)
    if interval is not None:
        assert interval.low <= value + 1e-6 * abs(value)
        assert interval.high >= value - 1e-6 * abs(value)
    if part == 0.5 and len(values) < 6:
        assert interval is None  # five values bound a median at 94 % only


def test_sarles_coefficient_knows_one_peak_from_two():
    rng = np.random.default_rng(5)
    one = statistics.bimodality(rng.normal(size=600))
    two = statistics.bimodality(np.concatenate([rng.normal(0, 1, 300), rng.normal(7, 1, 300)]))
    even = statistics.bimodality(np.linspace(0, 1, 3000))
    assert one[0] == pytest.approx(1 / 3, abs=0.05)
    assert even[0] == pytest.approx(5 / 9, abs=0.01)
    assert two[1].low > statistics.EVEN > one[1].high
    assert statistics.bimodality([1.0] * 50) is None
    assert statistics.bimodality(range(FEWEST - 1)) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=20, max_size=40), st.randoms())
def test_the_coefficient_is_a_pure_function_of_the_values(values, random):
    shuffled = random.sample(values, len(values))
    assert statistics.bimodality(values) == statistics.bimodality(shuffled)
    found = statistics.bimodality(values)
    assert found is None or found[1].low <= found[0] <= found[1].high
