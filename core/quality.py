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
from collections.abc import Sequence

from core import labels
from core.readings import Quality, Share
from core.records import CaseInfo, Cell, Domain, Review, Seen
from core.statistics import FIELDS_NEEDED
from core.vocabulary import Vocabulary

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
    odd, unsure = _odd(seen, counted), _unsure(seen, counted)
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
        withheld=_withheld(seen, len(counted), vocabulary, _foreign(seen, counted, reviews)),
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


def _foreign(seen: Seen, counted: Sequence[Cell], reviews: Sequence[Review]) -> str:
    said = labels.last(reviews).keys()
    ids = {cell.id for cell in counted}
    odd = sum(labels.odd(call) for call in seen.calls if call.cell in ids and call.cell not in said)
    if len(counted) < FOREIGN_FEWEST or odd * 100 < FOREIGN * len(counted):
        return ""
    return f"{odd} of {len(counted)} counted cells are unlike those the classifier was calibrated on"


def _odd(seen: Seen, counted: Sequence[Cell]) -> Share | None:
    ids = {cell.id for cell in counted}
    judged = [labels.odd(call) for call in seen.calls if call.cell in ids and call.oddness is not None]
    name = "counted cells unlike those the classifier was calibrated on"
    return _share("quality.odd_share", name, judged, "1 % is expected; odder than 99 of 100 calibration cells")


def _unsure(seen: Seen, counted: Sequence[Cell]) -> Share | None:
    ids = {cell.id for cell in counted}
    judged = [labels.unsure(call) for call in seen.calls if call.cell in ids and call.possible]
    name = "counted cells with more than one possible class"
    return _share("calls.unsure_share", name, judged, "by the classifier's sets, as its card states their coverage")


def _share(id: str, name: str, judged: Sequence[bool], note: str) -> Share | None:
    """A share of these very cells: no interval, nothing is inferred from it."""
    count = sum(judged)
    return Share(id, name, count, len(judged), count / len(judged), None, note=note) if judged else None


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
