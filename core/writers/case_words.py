"""What the template says of a case: doubts, then the shares that matter, then what to look at."""

from __future__ import annotations

from collections.abc import Iterator

from core import facts
from core.readings import Fact
from core.summaries import Asked, Audience, Length, Sentence
from core.writers.phrases import (
    all_shown,
    known,
    marker_doubts,
    plural,
    positive,
    sentence,
    shares,
    shown,
    statements_wanted,
    withheld,
)

FEW = 3  # classes that a short summary names
NO_ERROR = "Intervals hold the sampling of cells and fields, and not the errors of the network that names the cells."
CRITERIA = ("criteria.who", "criteria.icc")


def label_free(asked: Asked) -> bool:
    """Label-free cases have no blasts to speak of."""
    return asked.fact("blasts.ratio") is None


def doubts(asked: Asked) -> Iterator[Sentence]:
    yield from withheld(asked)
    yield from _open_marks(asked)
    unsure, odd = shown(asked, "calls.unsure_share"), shown(asked, "quality.odd_share")
    if unsure and positive(unsure):
        yield sentence("{} of the counted cells may belong to another class than the likeliest.", unsure)
    if odd and positive(odd):
        yield sentence("{} of the counted cells are unlike those the classifier was calibrated on.", odd)
    yield from _smudges(asked)
    yield from _surroundings(asked)
    yield from _worse(asked)
    yield from marker_doubts(asked)
    validation = shown(asked, "case.validation")
    if validation:
        yield sentence("Marrow: {}.", validation)
    if shares(asked):
        yield from _interval_doubts(asked)


def _interval_doubts(asked: Asked) -> Iterator[Sentence]:
    first = shares(asked)[0]
    if "fields not assessed" in first.note and asked.length is Length.FULL:
        yield Sentence(
            "How far fields differ from each other was not assessed: too few have counted cells.", (first.id,)
        )
    if not shown(asked, "blasts.corrected_patient"):
        yield Sentence(NO_ERROR)


def _open_marks(asked: Asked) -> Iterator[Sentence]:
    blasts = shown(asked, "blasts.ratio")
    straddling = [fact for fact in all_shown(asked, CRITERIA) if "interval straddles no mark" not in str(fact.value)]
    straddling = [fact for fact in straddling if "interval straddles" in str(fact.value)]
    if blasts and straddling:
        yield sentence(
            "The interval of the blast share holds a mark of the criteria, so that the range is open: {}.", blasts
        )


def _smudges(asked: Asked) -> Iterator[Sentence]:
    ids = ("smudge.share", "blasts.low_smudge", "blasts.high_smudge")
    found = all_shown(asked, ids)
    warned = any(alert.id == "alert.smudge" for alert in asked.alerts)
    if len(found) == len(ids) and positive(found[0]) and (warned or asked.length is Length.FULL):
        yield sentence(
            "Of counted and smudge cells, smudge cells are {}; were none of them blasts, the blast share of all would"
            " be {}; were all of them blasts, {}.",
            *found,
        )


def _surroundings(asked: Asked) -> Iterator[Sentence]:
    """What a test of the surroundings found, where one was made."""
    word, cells = shown(asked, "background.word"), shown(asked, "background.cells")
    if not (word and cells):
        return
    yield sentence("Tested among other surroundings: {}; what is stated proved {}.", cells, word)
    flips, move = shown(asked, "background.flips"), shown(asked, "background.move")
    turning, moving = shown(asked, "background.setting"), shown(asked, "background.move_setting")
    if flips and turning and positive(flips) and asked.length is Length.FULL:
        yield sentence("Called otherwise there, at most: {}, with {}.", flips, turning)
    if move and moving and positive(move):
        yield sentence("{}: {}, {}, with {}.", move.name, move, move.note, moving)


def _worse(asked: Asked) -> Iterator[Sentence]:
    """How much worse the pictures would have to be, where that was tried."""
    cells, nearest = shown(asked, "strength.cells"), shown(asked, "strength.nearest")
    if cells and nearest:
        yield sentence("Tried in worse pictures: {}; {}.", cells, nearest)


def body(asked: Asked) -> Iterator[Sentence]:
    yield from _counted(asked)
    if label_free(asked):
        yield from _differential(asked)
        yield from _markers(asked)
    else:
        early = [*_blasts(asked), *_early(asked)]
        reading = [*_criteria(asked)]
        yield from (*reading, *early) if asked.audience is Audience.BOARD else (*early, *reading)
        yield from _differential(asked)
        yield from _red(asked)
    yield from _outside(asked)
    yield from known(asked, statements_wanted(asked))


def _counted(asked: Asked) -> Iterator[Sentence]:
    counted, pictures, specimen = (asked.fact(id) for id in ("adequacy.counted", "images.count", "case.specimen"))
    if not (counted and pictures and specimen):
        return
    if not counted.value:
        yield sentence("No cell was counted in {} of {}.", pictures, specimen)
        return
    reviewed, were = shown(asked, "cells.reviewed"), "was" if counted.value == 1 else "were"
    if reviewed and positive(reviewed):
        yield sentence("{} {} counted in {} of {}; named by people: {}.", counted, were, pictures, specimen, reviewed)
    else:
        yield sentence("{} {} counted in {} of {}; no person has named a cell.", counted, were, pictures, specimen)


def _blasts(asked: Asked) -> Iterator[Sentence]:
    share, count = shown(asked, "blasts.ratio"), shown(asked, "blasts.count")
    if share and count:
        note = ", with all promyelocytes among them because APL was entered," if "APL entered" in share.note else ""
        yield sentence("Blasts and blast equivalents{} are {}; counted as such: {}.", note, share, count)
    corrected = all_shown(asked, ("blasts.corrected", "blasts.corrected_patient"))
    if len(corrected) == 2 and asked.length is Length.FULL:
        yield sentence(
            "Blasts and blast equivalents, corrected for how the classifier errs: on these very cells {};"
            " for the patient {}.",
            *corrected,
        )


def _early(asked: Asked) -> Iterator[Sentence]:
    ratio = shown(asked, "cblc.ratio")
    if ratio:
        yield sentence("{}, the early-cell composite, is {}; it is no blast percentage.", ratio.name, ratio)


def _criteria(asked: Asked) -> Iterator[Sentence]:
    found = all_shown(asked, CRITERIA)
    if len(found) == 2:
        for fact in found:
            yield sentence("By {} the blast share reads: {}.", fact.name, fact)
        yield Sentence("These are ranges of a share and no diagnosis.")


def _differential(asked: Asked) -> Iterator[Sentence]:
    found = shares(asked)
    if not found:
        return
    if len(found) == 1:
        yield sentence("Every counted cell has the same name, {}: {}.", found[0].name, found[0])
        return
    every = asked.length is Length.FULL and asked.audience is not Audience.BOARD
    some = found if every else found[:FEW]
    opening = "Differential" if every else "Most frequent"
    told = "; ".join(f"{plural(fact.name)} {facts.text(fact)}" for fact in some)
    yield Sentence(f"{opening}: {told}.", tuple(fact.id for fact in some))


def _red(asked: Asked) -> Iterator[Sentence]:
    ratio, per = shown(asked, "me.ratio"), shown(asked, "erythroblasts.per_100")
    if ratio:
        yield sentence("The {} is {}.", ratio.name, ratio)
    if per and positive(per):
        yield sentence("Erythroblasts: {}.", per)


def _outside(asked: Asked) -> Iterator[Sentence]:
    found = [f for f in asked.facts if f.id.startswith("uncounted.") and positive(f)]
    if found and asked.length is Length.FULL:
        told = ", ".join(
            f"{fact.name.removesuffix(', outside the denominator')} ({facts.text(fact)})" for fact in found
        )
        yield Sentence(f"Outside the denominator: {told}.", tuple(fact.id for fact in found))


def _markers(asked: Asked) -> Iterator[Sentence]:
    """Each marker over all counted cells, then within the classes: between classes it is partly their definition."""
    for whole in [f for f in asked.facts if f.id.startswith("marker.") and f.id.count(".") == 2]:
        stem, ending = whole.id.rsplit(".", 1)
        if ending != "median" or not shown(asked, whole.id):
            continue
        marker = whole.name.split(" of ", 1)[0]
        yield sentence("Over all counted cells the median of {}, estimated from the pictures, is {}.", marker, whole)
        inside = [f for f in asked.facts if _within(f, stem) and shown(asked, f.id)]
        if inside and asked.length is Length.FULL:
            told = "; ".join(f"{_whose(fact)} {facts.text(fact)}" for fact in inside)
            yield Sentence(f"{marker}, median within a class: {told}.", tuple(fact.id for fact in inside))
        above, cut = shown(asked, f"{stem}.above"), shown(asked, f"{stem}.cut")
        if above and cut:
            yield sentence("Cells with {} above the cut-off of {}: {}.", marker, cut, above)


def _within(fact: Fact, stem: str) -> bool:
    return fact.id.startswith(f"{stem}.") and fact.id.endswith(".median") and fact.id.count(".") == 3


def _whose(fact: Fact) -> str:
    return fact.name.split(" of ", 1)[1].removesuffix(", median")


def checks(asked: Asked) -> Iterator[Sentence]:
    ids = {alert.id for alert in asked.alerts}
    if "alert.apl" in ids:
        yield Sentence("Look again for Auer rods and atypical promyelocytes; genetics confirm or exclude APL.")
    counted, target = shown(asked, "adequacy.counted"), shown(asked, "adequacy.target")
    if "alert.inadequate" in ids and counted and target:
        were = "was" if counted.value == 1 else "were"
        yield sentence("Add pictures and count on: {} {} counted, {} are asked for.", counted, were, target)
    if any(True for _ in _open_marks(asked)):
        yield Sentence("Fix how many cells to count before counting on, and read the blast share again then.")
    if "alert.domain" in ids or any("unlike" in fact.withheld for fact in asked.facts):
        yield Sentence("Compare stain, focus and kind of sample with those the classifier was made for.")
    if positive(shown(asked, "calls.unsure_share")):
        yield Sentence("Name the cells of which the classifier is unsure.", ("calls.unsure_share",))
    if positive(shown(asked, "background.fragile")):
        yield Sentence("Name the cells that several other surroundings rename.", ("background.fragile",))
    if positive(counted) and not positive(shown(asked, "cells.reviewed")):
        yield Sentence("Have a random sample of the cells named by a person.", ("cells.reviewed",))
    genetics = shown(asked, "case.genetics")
    if genetics and genetics.value == "unknown" and shown(asked, "criteria.who"):
        yield Sentence("Enter the genetics once they are known: the ranges depend on them.", ("case.genetics",))
