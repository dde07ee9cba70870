"""The error budget and a random sample on paper: what the page of a smear says, within three pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.charts import budget, words
from core.records import Domain, Findings, Review, Specimen, Stream
from core.report import pdf
from core.review import design, sample
from core.review.signing import Void
from core.vocabulary import vocabulary
from tests.core import counted
from tests.core.report import made
from tests.core.writers import golden

WORDS = vocabulary("shipped16")


def full(specimen=Specimen.BLOOD, images=24, note="a long note, " * 45, warning=""):
    """Everything that takes room: many images, doubts, a sample, a correction, a void signature."""
    fields = [dict(golden.MIXED[place % len(golden.MIXED)]) for place in range(images)]
    seen = golden.doubted(golden.corrected(counted.seen(fields)))
    seen = (
        replace(seen, images=tuple(replace(image, warnings=(warning,)) for image in seen.images)) if warning else seen
    )
    findings = Findings(auer_rods=True, apl=True, genetics="NPM1")
    info = counted.info(specimen, findings=findings, note=note)
    drawn = sample.stratified(sample.call_groups(seen, info, WORDS), 60, 3)
    called = {call.cell: call.label for call in seen.calls}
    reviews = [
        Review(cell, "reader", counted.NOON, "", "blast" if not place % 7 else called[cell], "", not place % 5,
               Stream.RANDOM, drawn.probability[cell])
        for place, cell in enumerate(drawn.cells)
    ]  # fmt: skip
    found = design.estimate(seen, reviews, drawn, info, WORDS)
    void = Void(made.SIGNATURE, ("1 review was added", "reviews were changed or removed, " * 20))
    return made.case(seen, info, reviews=reviews, sample=found, state=void)


def everything(of, paper="A4"):
    return "".join(sheet.bare for sheet in made.sheets(pdf.written(of, paper)))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("specimen", list(Specimen))
def test_with_all_of_it_there_are_three_pages(specimen, paper):
    of = full(specimen)
    sheets = made.sheets(pdf.written(of, paper))
    assert len(sheets) == 3
    text = "".join(sheet.bare for sheet in sheets)
    for share in (of.sample.blasts, of.sample.cblc):
        told = f"{words.percent(share.value)}[{words.percent_range(share.patient)}]"
        assert made.bare(told.replace("[[", "[").replace("]]", "]")) in text
    assert "60cellsnamedbypeople" in text
    for one in of.budgets:
        bar = budget.bar(one)
        assert made.bare(f"{one.name}: {bar.whole}").lower() in text.lower()
        for part in bar.slices:
            assert made.bare(f"{part.name} {part.percent}") in text
            assert made.bare(part.said) in text
            assert made.bare(part.shrink) in text
        for _, said, shrink in bar.outside:
            assert made.bare(f"{said} {shrink}") in text


def test_digests_of_single_images_give_way_before_a_fourth_page():
    calm, tight = everything(full()), full(warning="The scale was guessed from erythrocytes of another picture. " * 9)
    assert "moreimages" not in calm
    assert len(made.sheets(pdf.written(tight, "Letter"))) == 3
    assert "20moreimages" in everything(tight, "Letter")
    for text in (calm, everything(tight, "Letter")):
        assert f"image2:{1:064d}" in text  # the first ones always stand
        assert "SHA-256overthedigestsofall24images" in text


def test_without_a_sample_and_for_label_free_cells_neither_is_told():
    assert "Randomsample" not in everything(made.case())
    assert "Errorbudget" in everything(made.case())
    assert "Errorbudget" not in everything(made.label_free(Domain.PROCEDURAL))
