"""A site's own annotated pictures: what they are, what may be wrong with them, and which patient is for what.

Readers (`site_cells`, `site_fields`) collect every problem instead of stopping at the first, each with where it is,
what was found and what to do. A split is by patient, always: cells of one patient resemble each other, and a network
measured on patients it has seen is measured on nothing.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging.contours import Contour
from models.training.recipe import LABELS

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
PARTS = ("train", "validate", "test")
SPOKEN = {"training": "train", "val": "validate", "valid": "validate", "validation": "validate", "testing": "test"}
LEFT_OUT = "leave out"
SMALLEST = 16  # pixels of a side
DRAWS = 400  # splits tried
SEED = 20_261_121


class SiteRefused(Exception):
    """Data, or a wish, that nothing can be trained on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. Notes do not stop a training."""

    where: str
    found: str
    do: str
    stops: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.found}. {self.do}"


@dataclass(frozen=True, slots=True, eq=False)
class SiteCell:
    """One crop with one cell in its middle."""

    content: bytes  # of the picture file
    label: str
    patient: str
    um_per_px: float | None
    part: str  # as the site gave it; '' where it did not
    where: str
    digest: str  # of the pixels

    @property
    def pixels(self) -> NDArray[np.uint8]:
        return _decoded(self.content)


@dataclass(frozen=True, slots=True, eq=False)
class SiteField:
    """One field with its cells outlined, or boxed where `contours` is None."""

    path: Path
    contours: tuple[Contour, ...] | None
    boxes: NDArray[np.float32]  # (n, 4) x0, y0, x1, y1 of nucleated cells
    others: NDArray[np.float32]  # (m, 4) of what is marked and is no nucleated cell
    patient: str
    um_per_px: float | None
    part: str
    where: str
    digest: str

    @property
    def pixels(self) -> NDArray[np.uint8]:
        return _decoded(self.path.read_bytes())


@dataclass(frozen=True, slots=True)
class Site:
    """What was read, and all that is wrong with it."""

    items: tuple[SiteCell, ...] | tuple[SiteField, ...]
    problems: tuple[Problem, ...]

    @property
    def stops(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.stops]


def opened(content: bytes) -> tuple[NDArray[np.uint8], str]:
    """RGB pixels and the digest of what they show, however the file is packed."""
    pixels = _decoded(content)
    if min(pixels.shape[:2]) < SMALLEST:
        raise ValueError(f"a picture of {pixels.shape[1]} × {pixels.shape[0]} pixels")
    return pixels, hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def _decoded(content: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if picture is None:
        raise ValueError("no readable picture")
    return np.ascontiguousarray(picture[..., ::-1])


class Classes:
    """A site's words for classes, in the codes of the vocabulary."""

    def __init__(self, codes: Sequence[str] = LABELS, given: Mapping[str, str] | None = None) -> None:
        self.codes, self.given = tuple(codes), {_plain(k): v for k, v in (given or {}).items()}

    @classmethod
    def read(cls, path: Path | None, codes: Sequence[str] = LABELS) -> Classes:
        """From `--classes map.toml`: a table [classes] with a code, or 'leave out', for each of the site's words."""
        if path is None:
            return cls(codes)
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))["classes"]
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
            raise SiteRefused(
                f'{path}: expected a TOML file with a table [classes] such as "Segs" = "segmented"; found {error}'
            ) from error
        wrong = {k: v for k, v in table.items() if v not in (*codes, LEFT_OUT)}
        if wrong:
            word, code = next(iter(wrong.items()))
            raise SiteRefused(
                f"{path}: expected one of {', '.join(codes)} or '{LEFT_OUT}' for {word!r}; found {code!r}. Correct it."
            )
        return cls(codes, table)

    def code(self, word: str) -> str | None:
        """The code; LEFT_OUT where the site wants that; None where the word is not known."""
        plain = _plain(word)
        return self.given.get(plain) or (plain if plain in self.codes else None)

    def unknown(self, where: str, word: str) -> Problem:
        near = difflib.get_close_matches(_plain(word), self.codes, 1, 0.55)
        perhaps = f"perhaps {near[0]}; " if near else ""
        do = f'Put "{word}" = "<code>" into a TOML file under [classes] and give it as --classes ({perhaps}codes are '
        return Problem(where, f"unknown class {word!r}", do + f'{", ".join(self.codes)}; or "{LEFT_OUT}")')


def _plain(word: str) -> str:
    return "_".join(str(word).strip().lower().replace("-", " ").split())


def part_named(word: str) -> str | None:
    plain = _plain(word)
    plain = SPOKEN.get(plain, plain)
    return plain if plain in (*PARTS, "") else None


def checked(
    items: Sequence[SiteCell] | Sequence[SiteField], problems: Iterable[Problem], least: int, parts: Sequence[str]
) -> Site:
    """What holds for the whole: doubles, patients, and the split that the site gave, if it gave one."""
    found = [*problems, *_doubles(items), *_patients(items, least), *_given_split(items, parts)]
    seen: set[str] = set()
    kept = [i for i in items if not (i.digest in seen or seen.add(i.digest))]  # type: ignore[func-returns-value]
    return Site(tuple(kept), tuple(found))  # type: ignore[arg-type]


def _doubles(items: Sequence[SiteCell] | Sequence[SiteField]) -> Iterable[Problem]:
    groups = defaultdict(list)
    for item in items:
        groups[item.digest].append(item)
    for same in groups.values():
        first = same[0]
        for item in same[1:]:
            also = f"the same picture as {first.where}"
            if item.patient != first.patient:
                do = "One picture is of one patient: find out whose it is and remove the other."
                yield Problem(item.where, f"{also}, but of another patient ({item.patient}, {first.patient})", do)
            elif item.part != first.part:
                yield Problem(item.where, f"{also}, but in another part", "Keep it in one part only.")
            elif getattr(item, "label", "") != getattr(first, "label", ""):
                yield Problem(item.where, f"{also}, but of another class", "Settle which class it is, or remove both.")
            else:
                yield Problem(item.where, also, "It is counted once.", stops=False)


def _patients(items: Sequence[SiteCell] | Sequence[SiteField], least: int) -> Iterable[Problem]:
    if not items:
        yield Problem("the data", "no usable picture", "Mend what is said above, or give another folder or table.")
        return
    without = [item for item in items if not item.patient]
    if without:
        do = (
            "A split by picture would flatter: add a patient column (or patients.csv, or a folder for each patient), "
            "or say --one-patient-per-file if that is so."
        )
        yield Problem(without[0].where, f"no patient here nor for {len(without) - 1} more", do)
        return
    patients = {item.patient for item in items}
    if len(patients) < least:
        do = f"At least {least} are needed, so that some can be kept out of training; annotate more patients."
        yield Problem("the data", f"{len(patients)} patients", do)


def _given_split(items: Sequence[SiteCell] | Sequence[SiteField], parts: Sequence[str]) -> Iterable[Problem]:
    """A patient in two parts leaks; a split must have all the parts that are asked for, or none."""
    of = defaultdict(set)
    for item in items:
        of[item.patient].add(item.part)
    for patient, its in of.items():
        if patient and len(its) > 1:
            named = ", ".join(sorted(part or "no part" for part in its))
            do = "Put all of a patient's pictures into one part, or give no parts at all and let the split be made."
            yield Problem(f"patient {patient}", f"in several parts ({named}): the split leaks", do)
    given = {item.part for item in items} - {""}
    missing = [part for part in parts if part not in given]
    if given and missing:
        do = "Give every part, or none and let the split be made."
        yield Problem("the split", f"no patient in {' and '.join(missing)}", do)
    for part in parts if given else ():
        count = len({item.patient for item in items if item.part == part})
        if 0 < count < 2:
            yield Problem("the split", f"one patient in {part}", "Put at least two patients into every part.")


def split(items: Sequence[SiteCell] | Sequence[SiteField], parts: Sequence[str] = PARTS) -> dict[str, str]:
    """The part of each patient: the site's own, else a fifth (at least two) for each part but training.

    Of many draws the one is taken that leaves fewest classes without a patient to learn from, then the most even.
    """
    patients = sorted({item.patient for item in items})
    given = {item.patient: item.part for item in items if item.part}
    if given:
        return given
    away = max(2, round(0.2 * len(patients)))
    labels = sorted({getattr(item, "label", "") for item in items})
    counts = Counter((item.patient, getattr(item, "label", "")) for item in items)
    table = np.array([[counts[p, label] for label in labels] for p in patients], float)
    rng, best = np.random.default_rng(SEED), None
    for _ in range(DRAWS):
        part = np.zeros(len(patients), int)
        order = rng.permutation(len(patients))
        for k in range(1, len(parts)):
            part[order[(k - 1) * away : k * away]] = k
        shares = np.array([table[part == k].sum(0) for k in range(len(parts))]) / table.sum(0)
        wish = np.bincount(part, minlength=len(parts))[:, None] / len(patients)
        bad = (int((shares[0] == 0).sum()), float(np.abs(shares - wish).sum()))
        if best is None or bad < best[0]:
            best = bad, part
    assert best is not None
    return {patient: parts[k] for patient, k in zip(patients, best[1], strict=True)}


def settled(
    items: Sequence[SiteCell] | Sequence[SiteField], parts: Sequence[str], folders: Iterable[Path]
) -> dict[str, str]:
    """The split, as far as an earlier training in one of `folders` has not settled it already.

    Weights that go on from earlier ones have seen what those saw: a patient once learnt from is never measured on, and
    patients who came later are learnt from.
    """
    name = f"split-{len(parts)}.json"
    known: dict[str, str] = {}
    folders = list(folders)
    for folder in folders:
        if (folder / "work" / name).is_file():
            known |= json.loads((folder / "work" / name).read_text(encoding="utf-8"))
    patients = {item.patient: item.part for item in items}
    clash = sorted(p for p, part in patients.items() if part and known.get(p, part) != part)
    if clash:
        raise SiteRefused(
            f"expected patient {clash[0]} in {known[clash[0]]}, where an earlier training in that folder had it; found "
            f"{patients[clash[0]]}. Leave the split as it was, or train anew into another --out with --start shipped."
        )
    made = split(items, parts)
    if known:
        made = {p: known.get(p, patients[p] or "train") for p in patients}
        missing = [part for part in parts if list(made.values()).count(part) < 2]
        if missing:
            raise SiteRefused(
                f"expected at least two patients of the earlier training's {missing[0]} part in the data; found fewer. "
                "Give them too, or train anew into another --out."
            )
    if folders:
        (folders[0] / "work").mkdir(parents=True, exist_ok=True)
        (folders[0] / "work" / name).write_text(json.dumps(known | made, indent=1, sort_keys=True), encoding="utf-8")
    return made
