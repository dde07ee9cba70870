"""The exact bytes that a language model is sent: facts with their printed values, cited statements, what is asked.

Nothing else of a case is in it: no pseudonym, no note, no centre, no date, no file name, no id of a case, an image or a
cell, and none of what a person typed. The bytes can be looked at before they go, and are kept as they went.
"""

from __future__ import annotations

import json
from typing import Any

from core import facts as printed
from core.readings import Fact
from core.summaries import Asked, Audience, Length, Sentence
from core.writers.examples import examples
from core.writers.lexicon import lexicon

MOST = 3000  # tokens of an answer

RULES = """You write a summary of blood cell counts for a haematology application. You are given facts with ids and \
printed values, statements with ids, and numbered caveats and checks. Answer in JSON only.

Rules, checked by a program; a sentence that breaks one is thrown away:
1. Never write a number, a digit or a number word. Where a value belongs write its id in braces, as in \
"CBLC-3 is {cblc.ratio}." The program puts the value with its unit and interval in.
2. Use the turns of phrase of the examples, with other classes, markers, order and joints; a sentence of another form \
is likely to be thrown away. A clause, a value: name the class, sum or marker right before its placeholder \
("Lymphocytes make up {class.lymphocyte.share}, monocytes {class.monocyte.share}."; "The median CD16 of monocytes is \
{marker.cd16.monocyte.median}."). Name nothing that the sentence has no placeholder of. \
Say what other values are in the words of the fact's name ("{adequacy.counted} were counted, \
{adequacy.target} are asked."; "The median diameter of blasts is {class.blast.diameter}."). Say nothing of how one \
value relates to another ("of which", "among them", "while including").
3. Plain words only: no judgement (high, low, many, few), no diagnosis, no treatment, no negation, no hint of cause. \
"largest" for one class, "more … than" between two values, and "above" or "below" with a marker's cut-off are allowed \
where whole intervals bear it out.
4. A statement stands by itself: a sentence that is only "{its id}".
5. English, one sentence at a time, ending with a full stop.
6. Begin with the sums (CBLC, blasts and blast equivalents) where there are any, then the classes that matter most."""

WISHES = {
    Audience.CLINICIAN: "For a clinician who knows the case: what was counted, the sums, the classes that stand out.",
    Audience.BOARD: "For a tumour board: the sums first, then what a discussion needs. Few sentences.",
    Audience.TEACHING: "For learners: values of the classes, each beside a statement that explains it.",
}
LENGTHS = {Length.SHORT: "Three to five sentences.", Length.FULL: "Six to twelve sentences."}

_LINE = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}
_NUMBERS = {"type": "array", "items": {"type": "integer"}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {"type": "array", "items": _LINE},
        "caveats": _NUMBERS,
        "checks": _NUMBERS,
    },
    "required": ["sentences", "caveats", "checks"],
    "additionalProperties": False,
}


def offered(asked: Asked) -> tuple[Fact, ...]:
    """The facts that a sentence may use; what is withheld, or was typed by a person, is not even sent."""
    return tuple(
        fact
        for fact in asked.facts
        if not fact.withheld and fact.value is not None and lexicon().words_for(fact.id) is not None
    )


def request(
    asked: Asked,
    model: str,
    caveats: tuple[Sentence, ...],
    checks: tuple[Sentence, ...],
    again: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """The body, in the order in which it goes over the line. `again` is the first answer and why some was refused."""
    messages = [
        {"role": "system", "content": RULES},
        {"role": "user", "content": _table(asked, caveats, checks)},
    ]
    if again:
        messages += [{"role": "assistant", "content": again[0]}, {"role": "user", "content": again[1]}]
    return {
        "messages": messages,
        "model": model,
        "max_tokens": MOST,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "summary", "strict": True, "schema": SCHEMA},
        },
        "store": False,
        "stream": True,
        "temperature": 0,
    }


def payload(
    asked: Asked,
    model: str,
    caveats: tuple[Sentence, ...],
    checks: tuple[Sentence, ...],
    again: tuple[str, str] | None = None,
) -> bytes:
    """What goes over the line, to the byte."""
    body = request(asked, model, caveats, checks, again)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _table(asked: Asked, caveats: tuple[Sentence, ...], checks: tuple[Sentence, ...]) -> str:
    facts = offered(asked)
    rows = {
        "about": str(asked.scope),
        "wanted": f"{WISHES[asked.audience]} {LENGTHS[asked.length]}",
        "facts": [{"id": fact.id, "name": fact.name, "value": printed.text(fact)} for fact in facts],
        "examples": examples(facts),
        "statements": [{"id": one.id, "text": one.text} for one in asked.statements],
        "caveats": [{"number": number, "text": one.text} for number, one in enumerate(caveats, 1)],
        "checks": [{"number": number, "text": one.text} for number, one in enumerate(checks, 1)],
    }
    return json.dumps(rows, ensure_ascii=False, indent=1)
