"""May the numbers be shown at all? Counts, warnings, and the reason when they may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core import labels
from core.readings import Quality
from core.records import CaseInfo, Domain, Review, Seen
from core.statistics import FIELDS_NEEDED
from core.vocabulary import Vocabulary

FEWEST = 50  # counted cells; below this nothing is stated
EDGE_WARNING = 25  # per cent of cells cut by the edge of a picture; our choice


def quality_of(seen: Seen, info: CaseInfo, vocabulary: Vocabulary, reviews: Sequence[Review] = ()) -> Quality:
    """Counts of what was seen and called (and corrected), what is doubtful, and why numbers are withheld."""
    named = labels.settled(seen, reviews)
    inside = {c.code for c in vocabulary.counted(info.specimen)}
    counted = [cell for cell in seen.cells if named.get(cell.id) in inside]
    return Quality(
        images=len(seen.images),
        cells=len(seen.cells),
        counted=len(counted),
        warnings=(
            *_about_files(seen),
            *_about_cells(seen, len(named), len({cell.image for cell in counted})),
            *_about_models(seen, info),
        ),
        withheld=_withheld(seen, len(counted), vocabulary),
    )


def _withheld(seen: Seen, counted: int, vocabulary: Vocabulary) -> str:
    strange = [m for m in seen.models if m.task == "classifier" and m.vocabulary not in ("", vocabulary.id)]
    if strange:
        return f"{strange[0].name} names classes of {strange[0].vocabulary}, the case is read in {vocabulary.id}"
    if not seen.images:
        return "no picture could be used"
    if counted < FEWEST:
        return f"{counted} counted cells, fewer than {FEWEST}"
    return ""


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


def _about_models(seen: Seen, info: CaseInfo) -> list[str]:
    found = [f"{model.name}: {model.notice}." for model in seen.models if model.notice]
    for model in seen.models:
        if model.domain in tuple(Domain) and model.domain != info.domain:
            found.append(f"{model.name} was made from {model.domain} pictures; those of this case are {info.domain}.")
    return list(dict.fromkeys(found))


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
