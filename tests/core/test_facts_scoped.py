"""Facts of a class and of a cell: the case's own numbers, its withholding, and nothing that leads to a file."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from core import analyse, facts, facts_scoped
from core.readings import Fact
from core.records import Call, Domain, MarkerValue, Seen, Specimen
from core.vocabulary import vocabulary
from tests import label_free_fakes as fakes
from tests.core.counted import STAMP, info, review, seen

WORDS, DPC = vocabulary("shipped16"), vocabulary("dpc4")
BLOOD = [{"blast": 12, "monocyte": 8, "segmented": 40, "smudge": 5}] * 2


def table(listed: tuple[Fact, ...]) -> dict[str, Fact]:
    assert len({fact.id for fact in listed}) == len(listed)
    return {fact.id: fact for fact in listed}


def doubted(given: Seen) -> Seen:
    """Every blast might be a monocyte, every second one a promyelocyte too; the last of them is odd."""
    blasts = [call.cell for call in given.calls if call.label == "blast"]
    wide = {cell: ("blast", "monocyte", "promyelocyte")[: 2 + n % 2] for n, cell in enumerate(blasts)}
    calls = tuple(
        replace(
            call,
            possible=wide.get(call.cell, (call.label,)),
            oddness=0.995 if call.cell == blasts[-1] else 0.2,
            probabilities={"blast": 0.6, "monocyte": 0.3996, "promyelocyte": 0.0004},
            measures={"nucleus_fraction": 0.71},
        )
        for call in given.calls
    )
    cells = tuple(replace(cell, measures={"diameter_um": 12.0 + n % 5}) for n, cell in enumerate(given.cells))
    return replace(given, calls=calls, cells=cells)


def read(given, case=None, reviews=()):
    return analyse.read(given, reviews, case or info(), WORDS)


def test_a_class_says_what_the_case_says_and_what_is_doubtful_in_it():
    given = doubted(seen(BLOOD))
    reading = read(given)
    told = table(facts_scoped.of_class(reading, given, (), "blast", WORDS))
    whole = table(reading.facts)
    assert told["class.blast.share"] == whole["class.blast.share"]
    assert told["adequacy.counted"] == whole["adequacy.counted"]
    said = {id: facts.text(fact) for id, fact in told.items()}
    assert said["class.blast.name"] == "blasts"
    assert said["class.blast.count"] == "24 cells"
    assert said["class.blast.reviewed"] == "0 cells"
    assert said["class.blast.unsure_share"] == "100 %"
    assert said["class.blast.odd_share"] == "4 %"
    assert said["class.blast.rivals"] == "monocyte, promyelocyte"
    assert said["class.blast.nucleus"].startswith("71 %")
    assert said["class.blast.diameter"].startswith("13.5 µm [")
    assert not [id for id in said if id.startswith("class.monocyte")]


def test_reviews_move_a_cell_and_are_counted():
    given = doubted(seen(BLOOD))
    reviews = (review("0-blast-0", "monocyte"), review("0-monocyte-0", "blast"), review("0-monocyte-1", "blast"))
    told = table(facts_scoped.of_class(read(given, reviews=reviews), given, reviews, "blast", WORDS))
    assert facts.text(told["class.blast.count"]) == "25 cells"
    assert facts.text(told["class.blast.reviewed"]) == "2 cells"


def test_classes_outside_the_denominator_have_a_count_and_no_share():
    given = seen(BLOOD)
    told = table(facts_scoped.of_class(read(given), given, (), "smudge", WORDS))
    assert facts.text(told["uncounted.smudge.count"]) == "10 cells"
    assert "class.smudge.share" not in told


def test_few_cells_have_no_median_and_an_empty_class_is_told():
    given = doubted(seen([{"blast": 19, "segmented": 50}]))
    told = table(facts_scoped.of_class(read(given), given, (), "blast", WORDS))
    assert "class.blast.diameter" not in told
    none = table(facts_scoped.of_class(read(given), given, (), "basophil", WORDS))
    assert facts.text(none["class.basophil.count"]) == "0 cells"
    assert not {"class.basophil.unsure_share", "class.basophil.rivals"} & set(none)


def test_what_the_case_withholds_is_withheld_of_the_class():
    given = doubted(seen([{"blast": 30, "segmented": 10}]))
    reading = read(given)
    assert reading.quality.withheld
    told = table(facts_scoped.of_class(reading, given, (), "blast", WORDS))
    for id in ("class.blast.share", "class.blast.diameter", "class.blast.nucleus"):
        assert (told[id].value, told[id].interval, told[id].withheld) == (None, None, reading.quality.withheld)
    assert facts.text(told["class.blast.count"]) == "30 cells"


def test_a_cell_with_its_doubts():
    given = doubted(seen(BLOOD))
    cell = next(c for c in given.cells if c.id == "1-blast-11")
    told = table(facts_scoped.of_cell(given, (), replace(cell, touches_edge=True), read(given), WORDS))
    said = {id: facts.text(fact) for id, fact in told.items()}
    assert said["cell.call"] == said["cell.label"] == "blast"
    assert said["cell.named_by"] == "the classifier"
    assert said["cell.probability.blast"] == "60 %"
    assert said["cell.probability.monocyte"] == "40 %"
    assert "cell.probability.promyelocyte" not in said
    assert said["cell.possible"] == "blast, monocyte or promyelocyte"
    assert (said["cell.oddness"], told["cell.oddness"].note) == ("99.5 %", "unlike the calibration cells")
    assert said["cell.edge"] == "cut by the edge of the picture"
    assert said["cell.nucleus"] == "71 %"


@pytest.mark.parametrize(("share", "text"), [(0.9996, "99.96 %"), (0.99999, "100.00 %"), (1.0, "100 %"), (0.5, "50 %")])
def test_near_certainty_is_not_printed_as_certainty_at_the_first_digit(share, text):
    given = seen(BLOOD)
    calls = tuple(replace(call, probabilities={call.label: share}) for call in given.calls)
    told = table(facts_scoped.of_cell(replace(given, calls=calls), (), given.cells[0], read(given), WORDS))
    assert facts.text(told["cell.probability.blast"]) == text


def test_a_persons_word_is_the_label_and_the_call_stays_beside_it():
    given, reviews = seen(BLOOD), (review("0-blast-0", "erythroblast"),)
    told = table(facts_scoped.of_cell(given, reviews, given.cells[0], read(given, reviews=reviews), WORDS))
    said = {id: facts.text(fact) for id, fact in told.items()}
    assert (said["cell.call"], said["cell.label"], said["cell.named_by"]) == ("blast", "erythroblast", "a person")
    assert said["cell.counted"] == "outside the denominator"
    marrow = read(given, info(Specimen.MARROW), reviews)
    counted = table(facts_scoped.of_cell(given, reviews, given.cells[0], marrow, WORDS))["cell.counted"]
    assert facts.text(counted) == "in the denominator"


def test_a_cell_without_a_call_has_few_facts():
    given = replace(seen(BLOOD), calls=())
    told = table(facts_scoped.of_cell(given, (), given.cells[0], read(given), WORDS))
    assert set(told) == {"case.specimen", "case.domain"}


def test_nothing_in_a_scoped_fact_leads_to_a_cell_or_a_file():
    given = doubted(seen(BLOOD))
    reading = read(given)
    both = facts_scoped.of_class(reading, given, (), "blast", WORDS)
    both += facts_scoped.of_cell(given, (), given.cells[0], reading, WORDS)
    for secret in ("0-blast-0", "image0", "patient-1", "image 1", "not stated"):
        assert not [fact for fact in both if secret in repr(fact)]


def label_free(truth="simulated", domain=Domain.PROCEDURAL, cuts=None):
    """Cells with CD16 values 7771.0, 7771.01 … of a network that learned from `truth` values."""
    stamp = fakes.Spectrum(truth, cuts).stamp
    given = seen([{"granulocyte": 30, "lymphocyte": 25}])
    calls = tuple(
        Call(c.cell, c.label, {c.label: 1.0}, stamp.digest,
             markers={"CD16": MarkerValue(fakes.MARK + n / 100, fakes.MARK + 0.0, fakes.MARK + 0.9)})
        for n, c in enumerate(given.calls)
    )  # fmt: skip
    given = replace(given, calls=calls, models=(stamp,))
    return given, analyse.read_label_free(given, (), replace(fakes.SYNTHETIC, domain=domain), DPC)


def test_markers_of_a_class_are_the_cases_own():
    given, reading = label_free(cuts={"CD16": 7771.1})
    told, whole = table(facts_scoped.of_class(reading, given, (), "granulocyte", DPC)), table(reading.facts)
    for id in ("marker.cd16.median", "marker.cd16.granulocyte.median", "marker.cd16.cut"):
        assert told[id] == whole[id]
        assert told[id].value is not None
    assert "marker.cd16.lymphocyte.median" not in told


def test_markers_of_a_cell_have_their_interval_without_a_level_of_ours():
    given, reading = label_free()
    told = table(facts_scoped.of_cell(given, (), given.cells[3], reading, DPC))
    assert facts.text(told["cell.cd16"]) == "7771.03 log10 of nothing [7771.00–7771.90]"
    assert told["cell.cd45"].withheld == "no estimate for this cell"
    assert "simulated" in told["cell.cd16"].origin
    assert "marker.cd16.cut" not in told


@pytest.mark.parametrize("truth", ["simulated", "guessed"])
def test_withheld_markers_have_a_reason_and_no_digit(truth):
    given, reading = label_free(truth, Domain.REAL, {"CD16": 7771.1})
    listed = facts_scoped.of_cell(given, (), given.cells[0], reading, DPC)
    listed += facts_scoped.of_class(reading, given, (), "granulocyte", DPC)
    assert not re.search(str(fakes.MARK), repr(listed))
    for id in ("cell.cd16", "cell.cd45", "marker.cd16.granulocyte.median"):
        fact = next(fact for fact in listed if fact.id == id)
        assert fact.value is None
        assert fact.interval is None
        assert fact.withheld == reading.markers_withheld != ""


def test_every_id_is_documented():
    patterns = [re.sub(r"<\w+>", r"\\w+", id) for id in re.findall(r"[\w<>]+(?:\.[\w<>]+)+", facts_scoped.__doc__)]
    given = doubted(seen(BLOOD))
    listed = facts_scoped.of_class(read(given), given, (), "blast", WORDS)
    listed += facts_scoped.of_class(read(given), given, (), "smudge", WORDS)
    listed += facts_scoped.of_cell(given, (), replace(given.cells[0], touches_edge=True), read(given), WORDS)
    free, reading = label_free(cuts={"CD16": 7771.1})
    listed += facts_scoped.of_class(reading, free, (), "granulocyte", DPC)
    listed += facts_scoped.of_cell(free, (), free.cells[0], reading, DPC)
    strange = {fact.id for fact in listed if not any(re.fullmatch(pattern, fact.id) for pattern in patterns)}
    assert not strange
    assert STAMP.digest[:8] in repr(listed)
