"""What the template says of one class, and of one cell."""

from __future__ import annotations

from collections.abc import Iterator

from core import facts
from core.summaries import Asked, Length, Sentence
from core.writers.phrases import against, known, marker_doubts, positive, sentence, shown, statements_wanted, withheld


def class_doubts(asked: Asked) -> Iterator[Sentence]:
    code = _code(asked)
    name = asked.facts[[fact.id for fact in asked.facts].index(f"class.{code}.name")]
    yield from withheld(asked)
    unsure, rivals = shown(asked, f"class.{code}.unsure_share"), shown(asked, f"class.{code}.rivals")
    if unsure and positive(unsure) and rivals:
        yield sentence("Of the {}, {} may belong to another class as well, most often: {}.", name, unsure, rivals)
    odd = shown(asked, f"class.{code}.odd_share")
    if odd and positive(odd):
        yield sentence("Of the {}, {} are unlike the cells that the classifier was calibrated on.", name, odd)
    yield from marker_doubts(asked)
    count, read = shown(asked, f"class.{code}.count"), shown(asked, f"class.{code}.reviewed")
    if positive(count) and read and not positive(read):
        yield sentence("No person has named any of the {}.", name)


def class_body(asked: Asked) -> Iterator[Sentence]:
    code = _code(asked)
    name, count = asked.fact(f"class.{code}.name"), asked.fact(f"class.{code}.count")
    share, counted = shown(asked, f"class.{code}.share"), shown(asked, "adequacy.counted")
    if not (name and count):
        return
    are = "is" if count.value == 1 else "are"
    if not count.value:
        yield sentence("No cell of this case is counted among the {}; that excludes nothing.", name)
    elif share and counted:
        yield sentence("{} {} called {}, of {} counted: {}.", count, are, name, counted, share)
    elif asked.fact(f"uncounted.{code}.count"):
        yield sentence("{} {} called {}, outside the denominator.", count, are, name)
    else:
        yield sentence("{} {} called {}.", count, are, name)
    read = shown(asked, f"class.{code}.reviewed")
    if read and positive(read):
        yield sentence("Named by people: {} of them.", read)
    if asked.length is Length.FULL:
        yield from _measured(asked, f"class.{code}", "Median diameter: {}.", "Median nuclear share of the area: {}.")
    yield from _class_markers(asked, code)
    yield from known(asked, statements_wanted(asked))


def class_checks(asked: Asked) -> Iterator[Sentence]:
    code = _code(asked)
    unsure, odd = shown(asked, f"class.{code}.unsure_share"), shown(asked, f"class.{code}.odd_share")
    if unsure and positive(unsure):
        yield Sentence("Name those cells of the class of which the classifier is unsure.", (unsure.id,))
    if odd and positive(odd):
        yield Sentence("Look at the odd cells of the class first.", (odd.id,))
    count, read = shown(asked, f"class.{code}.count"), shown(asked, f"class.{code}.reviewed")
    if positive(count) and not positive(read):
        yield Sentence("Look through the class in the gallery.")


def cell_doubts(asked: Asked) -> Iterator[Sentence]:
    yield from withheld(asked)
    possible = shown(asked, "cell.possible")
    if possible and _unsure(asked):
        yield sentence("The classifier cannot tell these classes apart here: {}.", possible)
    odd = shown(asked, "cell.oddness")
    if odd and odd.note.startswith("unlike"):
        yield sentence("{} of the calibration cells were less odd than this one.", odd)
    yield from marker_doubts(asked)
    edge = shown(asked, "cell.edge")
    if edge:
        yield sentence("Its outline is {}: it may be larger than it looks.", edge)


def cell_body(asked: Asked) -> Iterator[Sentence]:
    call, label, by = (shown(asked, f"cell.{id}") for id in ("call", "label", "named_by"))
    if label and by and by.value == "a person":
        yield sentence("A person named this cell: {}.", label)
        if call:
            yield sentence("The classifier's call was: {}.", call)
    elif call:
        yield sentence("The classifier's call: {}.", call)
    else:
        yield Sentence("Nothing has named this cell.")
    chances = [f for f in asked.facts if f.id.startswith("cell.probability.")]
    if chances:
        told = "; ".join(f"{fact.name.removeprefix('probability of ')} {facts.text(fact)}" for fact in chances)
        yield Sentence(f"Probabilities: {told}.", tuple(fact.id for fact in chances))
    counted = shown(asked, "cell.counted")
    if counted:
        yield sentence("It stands {} of this specimen.", counted)
    if asked.length is Length.FULL:
        yield from _measured(asked, "cell", "Diameter: {}.", "Nuclear share of the area: {}.")
    yield from _cell_markers(asked)
    yield from known(asked, statements_wanted(asked))


def cell_checks(asked: Asked) -> Iterator[Sentence]:
    by = shown(asked, "cell.named_by")
    if by and by.value != "a person":
        yield Sentence("Name this cell." if _unsure(asked) else "Confirm or correct the call.", (by.id,))
    if shown(asked, "cell.edge"):
        yield Sentence("Look at the whole field.", ("cell.edge",))


def _code(asked: Asked) -> str:
    """The class asked for: the one that has a name here."""
    return next(fact.id.split(".")[1] for fact in asked.facts if fact.id.endswith(".name"))


def _unsure(asked: Asked) -> bool:
    possible, call = shown(asked, "cell.possible"), shown(asked, "cell.call")
    return bool(possible and call and possible.value != call.value)


def _measured(asked: Asked, stem: str, diameter: str, nucleus: str) -> Iterator[Sentence]:
    for words, id in ((diameter, f"{stem}.diameter"), (nucleus, f"{stem}.nucleus")):
        fact = shown(asked, id)
        if fact:
            yield sentence(words, fact)


def _class_markers(asked: Asked, code: str) -> Iterator[Sentence]:
    for inside in [f for f in asked.facts if f.id.startswith("marker.") and f.id.endswith(f".{code}.median")]:
        if not shown(asked, inside.id):
            continue
        stem = inside.id.removesuffix(f".{code}.median")
        marker = inside.name.split(" of ", 1)[0]
        yield sentence("{}, estimated from the pictures, median of the class: {}.", marker, inside)
        whole, cut = shown(asked, f"{stem}.median"), shown(asked, f"{stem}.cut")
        if whole and asked.length is Length.FULL:
            yield sentence("Median of {} over all counted cells: {}.", marker, whole)
        if cut:
            yield against(f"The class's median of {marker}", inside, cut)
        above = shown(asked, f"{stem}.{code}.above")
        if above:
            yield sentence("Cells of the class with {} above the cut-off: {}.", marker, above)


def _cell_markers(asked: Asked) -> Iterator[Sentence]:
    ids = [f.id.split(".")[1] for f in asked.facts if f.id.startswith("marker.") and f.id.endswith(".cut")]
    for fact in [f for f in asked.facts if f.id.startswith("cell.") and " values" in f.origin]:
        if not shown(asked, fact.id):
            continue
        yield sentence("{}, estimated from the pictures: {}.", fact.name, fact)
        marker = fact.id.removeprefix("cell.")
        cut = shown(asked, f"marker.{marker}.cut") if marker in ids else None
        if cut:
            yield against(f"This value of {fact.name}", fact, cut)
