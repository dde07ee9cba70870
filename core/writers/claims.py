"""Words that state something of a value, each held against the facts: above, more, most, none.

A claim holds where whole intervals bear it. A value without an interval bears none, except that there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.readings import Fact

Facts = Sequence[Fact]


def problem(kind: str, word: str, text: str, places: Sequence[int], used: Facts, all_facts: Facts) -> str:
    """Why the claim does not hold; '' when it does. `used` are the facts of the sentence, `places` where they stand."""
    if kind in ("more", "fewer") and not _between(text, word, places):
        return f"“{word}”, which does not stand between two values with “than”"
    return "" if CLAIMS[kind](used, all_facts) else f"“{word}”, which the facts do not bear out"


def borne_out(kind: str, used: Facts, all_facts: Facts) -> bool:
    """Whether a sentence that makes this claim of these facts is true."""
    return CLAIMS[kind](used, all_facts)


def _low(fact: Fact) -> float:
    return fact.interval.low if fact.interval else float("nan")


def _high(fact: Fact) -> float:
    return fact.interval.high if fact.interval else float("nan")


def _cut(used: Facts) -> tuple[Fact, Fact] | None:
    """A marker's value, of a class or of one cell, and its cut-off; nothing else beside them."""
    cuts = [fact for fact in used if fact.id.startswith("marker.") and fact.id.endswith(".cut")]
    values = [fact for fact in used if fact not in cuts]
    if len(cuts) != 1 or len(values) != 1 or values[0].id.split(".")[1] != cuts[0].id.split(".")[1]:
        return None
    return (values[0], cuts[0]) if values[0].unit == cuts[0].unit else None


def _above(used: Facts, _: Facts) -> bool:
    """A whole interval above the cut-off; or the share of cells above it, which is told as that."""
    if len(used) == 1 and used[0].id.endswith(".above"):
        return True
    pair = _cut(used)
    return pair is not None and isinstance(pair[1].value, float | int) and _low(pair[0]) > pair[1].value


def _below(used: Facts, _: Facts) -> bool:
    pair = _cut(used)
    return pair is not None and isinstance(pair[1].value, float | int) and _high(pair[0]) < pair[1].value


def _shares(facts: Facts) -> list[Fact]:
    return [fact for fact in facts if fact.id.startswith("class.") and fact.id.endswith(".share") and not fact.withheld]


def _alike(used: Facts) -> tuple[Fact, Fact] | None:
    """Two values of the same sort, which may be compared."""
    if len(used) != 2 or used[0].unit != used[1].unit or used[0].id == used[1].id:
        return None
    if len(_shares(used)) == 2:
        return used[0], used[1]
    parts = [fact.id.split(".") for fact in used]
    same = all(len(one) == 4 and one[0] == "marker" for one in parts) and parts[0][1::2] == parts[1][1::2]
    return (used[0], used[1]) if same else None


def _between(text: str, word: str, places: Sequence[int]) -> bool:
    """A comparison stands between its two values, and says than what: else it could be read the other way round."""
    at = text.lower().find(f" {word} ")
    return len(places) == 2 and places[0] < at < places[1] and " than " in text.lower()[at : places[1]]


def _more(used: Facts, _: Facts) -> bool:
    """The first is told to be more than the second: their intervals are apart."""
    pair = _alike(used)
    return pair is not None and _low(pair[0]) > _high(pair[1])


def _fewer(used: Facts, _: Facts) -> bool:
    pair = _alike(used)
    return pair is not None and _high(pair[0]) < _low(pair[1])


def _ordered(used: Facts, _: Facts) -> bool:
    """'Followed by': the values are listed from more to fewer. Of the order only, not that the two are apart."""
    first, second = (fact.value for fact in _shares(used)) if len(_shares(used)) == 2 else (None, None)
    return isinstance(first, float) and isinstance(second, float) and first >= second


def _most(used: Facts, all_facts: Facts) -> bool:
    """One class, apart from every other class of the case."""
    if len(used) != 1 or not _shares(used):
        return False
    others = [fact for fact in _shares(all_facts) if fact.id != used[0].id]
    return bool(others) and all(_low(used[0]) > _high(fact) for fact in others)


def _least(used: Facts, all_facts: Facts) -> bool:
    if len(used) != 1 or not _shares(used):
        return False
    others = [fact for fact in _shares(all_facts) if fact.id != used[0].id]
    return bool(others) and all(_high(used[0]) < _low(fact) for fact in others)


def _majority(used: Facts, _: Facts) -> bool:
    return len(used) == 1 and used[0].unit == "%" and _shares(used) != [] and _low(used[0]) > 50


def _absent(used: Facts, _: Facts) -> bool:
    """None counted: every value of the sentence is nothing at all, and not a share rounded to it."""
    return bool(used) and all(fact.value == 0 and fact.unit in ("%", "cells", "pictures") for fact in used)


def _likelier(used: Facts, _: Facts) -> bool:
    """Of one cell's two probabilities, as they are."""
    values = [fact.value for fact in used]
    return len(values) == 2 and all(isinstance(v, float) for v in values) and float(values[0]) > float(values[1])  # type: ignore[arg-type]


def _likeliest(used: Facts, all_facts: Facts) -> bool:
    """Of all the probabilities that are told of one cell; any left out is smaller than these."""
    others = [fact for fact in all_facts if fact.id.startswith("cell.probability.") and fact.id != used[0].id]
    return len(used) == 1 and bool(others) and all(_likelier((used[0], other), all_facts) for other in others)


def _counts(used: Facts) -> tuple[float, float]:
    """What was counted and what is asked, as they are; a comparison of anything else is false."""
    values = [fact.value for fact in used]
    if [fact.id for fact in used] != ["adequacy.counted", "adequacy.target"]:
        return float("nan"), float("nan")
    first, second = (float(value) if isinstance(value, int | float) else float("nan") for value in values)
    return first, second


def _reached(used: Facts, _: Facts) -> bool:
    counted, asked = _counts(used)
    return counted >= asked


def _exceeded(used: Facts, _: Facts) -> bool:
    counted, asked = _counts(used)
    return counted > asked


def _short(used: Facts, _: Facts) -> bool:
    counted, asked = _counts(used)
    return counted < asked


def _uncounted(used: Facts, _: Facts) -> bool:
    return bool(used) and all(fact.id.startswith("uncounted.") for fact in used)


CLAIMS: dict[str, Callable[[Facts, Facts], bool]] = {
    "above": _above,
    "below": _below,
    "more": _more,
    "fewer": _fewer,
    "ordered": _ordered,
    "most": _most,
    "least": _least,
    "majority": _majority,
    "absent": _absent,
    "uncounted": _uncounted,
    "reached": _reached,
    "exceeded": _exceeded,
    "short": _short,
    "likelier": _likelier,
    "likeliest": _likeliest,
}
