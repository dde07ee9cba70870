"""Cell classes: codes, names, lineages, who is counted, who belongs to which composite.

Vocabularies are TOML files in `core/vocabularies` (shipped) and in the folder that the setting
`vocabularies` names (a site's own). A wrong file is refused with the line to mend.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from core.errors import BadSettings, NotFound
from core.records import Modality, Specimen

SHIPPED = Path(__file__).parent / "vocabularies"
VOCABULARIES = {Modality.SMEAR: "shipped16", Modality.DPC: "dpc4"}  # of the shipped networks
COMPOSITES = ("cblc", "blasts", "promyelocyte", "myeloid", "erythroid", "smudge")
NEEDED = ("cblc", "blasts")  # of a vocabulary that sums any classes; one without composites only counts
HEAD = ("id", "name", "cblc_name", "reading")
TEXTS = ("code", "name", "plural", "lineage", "colour")
OPTIONAL = ("key", "description")
FIELDS = (*TEXTS, "counted", "composites", *OPTIONAL, "crosswalk")
UNIQUE = ("code", "name", "colour", "key")
SHAPES = {
    "code": (re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}"), "a letter, then letters, digits or _"),
    "colour": (re.compile(r"#[0-9a-fA-F]{6}"), "a colour as '#rrggbb'"),
    "key": (re.compile(r"[a-z0-9]?"), "one small letter or digit, or nothing"),
}


@dataclass(frozen=True, slots=True)
class CellClass:
    """One class. `counted` names the specimens in whose denominator it stands."""

    code: str
    name: str
    plural: str
    lineage: str
    colour: str
    counted: frozenset[Specimen]
    composites: frozenset[str] = frozenset()  # 'cblc', 'blasts', 'myeloid', 'erythroid', 'smudge', 'promyelocyte'
    crosswalk: tuple[tuple[str, str], ...] = ()  # (other vocabulary, code there)
    key: str = ""  # the one key that names it in review
    description: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Classes in display order."""

    id: str
    name: str
    cblc_name: str  # 'CBLC-3' or 'CBLC-8': never compared with each other; '' where no class is early
    reading: str  # whose reading of the source this is
    classes: tuple[CellClass, ...]
    by_code: dict[str, CellClass] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", {c.code: c for c in self.classes})

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(c.code for c in self.classes)

    def __getitem__(self, code: str) -> CellClass:
        try:
            return self.by_code[code]
        except KeyError:
            raise NotFound(f"a class of {self.id}", repr(code), f"Use one of {', '.join(self.codes)}.") from None

    def counted(self, specimen: Specimen) -> tuple[CellClass, ...]:
        return tuple(c for c in self.classes if specimen in c.counted)

    def members(self, composite: str) -> frozenset[str]:
        return frozenset(c.code for c in self.classes if composite in c.composites)


def vocabulary(id: str, folder: Path | None = None) -> Vocabulary:
    """The vocabulary with this id, shipped or from the site's folder, checked to the last field."""
    source = _Source(_file(id, folder))
    _check_head(source, id)
    for index in range(len(source.rows)):
        _check_fields(source, index)
    _check_unique(source)
    _check_composites(source)
    _check_crosswalks(source, folder)
    return Vocabulary(classes=tuple(map(_class, source.rows)), **source.head)


def vocabularies(folder: Path | None = None) -> tuple[str, ...]:
    """Ids that `vocabulary` can be asked for: the shipped ones, then the site's own."""
    shipped = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    own = sorted(path.stem for path in folder.glob("*.toml")) if folder else []
    return tuple(dict.fromkeys(shipped + own))


def _file(id: str, folder: Path | None) -> Path:
    shipped, own = SHIPPED / f"{id}.toml", folder / f"{id}.toml" if folder else None
    if folder and not folder.is_dir():
        do = "Correct the setting 'vocabularies' or leave it empty."
        raise BadSettings("a folder of vocabulary files", f"no folder at {folder}", do)
    if id not in vocabularies(folder):  # also keeps an id like '../x' from leaving the folders
        known = ", ".join(vocabularies(folder))
        raise BadSettings(f"one of the vocabularies {known}", repr(id), f"Correct the name, or add {id}.toml.")
    if own and own.exists() and shipped.exists() and own.resolve() != shipped.resolve():
        # Stored cases name the vocabulary they were read with: one id must not come to mean two things.
        raise BadSettings("an id of the site's own", f"{own}, which hides the shipped '{id}'", "Rename file and id.")
    return own if own and own.exists() else shipped


class _Source:
    """A vocabulary file with enough of its text to say which line is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8-sig")
            self.head: dict[str, Any] = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:  # its text names line and column
            raise BadSettings(f"TOML in {path}", str(error), "Mend that line.") from error
        self.lines = _outside_strings(text)
        self.rows: list[Any] = []
        rows = self.head.pop("class", [])
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            self.refuse("one [[class]] table for each class", "none", "Write them as in shipped16.toml.")
        self.rows = rows

    def line(self, index: int | None, key: str | None) -> int:
        """The line of a key in the head (index None) or in a class; of the class's header if it lacks the key."""
        heads = [n for n, text in enumerate(self.lines, 1) if re.match(r"\s*\[\[\s*[\"']?class\b", text)]
        start, end = 1, (heads[0] if heads else len(self.lines) + 1)
        if index is not None and index < len(heads):
            start, end = heads[index], (heads[index + 1] if index + 1 < len(heads) else len(self.lines) + 1)
        for number in range(start, end):
            if key and re.match(rf"\s*\[?[\"']?{re.escape(key)}[\"']?\s*[=.\]]", self.lines[number - 1]):
                return number
        return start

    def refuse(self, expected: str, found: str, do: str, index: int | None = None, key: str | None = None) -> NoReturn:
        where = f"{self.path.name}, line {self.line(index, key)}"
        code = self.rows[index].get("code") if index is not None else None
        raise BadSettings(f"{expected} in {where}" + (f" (class {code!r})" if code else ""), found, do)


def _outside_strings(text: str) -> list[str]:
    """The file's lines, with those inside a multi-line string blanked so that they are not taken for keys."""
    lines, quote = [], ""
    for line in text.split("\n"):
        lines.append("" if quote else line)
        for mark in re.findall(r'"""|\'\'\'', line):
            quote = "" if quote == mark else (quote or mark)
    return lines


def _check_head(source: _Source, id: str) -> None:
    for key in HEAD:
        value = source.head.get(key)
        nothing_to_name = key == "cblc_name" and value == "" and not _sums(source)
        if not nothing_to_name and (not isinstance(value, str) or not value.strip()):
            source.refuse(f"text for '{key}'", repr(value), f'Write {key} = "…" above the classes.', key=key)
    for key in source.head:
        if key not in HEAD:
            source.refuse(f"one of {', '.join(HEAD)}", repr(key), "Correct the name or remove it.", key=key)
    if source.head["id"] != id:
        source.refuse(f"the file's own name {id!r} as id", repr(source.head["id"]), "Make the two equal.", key="id")


def _sums(source: _Source) -> bool:
    """Whether any class belongs to a composite."""
    return any(row.get("composites") != [] for row in source.rows)


def _check_fields(source: _Source, index: int) -> None:
    row = source.rows[index]
    for key in row:
        if key not in FIELDS:
            source.refuse(f"one of {', '.join(FIELDS)}", repr(key), "Correct the name or remove it.", index, key)
    for key in (*TEXTS, *OPTIONAL):
        value = row.get(key, "" if key in OPTIONAL else None)
        if not isinstance(value, str) or (key in TEXTS and not value.strip()):
            source.refuse(f"text for '{key}'", repr(value), f'Write {key} = "…".', index, key)
        if key in SHAPES and not SHAPES[key][0].fullmatch(value):
            source.refuse(f"{SHAPES[key][1]} for '{key}'", repr(value), "Mend the value.", index, key)
    allowed: dict[str, tuple[str, ...]] = {"counted": tuple(Specimen), "composites": COMPOSITES}
    for key, known in allowed.items():
        value = row.get(key)
        if not isinstance(value, list):
            source.refuse(f"a list for '{key}'", repr(value), f"Write {key} = [] if there is none.", index, key)
        for item in value:
            if item not in known:
                source.refuse(f"{key} from {', '.join(known)}", repr(item), "Correct or remove it.", index, key)


def _check_unique(source: _Source) -> None:
    for key in UNIQUE:
        values = [row.get(key, "").casefold() for row in source.rows]
        repeated = {value for value, times in Counter(values).items() if value and times > 1}
        for index, value in enumerate(values):
            if value in repeated and value in values[:index]:
                first = source.line(values.index(value), key)
                found = f"{source.rows[index][key]!r}, which line {first} has too"
                source.refuse(f"a {key} of its own", found, "Change one of the two.", index, key)


def _check_composites(source: _Source) -> None:
    for composite in NEEDED if _sums(source) else ():
        if not any(composite in row["composites"] and row["counted"] for row in source.rows):
            found = "a composite that no counted class belongs to"
            do = f"Add '{composite}' to the composites of the classes it sums."
            source.refuse(f"at least one class in '{composite}'", found, do, 0, "composites")
    for index, row in enumerate(source.rows):
        if "smudge" in row["composites"] and row["counted"]:
            do = "Write counted = [], or take the class out of 'smudge'."
            source.refuse("smudge cells outside every denominator", repr(row["counted"]), do, index, "counted")
        if {"promyelocyte", "blasts"} <= set(row["composites"]):
            do = "Keep one of the two: promyelocytes join the blasts only when APL is entered."
            source.refuse("'promyelocyte' or 'blasts'", "both", do, index, "composites")


def _check_crosswalks(source: _Source, folder: Path | None) -> None:
    codes: dict[str, frozenset[str]] = {}
    for index, row in enumerate(source.rows):
        crosswalk = row.get("crosswalk", {})
        if not isinstance(crosswalk, dict) or not all(isinstance(there, list) for there in crosswalk.values()):
            do = 'Write crosswalk = { shipped16 = ["blast"] }.'
            source.refuse("vocabularies with lists of codes", repr(crosswalk), do, index, "crosswalk")
        for other, there in crosswalk.items():
            if other not in vocabularies(folder):
                known = ", ".join(vocabularies(folder))
                source.refuse(f"a vocabulary of {known}", repr(other), "Correct the name.", index, "crosswalk")
            if other not in codes:  # its codes only: reading it whole would run in a circle
                codes[other] = frozenset(str(row.get("code")) for row in _Source(_file(other, folder)).rows)
            for code in there:
                if not isinstance(code, str) or code not in codes[other]:
                    do = f"Use codes of {other}."
                    source.refuse(f"a class of {other} in the crosswalk", repr(code), do, index, "crosswalk")


def _class(row: dict[str, Any]) -> CellClass:
    return CellClass(
        **{key: row[key] for key in TEXTS},
        counted=frozenset(map(Specimen, row["counted"])),
        composites=frozenset(row["composites"]),
        crosswalk=tuple((other, code) for other, there in row.get("crosswalk", {}).items() for code in there),
        key=row.get("key", ""),
        description=row.get("description", ""),
    )
