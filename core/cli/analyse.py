"""`python -m core analyse`: files in, case.json, cells.csv and report.pdf out, as the app sees and reads.

Pictures are taken in file by file and seen a few at a time, so that a folder of any size fits in memory. They
pass the same gate as in the app: stripped of metadata, text painted over, and only then looked at.
"""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from core import filed
from core.analyse import read, read_label_free, see, together
from core.cases import pseudonym
from core.cases.pictures import encoded
from core.cli import label_free, write
from core.cli.exits import Exit
from core.cli.progress import Bar, say
from core.decode import read as decode
from core.errors import BadInput, RefusedFile
from core.exchange import case_json, cells_csv
from core.filed import Filed
from core.protocols import Tools
from core.readings import LabelFreeReading, Reading
from core.records import CaseInfo, Decoded, Domain, Findings, Image, Modality, Problem, Seen, Specimen, Upload
from core.report import pdf
from core.settings import Settings
from core.tools import assemble
from core.vocabulary import VOCABULARIES


def analyse(options: Namespace, settings: Settings) -> Exit:
    """Everything usable is analysed; what is not is told, one line each."""
    info = _info(options)
    tools = assemble(settings, info.modality)
    uploads = decode.uploads_in(options.paths)
    if not uploads:
        raise BadInput("at least one image file", "none under the paths given", "Name files or folders with images.")
    write.folder(options.out)
    with Bar("Seeing") as bar:
        intake = Intake(options, settings, info.modality, bar)
        seen = _seen(intake, uploads, tools, info.domain)
    if not seen.images:
        raise BadInput(
            "at least one usable image",
            f"{len(uploads)} file{'s' if len(uploads) != 1 else ''}, none usable",
            "The lines above say why.",
        )
    reading = _reading(seen, info, tools, options)
    case = case_json.document(info, seen, reading, _case_id(seen), warnings=intake.warnings)
    _print(filed.unstored(case["case"]["id"], info, seen, reading, tools.vocabulary), options.out / "report.pdf")
    written = case_json.text(case)
    write.whole(options.out / "cells.csv", cells_csv.text(case))
    write.whole(options.out / "case.json", written)  # last: where it is, everything is
    for warning in case["warnings"]:
        say(f"warning: {warning}")
    for alert in reading.alerts:
        say(f"{alert.level}: {alert.text}")
    if isinstance(reading, LabelFreeReading):
        for line in label_free.lines(reading):
            say(line)
    if options.json:
        print(written, end="")
    else:
        say(f"{len(seen.images)} images, {len(seen.cells)} cells: {options.out / 'case.json'}")
    return Exit.PARTIAL if seen.problems else Exit.OK


@dataclass(slots=True)
class Intake:
    """From files to pictures that may be looked at, and what was said on the way."""

    options: Namespace
    settings: Settings
    modality: Modality
    bar: Bar
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _labels: dict[str, str] = field(default_factory=dict)  # image id → its label
    _before: int = 0  # pictures of the files before this one, usable or not

    def pictures(self, uploads: Sequence[Upload]) -> Iterator[Image]:
        """Each picture once, with a label of its own; a file at a time, but DPC's four files belong together."""
        groups = [(n, [u]) for n, u in enumerate(uploads, 1)] if self.modality is Modality.SMEAR else [(1, [*uploads])]
        for number, group in groups:
            self.bar.show(number - 1, len(groups))
            decoded = decode.images(group, self.settings, self.modality)
            self._tell(decoded, number)
            for image in decoded.images:
                yield from self._once(image, decoded, number, group[0].name)
            self._before += max([1, *(_number_and_rest(image)[0] for image in decoded.images)])
        self.bar.show(len(groups), len(groups))

    def _once(self, image: Image, decoded: Decoded, number: int, name: str) -> Iterator[Image]:
        within, rest = _number_and_rest(image)
        label = f"image {self._before + within}{rest}"
        try:
            image = self._settled(image, decoded, label, name)
        except RefusedFile as error:
            say(f"{name}: {error}", self.bar)
            self.problems.append(Problem(f"file {number}", str(error), "refusedfile"))
            return
        if image.info.id in self._labels:
            said = f"file {number} shows the same picture as {self._labels[image.info.id]}: it counts once."
            say(f"{name}: {said}", self.bar)
            self.warnings.append(said)
            return
        self._labels[image.info.id] = label
        yield Image(replace(image.info, label=label, um_per_px=self._scale(image, label)), image.pixels)

    def _settled(self, image: Image, decoded: Decoded, label: str, name: str) -> Image:
        """Text is painted over unless it is to stay; a declared but unseen annotation needs a person's word."""
        doubts = [doubt for doubt in decoded.doubts if doubt.image == image.info.id]
        boxes = tuple(box for doubt in doubts for box in doubt.boxes)
        if boxes and self.options.keep_text:
            self.warnings.append(f"{label}: text-like regions were left as they are (--keep-text).")
            return image
        if boxes:
            say(f"{name}: {len(boxes)} text-like regions are painted over (--keep-text leaves them).", self.bar)
            return decode.masked(image, boxes)  # the image's own warnings say so too
        if doubts and not self.options.confirm_no_identifiers:
            raise RefusedFile(
                "a picture without identifiers in it",
                doubts[0].reason.rstrip("."),
                "Look at it; if nothing in it identifies the patient, add --confirm-no-identifiers.",
            )
        if doubts:
            self.warnings.append(f"{label}: a person confirmed that it shows no identifiers.")
        return image

    def _scale(self, image: Image, label: str) -> float | None:
        own, given = image.info.um_per_px, self.options.um_per_px
        if own and given and abs(own / given - 1) > 0.02:
            self.warnings.append(f"{label}: the file says {own:g} µm per pixel, which was used instead of {given:g}.")
        return own or given

    def _tell(self, decoded: Decoded, number: int) -> None:
        for problem in decoded.problems:
            say(f"{problem.file}: {problem.message}", self.bar)
            message = problem.message.replace(problem.file, f"file {number}")
            self.problems.append(Problem(f"file {number}", message, problem.kind))
        for twice in decoded.duplicates:
            say(f"{twice.file}: {twice.message}", self.bar)
            self.warnings.append(f"file {number} holds the same picture twice: it counts once.")


def _number_and_rest(image: Image) -> tuple[int, str]:
    """(3, ' page 2') of 'image 3 page 2': decode numbers the pictures of each file (a ZIP holds several) from 1."""
    _, number, *rest = image.info.label.split(" ", 2)
    return int(number), " ".join(["", *rest])


def _print(whole: Filed, file: Path) -> None:
    """Words that cannot be printed cost the paper, never the result. One that lay there would be another case's."""
    try:
        printed = pdf.written(whole)
    except BadInput as error:
        file.unlink(missing_ok=True)
        say(f"warning: {file.name} was not written. {error}")
        return
    write.whole(file, printed)


def _reading(seen: Seen, info: CaseInfo, tools: Tools, options: Namespace) -> Reading | LabelFreeReading:
    if info.modality is Modality.DPC:
        return read_label_free(seen, (), info, tools.vocabulary, dict(options.cut_off))
    return read(seen, (), info, tools.vocabulary)


def _seen(intake: Intake, uploads: Sequence[Upload], tools: Tools, domain: Domain) -> Seen:
    parts = []
    pictures = intake.pictures(uploads)
    while batch := list(islice(pictures, tools.settings.fields_per_step)):
        known = [Upload(image.info.label, encoded(image), image.info) for image in batch]
        parts.append(
            replace(see(known, tools, domain=domain), crops={})
        )  # crops are for galleries; here they would fill memory
    return together([*parts, Seen(problems=tuple(intake.problems))])


def _info(options: Namespace) -> CaseInfo:
    return CaseInfo(
        pseudonym=pseudonym.checked(options.pseudonym),
        specimen=Specimen(options.specimen),
        modality=Modality(options.modality),
        stain=options.stain,
        centre=options.centre,
        scanner=options.scanner,
        um_per_px=options.um_per_px,
        domain=Domain.PROCEDURAL if options.synthetic else Domain.REAL,
        vocabulary=VOCABULARIES[Modality(options.modality)],
        findings=Findings(options.auer_rods, options.atypical_promyelocytes, options.apl, options.genetics),
    )


def _case_id(seen: Seen) -> str:
    """The same pictures make the same case, whatever their order."""
    return "case-" + _digest(image.id for image in seen.images)


def _digest(ids: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(sorted(ids)).encode()).hexdigest()[:12]
