"""What a language model wrote, sentence by sentence: let through, or refused with the reason.

A sentence is words around placeholders; code puts in every number, and every statement of biology to the letter. The
forms it may have are a closed list (`forms.toml`): each binds every value to the noun it belongs to, and those that
claim something besides are held against the facts. So nothing is searched for that a model might get wrong; what is not
known to be harmless is refused, in any language and however it is put. The list of words (`lexicon.toml`) then says
what was wrong with it, for the model that is asked again and for who inspects it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core import facts as printed
from core.readings import Fact
from core.summaries import Asked, Sentence
from core.writers import claims, forms, subjects
from core.writers.lexicon import lexicon

LONGEST = 45  # words in a sentence
MOST = 12  # values in a sentence
HOLDER = re.compile(r"\{([A-Za-z0-9_.-]+)\}")
WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
TWICE = re.compile(r"\b(cells?|pictures?) (?:cells?|pictures?)\b")  # the unit that code prints, and the model's noun
DOTTED = re.compile(r"\b5th ed\. (?=2022)", re.IGNORECASE)  # the one name that has a full stop in it
PUNCTUATION = frozenset(" .,;:()'’“”\"-–—/")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence of a reply: with numbers put in, or why not."""

    written: str
    sentence: Sentence | None
    reason: str = ""


def judged(written: str, asked: Asked, model: str) -> Verdict:
    """A sentence as the model wrote it, with `{id}` where a value or a statement belongs."""
    plain = unicodedata.normalize("NFC", written).strip(" ")
    ids = HOLDER.findall(plain)
    reason = _shape(plain, ids) or _ids(ids, asked)
    if reason:
        return Verdict(written, None, reason)
    statements = [id for id in ids if asked.fact(id) is None]
    if statements:
        return _statement(written, plain, statements, asked, model)
    used = [fact for fact in (asked.fact(id) for id in ids) if fact is not None]
    unknown = forms.problem(plain, used, asked.facts)
    if unknown:
        reason = _names(plain, used, asked.facts) or _words(plain, used, asked.facts)
        return Verdict(written, None, reason or unknown)
    text = HOLDER.sub(lambda match: printed.text(_known(asked, match[1])), plain)
    text = TWICE.sub(r"\1", text)
    return Verdict(written, Sentence(text[0].upper() + text[1:], tuple(dict.fromkeys(ids)), (), model))


def _known(asked: Asked, id: str) -> Fact:
    found = asked.fact(id)
    assert found is not None, id
    return found


def _shape(text: str, ids: Sequence[str]) -> str:
    if not text:
        return "nothing in it"
    strange = next((one for one in text if one.isspace() and one != " "), "")
    if strange and strange != "\n":
        return f"a character that does not belong: {strange!r}"
    mark = next((one for one in text if one in "<>"), "")
    if mark:
        return f"a character that does not belong: {mark!r}"
    if not ids:
        return "no fact and no statement in it"
    bare = HOLDER.sub("", text)
    if "{" in bare or "}" in bare:
        return "a placeholder that is none"
    if len(bare.split()) > LONGEST:
        return f"more than {LONGEST} words"
    if len(ids) > MOST:
        return f"more than {MOST} values"
    if "\n" in text or any(f"{stop} " in DOTTED.sub("", bare) for stop in (".", "!", "?")):
        return "more than one sentence"
    return ""


def _ids(ids: Sequence[str], asked: Asked) -> str:
    """Every id is known, and its value may be told."""
    statements = {statement.id for statement in asked.statements}
    for id in ids:
        fact = asked.fact(id)
        if fact is None and id not in statements:
            return f"an unknown id: {id}"
        if fact is not None and fact.withheld:
            return f"a fact that is withheld: {id}"
        if fact is not None and fact.value is None:
            return f"a fact that has no value: {id}"
    return ""


def _statement(written: str, text: str, ids: Sequence[str], asked: Asked, model: str) -> Verdict:
    """Statements are printed to the letter, by themselves: what surrounds one could turn it round."""
    if HOLDER.sub("", text).strip(" .") or len(ids) != 1 or len(HOLDER.findall(text)) != 1:
        return Verdict(written, None, "words around a statement: it stands by itself")
    statement = next(one for one in asked.statements if one.id == ids[0])
    return Verdict(written, Sentence(f"{statement.text} ({statement.cited})", (), (statement.id,), model))


def _names(text: str, used: Sequence[Fact], all_facts: Sequence[Fact]) -> str:
    """Classes, composites and markers: each named has a fact, and each value follows the name it belongs to."""
    found = subjects.mentions(text, subjects.names(all_facts))
    wanted = {subject for fact in used for subject in subjects.of(fact)}
    for mention in found:
        if mention.subject not in wanted:
            return f"a name that no fact of the sentence is about: {text[mention.start : mention.end]}"
    places = [match.start() for match in HOLDER.finditer(text)]
    for kind in ("class", "marker", "sum"):
        own = [mention for mention in found if _kind(mention.subject) == kind]
        values = [(at, _of_kind(fact, kind)) for at, fact in zip(places, used, strict=True)]
        needed = [(at, subject) for at, subject in values if subject]
        if needed and not (_before(own, needed) or _after(own, needed)):
            return "a value whose class, sum or marker is not named right before it, or right after it"
    return _said(text, used)


def _said(text: str, used: Sequence[Fact]) -> str:
    """It is said what each value is, in the order of the values; and no name has two."""
    words = [word.lower() for word in WORD.findall(HOLDER.sub(" ", text))]
    demanded = [lexicon().words_for(fact.id) for fact in used]
    order = []
    for fact, wanted in zip(used, demanded, strict=True):
        if wanted is None:
            return f"a fact that is not for sentences: {fact.id}"
        if wanted == ("",):
            continue
        own = [place for place, word in enumerate(words) if word in wanted]
        if not own:
            return f"a value of which it is not said what it is: {fact.id}"
        order.append(own[0])
    if order != sorted(order):
        return "values in another order than the words that say what they are"
    kept = [subjects.of(fact) for fact in used if subjects.of(fact) and not fact.id.endswith(".cut")]
    if len(set(kept)) < len(kept):
        return "two values of one name in a sentence"
    return ""


def _kind(subject: str) -> str:
    return subject.split(".")[0] if "." in subject else "sum"


def _of_kind(fact: Fact, kind: str) -> str:
    return next((subject for subject in subjects.of(fact) if _kind(subject) == kind), "")


def _before(names: Sequence[subjects.Mention], needed: Sequence[tuple[int, str]]) -> bool:
    """Each value's name is the last one before it, and no name comes after the last value."""
    for at, subject in needed:
        before = [name for name in names if name.end <= at]
        if not before or before[-1].subject != subject:
            return False
    return all(name.end <= needed[-1][0] for name in names)


def _after(names: Sequence[subjects.Mention], needed: Sequence[tuple[int, str]]) -> bool:
    """Each value's name is the first one after it, and no name comes before the first value."""
    for at, subject in needed:
        after = [name for name in names if name.start > at]
        if not after or after[0].subject != subject:
            return False
    return all(name.start > needed[0][0] for name in names)


def _words(text: str, used: Sequence[Fact], all_facts: Sequence[Fact]) -> str:
    """The words that are left: harmless, or borne out."""
    bare = list(text)
    spans = [(m.start, m.end) for m in subjects.mentions(text, subjects.names(all_facts))]
    spans += [match.span() for match in HOLDER.finditer(text)]
    for start, end in spans:
        bare[start:end] = " " * (end - start)
    rest = "".join(bare)
    for character in rest:
        if unicodedata.category(character)[0] == "N":
            return f"a number of its own: {character}"
        if not (character.isascii() and character.isalpha()) and character not in PUNCTUATION:
            return f"a character that does not belong: {character!r}"
    places = [match.start() for match in HOLDER.finditer(text)]
    for match in WORD.finditer(rest):
        word = match[0].lower()
        if word == "all" and re.search(r"\bof all (?:the )?counted cells\b", rest.lower()):
            continue
        if word in lexicon().claims:
            reason = claims.problem(lexicon().claims[word], word, rest, places, used, all_facts)
        else:
            reason = _word(word, used, all_facts)
        if reason:
            return reason
    return ""


def _word(word: str, used: Sequence[Fact], all_facts: Sequence[Fact]) -> str:
    words = lexicon()
    ids = frozenset(fact.id for fact in used)
    if word in words.said:
        id, held = words.said[word]
        fact = next((fact for fact in all_facts if fact.id == id), None)
        value = str(fact.value).lower() if fact is not None else ""
        return "" if value == held or value.startswith(f"{held}:") else f"“{word}”, which the case is not"
    if word in words.bound:
        return "" if words.supported(word, ids) else f"“{word}”, of which the sentence has no fact"
    if word in words.neutral:
        return ""
    if word in words.forbidden:
        return f"{words.forbidden[word]}: “{word}”"
    return f"a word of its own: “{word}”"
