"""The PDF: the same bytes, every fact, nothing that is withheld, and what it is worth on every page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import facts, filed
from core.errors import BadInput
from core.exchange.case_json import NOTICE
from core.records import Domain, Findings, Specimen
from core.report import pdf
from core.review.signing import Unsigned, Void
from tests.core import counted
from tests.core.report import made
from tests.core.writers import golden

REOPENED = Unsigned(made.SIGNATURE)
VOID = Void(made.SIGNATURE, ("1 review was added",))


def everything(of, paper="A4"):
    return "".join(sheet.bare for sheet in made.sheets(pdf.written(of, paper)))


def kinds():
    marrow = counted.info(Specimen.MARROW, findings=Findings(auer_rods=True, apl=True, genetics="NPM1"))
    reviews = [counted.review(f"0-blast-{n}", "monocyte", was="blast") for n in range(6)]
    return {
        "blood": made.case(),
        "marrow, APL": made.case(info=marrow, reviews=reviews),
        "corrected": made.case(golden.corrected(counted.seen(golden.MIXED))),
        "all odd": made.case(golden.all_odd(counted.seen(golden.MIXED))),
        "few cells": made.case(counted.seen([{"blast": 1}])),
        "nothing seen": made.case(counted.seen([{}])),
        "no images": made.case(counted.seen([])),
        "label-free, drawn": made.label_free(Domain.PROCEDURAL),
        "label-free, every cut-off": made.label_free(Domain.PROCEDURAL, cuts=True),
        "label-free, real": made.label_free(Domain.REAL),
    }


KINDS = kinds()


def _named(fact):
    """An alert is told by its words; a class by its name on the differential."""
    return not fact.id.startswith(("alert.", "class."))


@pytest.mark.parametrize("kind", KINDS)
def test_every_fact_is_on_one_to_three_pages(kind):
    of = KINDS[kind]
    sheets = made.sheets(pdf.written(of))
    assert 1 <= len(sheets) <= 3
    text = "".join(sheet.bare for sheet in sheets)
    missing = [fact.id for fact in of.reading.facts if made.bare(facts.text(fact)) not in text]
    assert not missing
    said = text.lower()
    assert not [fact.id for fact in of.reading.facts if _named(fact) and made.bare(fact.name).lower() not in said]
    for alert in of.summary.alerts:
        assert made.bare(alert.text) in text
    for sentence in (*of.summary.caveats, *of.summary.sentences, *of.summary.checks):
        assert made.bare(sentence.text) in text
    for number, sheet in enumerate(sheets, 1):
        assert made.bare(NOTICE) in sheet.bare
        assert f"page{number}of{len(sheets)}" in sheet.bare
        assert filed.sha256(of) in sheet.bare


@pytest.mark.parametrize("kind", ["blood", "label-free, drawn"])
def test_the_same_case_prints_the_same_bytes(kind):
    again = kinds()[kind]
    assert pdf.written(again) == pdf.written(KINDS[kind])
    assert pdf.written(again, "Letter") == pdf.written(KINDS[kind], "Letter")


def test_another_case_prints_other_bytes_and_another_digest():
    other = made.case(reviews=[counted.review("0-blast-0", "monocyte", was="blast")])
    assert filed.sha256(other) != filed.sha256(KINDS["blood"])
    assert pdf.written(other) != pdf.written(KINDS["blood"])


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("Letter", (612, 792))])
@pytest.mark.parametrize("kind", ["marrow, APL", "label-free, every cut-off"])
def test_both_papers(kind, paper, size):
    sheets = made.sheets(pdf.written(KINDS[kind], paper))
    assert {sheet.size for sheet in sheets} == {size}
    assert len(sheets) <= 3
    assert everything(KINDS[kind], paper).count("DRAFT") >= len(sheets)


def test_another_paper_is_refused():
    with pytest.raises(BadInput, match="A4 or Letter"):
        pdf.written(KINDS["few cells"], "A3")


def test_alerts_come_before_any_number():
    text = made.sheets(pdf.written(KINDS["marrow, APL"]))[0].bare
    urgent = [alert for alert in KINDS["marrow, APL"].summary.alerts if alert.level == "urgent"]
    assert urgent
    assert text.index("URGENT") < text.index(made.bare(urgent[0].text)) < text.index("countedcells")


def test_no_summary_can_drop_an_alert():
    of = KINDS["marrow, APL"]
    told = everything(replace(of, summary=replace(of.summary, alerts=())))
    assert not [alert.id for alert in of.summary.alerts if made.bare(alert.text) not in told]


def test_what_is_withheld_is_nowhere():
    """The facts as they would be, were nothing withheld, leave no trace."""
    open_, shut = made.case(counted.seen(golden.MIXED)), KINDS["all odd"]
    assert shut.reading.quality.withheld
    told = [fact for fact in open_.reading.facts if fact.interval and not fact.withheld and fact.value]
    assert len(told) > 5
    text = everything(shut)
    assert not [fact.id for fact in told if made.bare(facts.text(fact)) in text]
    assert made.bare(f"withheld: {shut.reading.quality.withheld}") in text


def test_simulated_markers_are_printed_of_drawn_cells_only():
    drawn, real = KINDS["label-free, drawn"], KINDS["label-free, real"]
    values = [
        facts.text(fact) for fact in drawn.reading.facts if fact.id.startswith("marker.cd16") and not fact.withheld
    ]
    assert len(values) > 5
    text = everything(drawn)
    assert all(made.bare(value) in text for value in values)
    assert "CD16,estimated" in text
    text = everything(real)
    assert made.bare(f"No marker is shown: {real.reading.markers_withheld}") in text
    assert "CD16,estimated" not in text
    assert not [value for value in values if golden.UNITS in value and made.bare(value) in text]


@pytest.mark.parametrize(
    ("state", "draft", "said"),
    [
        (Unsigned(), True, "nobody has signed this"),
        (REOPENED, True, "It was reopened on 2026-03-01"),
        (VOID, True, "it holds no longer: 1 review was added"),
        (made.SIGNED, False, f"Ada Quill (signer) on 2026-03-01 12:30 UTC, over the content {made.CONTENT.hash}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("domain", Domain)
def test_drafts_and_synthetic_cases_say_so_across_every_page(state, draft, said, domain):
    of = made.case(counted.seen([{"blast": 3}]), counted.info(domain=domain), state=state)
    sheets = made.sheets(pdf.written(of))
    assert made.bare(said) in "".join(sheet.bare for sheet in sheets)
    for sheet in sheets:
        alone = [line.split() for line in sheet.text.splitlines() if set(line.split()) <= {"DRAFT", "SYNTHETIC"}]
        across = [word for line in alone for word in line]
        assert ("DRAFT" in across) == draft
        assert ("SYNTHETIC" in across) == (domain is Domain.PROCEDURAL)


def test_a_name_that_the_server_was_only_told_says_so():
    state = replace(made.SIGNED, by=(replace(made.SIGNATURE, authenticated=False),))
    assert "nobodywassignedin" in everything(made.case(counted.seen([{"blast": 3}]), state=state))


def test_what_the_file_says_of_itself():
    of = KINDS["blood"]
    told = made.metadata(pdf.written(of))
    assert told["Title"] == "Hemaboard report: patient-1"
    assert told["Keywords"] == f"sha256:{filed.sha256(of)} case:case-1 event:7:{'7' * 64}"
    assert "DRAFT" in told["Subject"]
    assert NOTICE in told["Subject"]


def test_no_picture_has_more_pixels_than_were_kept_and_none_is_missing():
    of = made.case(side=33)
    pictures = [size for sheet in made.sheets(pdf.written(of)) for size in sheet.pictures]
    assert len(of.shown.representative) + len(of.shown.doubtful) == len(pictures) > 20
    assert set(pictures) == {(33, 33)}


def test_five_hundred_cells_of_noise_stay_below_two_megabytes():
    fields = [{"blast": 30, "monocyte": 20, "lymphocyte": 25, "segmented": 25}] * 5
    of = made.case(golden.doubted(counted.seen(fields)), side=160)
    assert len(of.seen.cells) == 500
    assert len(pdf.written(of)) < 2_000_000


def test_many_pictures_and_a_long_note_do_not_flood_it():
    fields = [{"blast": 4, "smudge": 2, "lymphocyte": 5}] * 150
    info = counted.info(note="A long note. " * 300)
    of = made.case(golden.doubted(counted.seen(fields)), info)
    sheets = made.sheets(pdf.written(of))
    text = "".join(sheet.bare for sheet in sheets)
    assert len(sheets) <= 3
    assert "therestisincase.json" in text
    assert "126moreimagesincase.json" in text


def test_markup_in_what_people_type_is_printed_as_it_is():
    info = counted.info(note="<b>blasts</b> < 5 & <img src='x'/>\nsecond line", stain="M&G <i>")
    text = everything(made.case(counted.seen([{"blast": 3}]), info))
    assert "<b>blasts</b><5&<imgsrc='x'/>secondline" in text
    assert "M&G<i>" in text


def test_cells_carry_a_bar_only_where_the_scale_is_known():
    scaled = made.case(counted.seen([{"blast": 3}], um_per_px=0.5))
    blind = made.case(counted.seen([{"blast": 3}], um_per_px=None))
    assert "2µm" in everything(scaled)
    assert "2µm" not in everything(blind)


def test_names_of_western_greek_and_cyrillic_letters_are_printed():
    names = ("Łukasz Żółć", "Þórður Æ. Ñandú", "Παπαδόπουλος", "Щербаков", "Nguyễn Đức", "Őry ß ſ €")
    info = counted.info(note=" · ".join(names))
    text = everything(made.case(counted.seen([{"blast": 3}]), info))
    assert not [name for name in names if made.bare(name) not in text]


@pytest.mark.parametrize(
    ("written", "name"), [("白血病", "CJK"), ("שלום", "HEBREW"), ("مرحبا", "ARABIC"), ("🩸", "DROP OF BLOOD")]
)
def test_scripts_that_would_be_boxes_are_refused_and_named(written, name):
    for info in (counted.info(note=f"see {written}"), counted.info(stain=written)):
        with pytest.raises(BadInput, match=f"Latin, Greek or Cyrillic.*{name}"):
            pdf.written(made.case(counted.seen([{"blast": 3}]), info))


def test_a_label_free_gallery_leaves_room_for_the_rest():
    of = KINDS["label-free, drawn"]
    pictures = [size for sheet in made.sheets(pdf.written(of)) for size in sheet.pictures]
    assert 4 <= len(pictures) == len(of.shown.representative) + len(of.shown.doubtful) <= 21
