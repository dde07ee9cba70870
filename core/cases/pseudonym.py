"""What may stand where a patient's name must not: pseudonyms, ids, reasons.

No check can tell a pseudonym from a name. What is refused is what is never one: e-mail addresses and dates.
"""

from __future__ import annotations

import datetime as dt
import re

from core.errors import BadInput

EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
NAMED = re.compile(rf"(?<![a-z0-9])(?:\d{{1,2}}[ .-]*{MONTH}[ .,-]*\d{{4}}|{MONTH}[ .-]*\d{{1,2}}[ .,-]+\d{{4}})(?!\d)")
YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)([-./ ]?)(\d{1,2})\2(\d{1,2})(?!\d)")
YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-./ ])(\d{1,2})\2((?:19|20)\d\d)(?!\d)")
SHORT_YEAR = re.compile(r"(?<!\d)(\d{1,2})([./])(\d{1,2})\2(\d\d)(?!\d)")  # '-' is left to codes like 'S-12-03-04'
CASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked(pseudonym: str) -> str:
    """The pseudonym without the blanks around it, or BadInput."""
    name = pseudonym.strip()
    if not 1 <= len(name) <= 64:
        do = "Enter a study number or another pseudonym."
        raise BadInput("a pseudonym of 1 to 64 characters", f"{len(name)} characters", do)
    if not name.isprintable():
        raise BadInput("a pseudonym of printable characters", "a control character", "Type it again.")
    _refuse("a pseudonym", name)
    return name


def checked_id(case_id: str) -> str:
    """An id that somebody chose for a case."""
    if not CASE_ID.fullmatch(case_id):
        raise BadInput("a case id of 1 to 64 letters, digits, '.', '_' or '-'", repr(case_id), "Choose another.")
    _refuse("a case id", case_id)
    return case_id


def checked_reason(reason: str, pseudonym: str) -> str:
    """A reason that outlives the case in the trail."""
    text = " ".join(reason.split())
    if not 1 <= len(text) <= 200:
        do = "Say in a few words why the case is deleted."
        raise BadInput("a reason of 1 to 200 characters", f"{len(text)} characters", do)
    _refuse("a reason", text)
    if pseudonym.casefold() in text.casefold():
        do = "The reason stays in the trail: say it without naming the patient."
        raise BadInput("a reason that names nobody", "the pseudonym in it", do)
    return text


def identifying(text: str) -> str:
    """What in the text may identify somebody: 'an e-mail address', 'a date'; '' when nothing is found."""
    if EMAIL.search(text):
        return "an e-mail address"
    return "a date" if _has_date(text) else ""


def _refuse(what: str, text: str) -> None:
    if EMAIL.search(text):
        raise BadInput(f"{what} that identifies nobody", "an e-mail address", "Use a study number instead.")
    if _has_date(text):
        do = "Dates of birth or of a visit identify people: use a study number instead."
        raise BadInput(f"{what} that identifies nobody", "a date", do)


def _has_date(text: str) -> bool:
    if NAMED.search(text.lower()):
        return True
    found = [(match[1], match[3], match[4]) for match in YEAR_FIRST.finditer(text) if match[2] or len(match[0]) == 8]
    for pattern in (YEAR_LAST, SHORT_YEAR):
        for match in pattern.finditer(text):
            year = match[4] if len(match[4]) == 4 else f"20{match[4]}"
            found += [(year, match[1], match[3]), (year, match[3], match[1])]
    return any(_is_day(*parts) for parts in found)


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        dt.date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
