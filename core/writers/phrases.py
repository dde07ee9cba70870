"""Small parts of sentences. Every number comes from `core.facts.text`; nothing here prints one of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from core import facts
from core.knowledge import Statement
from core.readings import Fact
from core.summaries import Asked, Audience, Length, Scope, Sentence
from core.vocabulary import vocabularies, vocabulary

TOPICS = ("apl", "markers", "criteria", "adequacy:blood", "adequacy:marrow", "blasts", "blasts:marrow")
"""What matters of a whole case, before what matters of one of its classes."""


ESTIMATES = "Values of markers are estimates from pictures: no antibody was used, and they spread less than markers do."


def sentence(words: str, *about: Fact | str) -> Sentence:
    """`words` with {} for each fact's printed value, or for a name, in their order.

    An interval ends in its level ('…], 95 %'), so a mark of punctuation should follow where there may be one.
    """
    printed = [one if isinstance(one, str) else facts.text(one) for one in about]
    return Sentence(capital(words.format(*printed)), tuple(one.id for one in about if isinstance(one, Fact)))


def plural(name: str) -> str:
    """'blasts' of 'blast'; the name itself where no vocabulary of the house has it."""
    return _plurals().get(name, name)


@cache
def _plurals() -> dict[str, str]:
    return {one.name: one.plural for id in vocabularies() for one in vocabulary(id).classes}


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def listed(parts: Sequence[str], last: str = "and") -> str:
    """'a, b and c'."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def shown(asked: Asked, id: str) -> Fact | None:
    """The fact if it is there with a value; what is withheld or absent has nothing to print."""
    fact = asked.fact(id)
    return fact if fact is not None and fact.value is not None and not fact.withheld else None


def positive(fact: Fact | None) -> bool:
    return fact is not None and isinstance(fact.value, int | float) and fact.value > 0


def all_shown(asked: Asked, ids: Iterable[str]) -> list[Fact]:
    return [fact for id in ids if (fact := shown(asked, id))]


def shares(asked: Asked) -> list[Fact]:
    """The differential, most frequent first; classes that no cell was given are left out."""
    found = [f for f in asked.facts if f.id.startswith("class.") and f.id.endswith(".share") and positive(f)]
    return sorted(found, key=lambda fact: (-_value(fact), fact.id))


def withheld(asked: Asked) -> list[Sentence]:
    """One sentence a reason, naming what is missing for it."""
    reasons: dict[str, list[Fact]] = {}
    for fact in asked.facts:
        if fact.withheld and not _minor(fact, asked):
            reasons.setdefault(fact.withheld, []).append(fact)
    found = []
    for reason, missing in reasons.items():
        names = list(dict.fromkeys(_name(fact) for fact in missing))
        if any(reason in alert.text for alert in asked.alerts):  # said there of the shares and what is read from them
            names = [name for name in names if name[:2] == "CD" or name.startswith("the median")]
        if not names:
            continue
        verb = "are" if len(names) > 1 or names[0].startswith("the erythroblasts") else "is"
        found.append(Sentence(f"{capital(listed(names))} {verb} withheld: {reason}.", tuple(f.id for f in missing)))
    return found


def marker_doubts(asked: Asked) -> list[Sentence]:
    """Said once wherever a marker's value is shown."""
    told = [f for f in asked.facts if f.origin.startswith("estimated by") and shown(asked, f.id)]
    return [Sentence(ESTIMATES, tuple(fact.id for fact in told[:1]))] if told else []


def known(asked: Asked, most: int) -> list[Sentence]:
    """What is known, with its source in brackets: of a case what counting means first, then its classes."""
    order = list(asked.statements)
    if asked.scope is Scope.CASE:
        order.sort(key=lambda statement: min(map(_rank, statement.about)))
    return [told(statement) for statement in order[:most]]


def _rank(topic: str) -> int:
    return TOPICS.index(topic) if topic in TOPICS else len(TOPICS)


def told(statement: Statement) -> Sentence:
    return Sentence(f"{statement.text[:-1]} ({statement.cited}).", (), (statement.id,))


def statements_wanted(asked: Asked) -> int:
    """A teacher hears everything, a clinician the first, a short summary nothing but for teaching."""
    if asked.audience is Audience.TEACHING:
        return len(asked.statements) if asked.length is Length.FULL else 2
    return (2 if asked.scope is Scope.CASE else 3) if asked.length is Length.FULL else 0


def against(subject: str, value: Fact, cut: Fact) -> Sentence:
    """Where a value lies to its cut-off: on one side only when the whole interval does."""
    number = _value(value)
    ends = (value.interval.low, value.interval.high) if value.interval else (number, number)
    if min(ends) > _value(cut):
        said = "{} lies above the cut-off of {}"
    elif max(ends) <= _value(cut):
        said = "{} does not lie above the cut-off of {}"
    else:
        said = "{} is not clearly on either side of the cut-off of {}"
    words = sentence(f"{said}.", subject, cut)
    return Sentence(words.text, (value.id, cut.id))


def _value(fact: Fact) -> float:
    assert isinstance(fact.value, int | float)
    return float(fact.value)


def _minor(fact: Fact, asked: Asked) -> bool:
    """What few would miss: bounds and corrections of a number that is itself told as withheld, or never asked for."""
    if fact.id.endswith(("_smudge", ".q10", ".q25", ".q75", ".q90", ".count")) or "corrected" in fact.id:
        return True
    if fact.id.startswith("marker.") and fact.id.count(".") == 3 and _whole_withheld(fact, asked):
        return True
    if fact.id == "smudge.share" and "no cells to divide by" in fact.withheld:
        return True
    return asked.length is Length.SHORT and fact.id.startswith(("me.", "erythroblasts."))


def _whole_withheld(fact: Fact, asked: Asked) -> bool:
    whole = asked.fact(f"{fact.id.rsplit('.', 2)[0]}.median")
    return whole is not None and bool(whole.withheld)


def _name(fact: Fact) -> str:
    if fact.id.startswith("class.") and fact.id.endswith(".share"):
        return "the share of the class"
    if fact.id.startswith("marker."):
        marker, _, whose = fact.name.removesuffix(", median").partition(" of ")
        return f"{marker} of {whose}" if fact.id.count(".") == 3 else marker
    if fact.id in ("blasts.ratio", "smudge.share"):
        return f"the share of {fact.name}"
    if fact.id.startswith("criteria."):
        return f"the reading by {fact.name}"
    return fact.name if fact.name[:2].isupper() or fact.id.startswith("cell.") else f"the {fact.name}"
