"""Sentences that a language model is shown, made of the very facts that it may use: their forms are ones that pass.

A closed list of forms refuses good English that it does not know. So the request shows how to say each kind of fact;
a test holds that the guard lets every example through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from core.readings import Fact
from core.writers import claims
from core.writers.phrases import plural

ALONE = (
    "The specimen is {case.specimen}.",
    "{adequacy.counted} were counted in {images.count}, {adequacy.target} are asked.",
    "Adequacy is {adequacy.word}.",
    "{cells.reviewed} were named by people.",
    "{calls.unsure_share} of the counted cells have more than one possible class.",
    "{quality.odd_share} of the counted cells are unlike those the classifier was calibrated on.",
    "Blasts and blast equivalents are {blasts.ratio} ({blasts.count}).",
    "By WHO 5th ed. 2022 the blast share reads: {criteria.who}.",
    "By ICC 2022 / ELN 2022 the blast share reads: {criteria.icc}.",
    "Smudge cells are at {smudge.share}.",
    "Outside the denominator, smudge cells number {uncounted.smudge.count}.",
    "The M:E ratio is {me.ratio}.",
    "The cell is counted as {cell.label}.",
    "The cell has a diameter of {cell.diameter} and a nuclear share of the area of {cell.nucleus}.",
    "{cell.oddness} of the calibration cells were less odd than this cell.",
)
"""Said where all of their facts are there."""

OF_A_CLASS = (
    "{class.<k>.count} are called <c>.",
    "{class.<k>.reviewed} of the <c> were named by people.",
    "{class.<k>.unsure_share} of the <c> have more than one possible class.",
    "The median diameter of <c> is {class.<k>.diameter}.",
    "The median nuclear share of the area of <c> is {class.<k>.nucleus}.",
)
OF_A_MARKER = (
    "Over all counted cells, the median <m> is {marker.<i>.median}.",
    "The cut-off of <m> is {marker.<i>.cut}.",
    "{marker.<i>.<k>.above} of <c> have <m> above the cut-off.",
)
HOLDER = re.compile(r"\{([a-z0-9_.]+)\}")


def examples(facts: Sequence[Fact]) -> tuple[str, ...]:
    """One of each kind that the facts allow."""
    known = {fact.id: fact for fact in facts}
    return tuple(text for text in _all(known) if set(HOLDER.findall(text)) <= set(known))


def like(text: str, facts: Sequence[Fact]) -> str:
    """An example on a fact that this sentence is on; '' when there is none."""
    ids = set(HOLDER.findall(text))
    return next((one for one in examples(facts) if ids & set(HOLDER.findall(one))), "")


def _all(known: Mapping[str, Fact]) -> Iterator[str]:
    if "cblc.ratio" in known:
        yield f"{known['cblc.ratio'].name} makes up {{cblc.ratio}} of the counted cells."
    yield from ALONE
    yield from _shares(known)
    for code in dict.fromkeys(id.split(".")[1] for id in known if re.fullmatch(r"class\.\w+\.count", id)):
        for text in OF_A_CLASS:
            yield text.replace("<k>", code).replace("<c>", known[f"class.{code}.count"].name)
    yield from _markers(known)
    chances = [fact for id, fact in known.items() if id.startswith("cell.probability.")][:2]
    if len(chances) == 2:
        first, second = (fact.name.removeprefix("probability of ") for fact in chances)
        yield f"The probability of {first} is {{{chances[0].id}}}, that of {second} {{{chances[1].id}}}."


def _shares(known: Mapping[str, Fact]) -> Iterator[str]:
    found = [fact for fact in known.values() if fact.id.startswith("class.") and fact.id.endswith(".share")]
    found.sort(key=lambda fact: -float(fact.value or 0))
    told = [f"{plural(fact.name)} {'make up ' if not n else ''}{{{fact.id}}}" for n, fact in enumerate(found[:3])]
    if told:
        text = ", ".join(told)
        yield text[0].upper() + text[1:] + "."
    if found and claims.borne_out("most", found[:1], tuple(known.values())):
        yield f"The largest class is {plural(found[0].name)}, at {{{found[0].id}}}."


def _markers(known: Mapping[str, Fact]) -> Iterator[str]:
    """Of one marker, one with a cut-off where there is one: the others read the same."""
    inside = [fact for fact in known.values() if re.fullmatch(r"marker\.\w+\.\w+\.median", fact.id)]
    inside.sort(key=lambda fact: f"marker.{fact.id.split('.')[1]}.cut" not in known)
    for fact in inside[:1]:
        _, marker, code, _ = fact.id.split(".")
        name, whose = fact.name.removesuffix(", median").split(" of ", 1)
        yield f"The median {name} of {whose} is {{{fact.id}}}."
        for text in OF_A_MARKER:
            yield _put(text, {"<i>": marker, "<k>": code, "<m>": name, "<c>": whose})
    one = next((fact for fact in known.values() if fact.id.startswith("cell.cd")), None)
    if one:
        yield f"The estimated {one.name} of this cell is {{{one.id}}}."


def _put(text: str, words: Mapping[str, str]) -> str:
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text
