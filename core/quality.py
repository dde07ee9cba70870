"""May the numbers be shown at all? Counts, warnings, and the reason when they may not.

The domain gate: a classifier that was calibrated says of each cell how unlike the calibration cells it is. Of cells
like those 1 in 100 is odd. A share well above that is warned of: another stain or camera, on which the card's figures
may or may not hold. Where half of the counted cells are odd the ratios would rest on cells of which no figure of the
card speaks, and they are withheld; chance does not bring 10 of 20 cells there. Below half they stay, since odd is not
wrong: a network may well name a stain it has not met. Cells that a person has named no longer rest on the classifier
and withhold nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import labels
from core.once import Once
from core.readings import Quality, Share
from core.records import CaseInfo, Domain, Review, Seen
from core.statistics import FIELDS_NEEDED
from core.vocabulary import Vocabulary

Flags = NDArray[np.bool_]
NAMERS = ("classifier", "phenotyper")
FEWEST = 50  # counted cells; below this nothing is stated
EDGE_WARNING = 25  # per cent of cells cut by the edge of a picture; our choice
ODD_WARNING = (
    5  # per cent of counted cells; with ODD_FEWEST cells: independent ones reach it by chance in 2 of 100 cases
)
ODD_FEWEST = 3
FOREIGN = 50  # per cent of counted cells that are odd and that nobody has named
FOREIGN_FEWEST = 20  # counted cells; few cells are withheld for that, but where they are foreign this is the reason


def quality_of(seen: Seen, info: CaseInfo, vocabulary: Vocabulary, reviews: Sequence[Review] = ()) -> Quality:
    """Counts of what was seen and called (and corrected), what is doubtful, and why numbers are withheld."""
    named = labels.settled(seen, reviews)
    inside = {c.code for c in vocabulary.counted(info.specimen)}
    counted = [cell for cell in seen.cells if named.get(cell.id) in inside]
    answers = _answers(seen)
    here = answers.of({cell.id for cell in counted})
    odd, unsure = _odd(answers, here), _unsure(answers, here)
    return Quality(
        images=len(seen.images),
        cells=len(seen.cells),
        counted=len(counted),
        warnings=(
            *_about_files(seen),
            *_about_cells(seen, len(named), len({cell.image for cell in counted})),
            *_about_oddness(odd),
            *_about_models(seen, info),
        ),
        withheld=_withheld(seen, len(counted), vocabulary, _foreign(answers, here, len(counted), reviews)),
        odd=odd,
        unsure=unsure,
    )


def _withheld(seen: Seen, counted: int, vocabulary: Vocabulary, foreign: str) -> str:
    strange = [m for m in seen.models if m.task in NAMERS and m.vocabulary not in ("", vocabulary.id)]
    if strange:
        return f"{strange[0].name} names classes of {strange[0].vocabulary}, the case is read in {vocabulary.id}"
    if not seen.images:
        return "no picture could be used"
    if foreign:
        return foreign
    if counted < FEWEST:
        return f"{counted} counted cells, fewer than {FEWEST}"
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What a run's calls leave in doubt, call by call: the same, whatever people say of the cells."""

    cells: tuple[str, ...]
    judged: Flags  # the model can tell how unlike its calibration cells it is
    odd: Flags
    sets: Flags  # the model says which classes are possible
    unsure: Flags

    def of(self, cells: Container[str]) -> Flags:
        return np.fromiter((cell in cells for cell in self.cells), bool, len(self.cells))


def _looked_through(seen: Seen) -> _Answers:
    ways = (lambda call: call.oddness is not None, labels.odd, lambda call: bool(call.possible), labels.unsure)
    flags = (np.array([way(call) for call in seen.calls], bool) for way in ways)
    return _Answers(tuple(call.cell for call in seen.calls), *flags)


_answers = Once(_looked_through)


def _foreign(answers: _Answers, here: Flags, counted: int, reviews: Sequence[Review]) -> str:
    odd = int((here & answers.odd & ~answers.of(labels.last(reviews))).sum())
    if counted < FOREIGN_FEWEST or odd * 100 < FOREIGN * counted:
        return ""
    return f"{odd} of {counted} counted cells are unlike those the classifier was calibrated on"


def _odd(answers: _Answers, here: Flags) -> Share | None:
    name = "counted cells unlike those the classifier was calibrated on"
    note = "1 % is expected; odder than 99 of 100 calibration cells"
    return _share("quality.odd_share", name, here & answers.judged, answers.odd, note)


def _unsure(answers: _Answers, here: Flags) -> Share | None:
    name = "counted cells with more than one possible class"
    note = "by the classifier's sets, as its card states their coverage"
    return _share("calls.unsure_share", name, here & answers.sets, answers.unsure, note)


def _share(id: str, name: str, judged: Flags, so: Flags, note: str) -> Share | None:
    """A share of these very cells: no interval, nothing is inferred from it."""
    count, total = int((judged & so).sum()), int(judged.sum())
    return Share(id, name, count, total, count / total, None, note=note) if total else None


def _about_files(seen: Seen) -> list[str]:
    found = []
    if seen.problems:
        found.append(f"{_many(len(seen.problems), 'file')} could not be used: not in these numbers.")
    bare = sum(1 for image in seen.images if image.um_per_px is None)
    if bare:
        found.append(f"The scale (µm per pixel) of {bare} of {_many(len(seen.images), 'picture')} is not known.")
    notes = Counter(note for image in seen.images for note in dict.fromkeys(image.warnings))
    found += [f"{note} ({_many(times, 'picture')})" if times > 1 else note for note, times in notes.items()]
    return found


def _about_cells(seen: Seen, named: int, fields: int) -> list[str]:
    found = []
    empty = len(seen.images) - len({cell.image for cell in seen.cells})
    if empty > 0 and seen.cells:
        found.append(f"No cell was found in {empty} of {_many(len(seen.images), 'picture')}.")
    edge = sum(cell.touches_edge for cell in seen.cells)
    if edge * 100 > EDGE_WARNING * len(seen.cells):
        share = 100 * edge / len(seen.cells)
        found.append(f"{share:.0f} % of the cells are cut by the edge of a picture: their calls are less certain.")
    if named < len(seen.cells):
        found.append(f"{_many(len(seen.cells) - named, 'cell')} without a call: not in these numbers.")
    if seen.cells and fields < FIELDS_NEEDED:
        found.append(f"Counted cells lie in {_many(fields, 'field')}, fewer than {FIELDS_NEEDED}: fields not assessed.")
    return found


def _about_oddness(odd: Share | None) -> list[str]:
    if odd is None or odd.count < ODD_FEWEST or odd.count * 100 <= ODD_WARNING * odd.total:
        return []
    return [
        f"{odd.count} of {_many(odd.total, 'counted cell')} are unlike those the classifier was calibrated on, "
        f"{100 * odd.count / odd.total:.0f} % where 1 % is expected: another stain, scanner, focus or kind of sample?"
    ]


def _about_models(seen: Seen, info: CaseInfo) -> list[str]:
    found = [f"{model.name}: {model.notice}." for model in seen.models if model.notice]
    for model in seen.models:
        if model.domain in tuple(Domain) and model.domain != info.domain:
            found.append(f"{model.name} was made from {model.domain} pictures; those of this case are {info.domain}.")
    return list(dict.fromkeys(found))


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
