"""READ FIRST. The whole way from a batch of uploads to what may be stated, in two functions.

`see` looks: it is mapped over batches, plainly (command line) or durably (jobs), and may be repeated.
`read` states: it is cheap and pure, and is made again after every review; `read_label_free` is its twin for cases whose
classes and markers are other things than a smear's.
Reports, exports and summaries are made from a Reading, never in here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core import classify, detect, facts, labels, markers, phenotype
from core.aggregate import alerts, label_free
from core.aggregate.label_free_checks import checks
from core.aggregate.ratios import adequacy_of, strangers
from core.aggregate.ratios import ratios as ratios_of
from core.decode import read as decode
from core.errors import NoNetwork
from core.overlap import lanes
from core.protocols import Tell, Tools, quiet
from core.quality import quality_of
from core.readings import LabelFreeReading, Reading
from core.records import Call, CaseInfo, Cell, Domain, Image, ImageInfo, ModelStamp, Problem, Review, Seen, Upload
from core.vocabulary import Vocabulary


def see(batch: Sequence[Upload], tools: Tools, *, domain: Domain = Domain.REAL, tell: Tell = quiet) -> Seen:
    """A batch of uploads → cells with calls. Same batch and tools, same result, to the last id.

    Three stages side by side: while the cells of one image are named, the next is searched for cells and the one after
    that is unpacked. `domain` says where the pictures come from: values that must not be seen there are not even
    returned.
    """
    problems: list[Problem] = []
    seen = [Seen(models=tools.stamps)]
    with lanes() as ahead:
        images = ahead(decode.each(batch, tools.settings, tools.modality, problems))
        searched = ahead(_searched(images, tools))
        for done, (info, cells, calls, crops) in enumerate(_named(searched, tools), start=1):
            permitted = markers.permitted(calls, tools.stamps, domain)
            seen.append(Seen(images=(info,), cells=cells, calls=permitted, crops=crops))
            tell("see", done, max(done, len(batch)))
    tell("see", len(seen) - 1, len(seen) - 1)
    return together([*seen, Seen(problems=tuple(problems))])


def _searched(images: Iterable[Image], tools: Tools) -> Iterator[classify.Searched]:
    """Each image with the cells in it and its scale, where it has one or suggests one."""
    for image in images:
        if tools.phenotyper is not None:
            yield image, detect.cells(phenotype.four(image), tools.detector), image.info.um_per_px
        else:
            cells = detect.cells(image, tools.detector)
            yield image, cells, image.info.um_per_px or tools.detector.scale(image.pixels)


def _named(searched: Iterable[classify.Searched], tools: Tools) -> Iterator[classify.Named]:
    """Each image's cells with their calls and crops, by whichever network names cells of this modality."""
    if tools.phenotyper is not None:
        for image, cells, _ in searched:
            yield image.info, cells, *phenotype.calls(cells, image, tools.phenotyper, tools.vocabulary)
    elif tools.classifier is not None:
        yield from classify.named(searched, tools.classifier, tools.vocabulary)
    else:
        raise NoNetwork("a network that names cells", "none", "Install one, or choose the other kind of pictures.")


def together(batches: Iterable[Seen]) -> Seen:
    """Batches added up in their order; an image that comes twice (a repeated step) counts once."""
    images: dict[str, ImageInfo] = {}
    cells: dict[str, Cell] = {}
    calls: dict[str, Call] = {}
    models: dict[str, ModelStamp] = {}
    problems: list[Problem] = []
    crops: dict[str, NDArray[np.uint8]] = {}
    for seen in batches:
        images |= {image.id: image for image in seen.images if image.id not in images}
        cells |= {cell.id: cell for cell in seen.cells}
        calls |= {call.cell: call for call in seen.calls}
        models |= {model.digest: model for model in seen.models}
        problems += list(seen.problems)
        crops |= seen.crops
    return Seen(
        images=tuple(images.values()),
        cells=tuple(cells.values()),
        calls=tuple(calls.values()),
        models=tuple(models.values()),
        problems=tuple(problems),
        crops=crops,
    )


def read(seen: Seen, reviews: Sequence[Review], info: CaseInfo, vocabulary: Vocabulary) -> Reading:
    """Everything seen and everything people said → what may be stated. Pure; made again after every review."""
    quality = quality_of(seen, info, vocabulary, reviews)
    ratios = ratios_of(seen, reviews, info, vocabulary)
    stated = facts.withheld(ratios, quality.withheld)
    return Reading(
        info=info,
        quality=quality,
        adequacy=stated.adequacy,
        differential=stated.differential,
        uncounted=stated.uncounted,
        cblc=stated.cblc,
        blasts=stated.blasts,
        smudge=stated.smudge,
        me=stated.me,
        erythroblasts_per_100=stated.erythroblasts_per_100,
        fields=stated.fields,
        criteria=stated.criteria,
        alerts=stated.alerts,
        reviewed=stated.reviewed,
        facts=facts.of(quality, ratios, info, seen.models, vocabulary),
        models=seen.models,
        warnings=(*quality.warnings, *stated.warnings, *stated.advice),
        corrected=stated.corrected,
    )


def read_label_free(
    seen: Seen,
    reviews: Sequence[Review],
    info: CaseInfo,
    vocabulary: Vocabulary,
    cuts: Mapping[str, float] = MappingProxyType({}),
) -> LabelFreeReading:
    """`read` for label-free cases: class shares and, where they may be seen, markers. `cuts` were entered."""
    calls = markers.permitted(seen.calls, seen.models, info.domain)
    quality = quality_of(seen, info, vocabulary, reviews)
    held = label_free.counted_cells(seen, reviews, info, vocabulary)
    shut = markers.withheld(seen.models, info.domain)
    values = {call.cell: call.markers for call in calls if call.markers}
    told = label_free.marker_readings(values, seen, held, vocabulary, cuts, shut or quality.withheld)
    differential = tuple(facts.blank(share, quality.withheld) for share in held.differential)
    adequacy = adequacy_of(held.total, info.specimen)
    said = alerts.label_free(info.findings)
    reviewed = len(labels.last(reviews).keys() & {cell.id for cell in seen.cells})
    return LabelFreeReading(
        info=info,
        quality=quality,
        adequacy=adequacy,
        differential=differential,
        uncounted=held.uncounted,
        fields=held.fields,
        markers=told,
        markers_withheld=shut,
        values=values,
        checks=checks(seen, info, quality, values),
        alerts=said,
        reviewed=reviewed,
        facts=facts.of_label_free(
            quality, adequacy, differential, held.uncounted, told, said, reviewed, info, seen.models, vocabulary
        ),
        models=seen.models,
        warnings=(*quality.warnings, *label_free.warnings(info), *strangers(seen, reviews)),
    )
