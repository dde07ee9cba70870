"""What a signature covers, and when it stops covering it."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.doors.review import Content, Deed, Signature
from core.doors.words import Kind, Version
from core.records import (
    Call,
    CaseInfo,
    Cell,
    Findings,
    ImageInfo,
    MarkerValue,
    Modality,
    Review,
    Seen,
    Specimen,
    Stream,
)
from core.review import signing
from core.review.signing import Signed, Unsigned, Void
from core.summaries import Sentence, Summary
from tests.core.cases import made

AT = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
IMAGE = made.smear(1)
SEEN = made.seen(IMAGE, 4)
REVIEWS = (made.review(SEEN.cells[0].id), made.review(SEEN.cells[1].id, "lymphocyte", 1))
NOW = signing.content(made.INFO, [IMAGE.info], SEEN, REVIEWS)


def signature(content: Content = NOW, deed: Deed = Deed.SIGNED, actor: str = "dr a", number: int = 1) -> Signature:
    return Signature(deed, AT, actor, "signer", True, content, "a typing error" * (deed is Deed.REOPENED), number)


def changed_call(seen: Seen, **change: object) -> Seen:
    return replace(seen, calls=(replace(seen.calls[0], **change), *seen.calls[1:]))


def changed_cell(seen: Seen, **change: object) -> Seen:
    return replace(seen, cells=(replace(seen.cells[0], **change), *seen.cells[1:]))


SEEN_ANEW = {
    "label": lambda: changed_call(SEEN, label="band"),
    "probabilities": lambda: changed_call(SEEN, probabilities={"blast": 1.0}),
    "possible": lambda: changed_call(SEEN, possible=("blast", "band")),
    "oddness": lambda: changed_call(SEEN, oddness=0.5),
    "marker": lambda: changed_call(SEEN, markers={"CD16": MarkerValue(1.0)}),
    "model": lambda: changed_call(SEEN, model="e" * 64),
    "outline": lambda: changed_cell(SEEN, contour=SEEN.cells[0].contour + np.float32(0.5)),
    "measures": lambda: changed_cell(SEEN, measures={}),
    "a cell less": lambda: replace(SEEN, cells=SEEN.cells[1:]),
    "models": lambda: replace(SEEN, models=SEEN.models[:1]),
}


@pytest.mark.parametrize("name", SEEN_ANEW)
def test_whatever_was_seen_is_covered(name: str) -> None:
    now = signing.content(made.INFO, [IMAGE.info], SEEN_ANEW[name](), REVIEWS)
    assert now.hash != NOW.hash
    assert signing.changes(NOW, now) == (signing.PARTS["seen"],)


@pytest.mark.parametrize("name", [field.name for field in fields(CaseInfo)])
def test_every_particular_of_the_case_is_covered(name: str) -> None:
    other = {"specimen": Specimen.BLOOD, "um_per_px": 0.2, "findings": replace(made.INFO.findings, apl=None)}
    info = replace(made.INFO, **{name: other.get(name, "something else")})
    now = signing.content(info, [IMAGE.info], SEEN, REVIEWS)
    assert signing.changes(NOW, now) == (signing.PARTS["info"],)


@pytest.mark.parametrize("name", [field.name for field in fields(ImageInfo)])
def test_every_particular_of_a_picture_is_covered(name: str) -> None:
    now = signing.content(made.INFO, [replace(IMAGE.info, **{name: "something else"})], SEEN, REVIEWS)
    assert signing.changes(NOW, now) == (signing.PARTS["images"],)


@pytest.mark.parametrize("name", [field.name for field in fields(Review)])
def test_every_particular_of_a_review_is_covered(name: str) -> None:
    other = {"at": AT, "stream": Stream.OBSERVER, "probability": 0.75, "saw_call": True}
    said = (replace(REVIEWS[0], **{name: other.get(name, "something else")}), REVIEWS[1])
    now = signing.content(made.INFO, [IMAGE.info], SEEN, said)
    assert signing.changes(NOW, now) == ("reviews were changed or removed",)


def test_a_review_more_is_told_as_such() -> None:
    now = signing.content(made.INFO, [IMAGE.info], SEEN, (*REVIEWS, made.review(SEEN.cells[2].id, minute=3)))
    assert signing.changes(NOW, now) == ("1 review was added",)
    assert signing.changes(now, NOW) == ("reviews were changed or removed",)


def test_times_are_the_same_in_every_zone_and_crops_do_not_matter() -> None:
    east = dt.timezone(dt.timedelta(hours=3))
    said = [replace(review, at=review.at.astimezone(east)) for review in REVIEWS]
    assert signing.content(made.INFO, [IMAGE.info], replace(SEEN, crops={}), said) == NOW
    assert signing.content_hash(made.INFO, [IMAGE.info], SEEN, REVIEWS) == NOW.hash


def test_a_draft_a_signature_a_second_one_and_a_void_one() -> None:
    later = replace(NOW, reviews="0" * 64, reviewed=3)
    assert signing.state([], NOW) == Unsigned()
    first, second = signature(), signature(actor="dr b", number=2)
    assert signing.state([first], NOW) == Signed((first,))
    assert signing.state([first, second], NOW) == Signed((first, second))
    assert signing.state([first], later) == Void(first, ("1 review was added",))
    again = signature(later, number=2)
    assert signing.state([first, again], later) == Signed((again,))  # who signed what is no more, signed something else


def test_another_summary_voids_a_signature_and_the_templates_own_changes_nothing() -> None:
    def written(number: int, kind: Kind, text: str) -> Version:
        summary = Summary((Sentence(text),), (), (), (), "tiny", "a" * 64)
        return Version(number, AT, "dr a", kind, None, summary)

    tried, first, edited = written(1, Kind.TRIED, "A."), written(2, Kind.WRITTEN, "B."), written(3, Kind.EDITED, "C.")
    hashes = [
        signing.content(made.INFO, [IMAGE.info], SEEN, REVIEWS, versions).hash
        for versions in ([], [tried], [tried, first], [tried, first, edited])
    ]
    assert hashes[0] == hashes[1] == NOW.hash
    assert len(set(hashes)) == 3
    later = signing.content(made.INFO, [IMAGE.info], SEEN, REVIEWS, [tried, first])
    assert signing.state([signature()], later) == Void(signature(), ("the summary is another",))


def test_a_reopened_case_is_a_draft_until_somebody_signs_again() -> None:
    first, reopened = signature(), signature(deed=Deed.REOPENED, number=2)
    assert signing.state([first, reopened], NOW) == Unsigned(reopened)
    again = signature(actor="dr b", number=3)
    assert signing.state([first, reopened, again], NOW) == Signed((again,))  # what stood before stays taken back


def test_parts_that_are_none_are_refused() -> None:
    parts = {name: getattr(NOW, name) for name in Content.__dataclass_fields__}
    assert Content.of(parts) == NOW
    before = {name: value for name, value in parts.items() if name != "words"}
    assert Content.of(before) == NOW  # signed before there were summaries
    for wrong in ({"seen": "short"}, {"seen": ""}, {"words": "short"}, {"reviewed": "2"}, {"more": "x"}):
        with pytest.raises(ValueError):
            Content.of({**parts, **wrong})


def test_a_signature_of_an_earlier_version_still_holds() -> None:
    """The hash of a fixed case. If this fails, every signature there is would be void: keep the old way of hashing."""
    findings = Findings(auer_rods=True, genetics="NPM1")
    info = CaseInfo("Study-017", Specimen.MARROW, um_per_px=0.12, findings=findings, note="zweiter Blick, α")
    image = ImageInfo("a" * 32, "b" * 64, 0, "image 1", Modality.SMEAR, 700, 500, 0.12)
    contour = np.array([[0, 0], [4, 0], [4.5, 3]], dtype=np.float32)
    cell = Cell("cell-1", image.id, (0.0, 0.0, 4.5, 3.0), contour, 0.875, measures={"area_px": 6.5})
    call = Call("cell-1", "blast", {"blast": 0.75, "band": 0.25}, "c" * 64, possible=("blast", "band"), oddness=0.5)
    marked = replace(call, cell="cell-2", markers={"CD16": MarkerValue(2.5, 2.0, 3.0)}, gate=(0.25, 0.75))
    seen = Seen((image,), (cell,), (call, marked), (made.CLASSIFIER,))
    review = Review("cell-1", "dr a", AT, "blast", "band", "a lobe", True, Stream.TARGETED)
    assert signing.content_hash(info, [image], seen, [review]) == (
        "c7c138cc114b3edf1f5bc14ab1e94a40ae0f2e1fd49d9c225a77711b0d30b6f8"
    )


def test_a_field_at_its_default_is_no_part_of_the_hash() -> None:
    """What a later version adds to a record changes no hash before somebody uses it."""
    info = CaseInfo("Study-017", Specimen.MARROW)
    assert signing._told(info) == {"pseudonym": "Study-017", "specimen": Specimen.MARROW}
    assert signing._told(replace(info, findings=Findings(apl=False)))["findings"] == Findings(apl=False)


SAID = st.builds(made.review, st.sampled_from([cell.id for cell in SEEN.cells]), minute=st.integers(0, 9))


@given(st.lists(SAID, max_size=8), st.lists(st.integers(0, 8), max_size=6), st.booleans())
def test_reviews_that_are_added_are_hashed_as_if_all_were_hashed_at_once(said, lengths, anew):
    """In whichever order parts of them are asked for, and whether they are the same records or read again."""
    for length in lengths:
        some = [replace(review) for review in said[:length]] if anew else said[:length]
        now = signing.content(made.INFO, [IMAGE.info], SEEN, some)
        lines = "".join(f"{signing._WRITE(review)}\n" for review in some)
        assert now.reviews == hashlib.sha256(lines.encode()).hexdigest()
        assert now.reviewed == len(some)


def test_a_review_that_equals_another_and_is_written_otherwise_is_told_apart():
    whole, part = (replace(REVIEWS[0], probability=value) for value in (1, 1.0))
    assert whole == part
    found = {signing.content(made.INFO, [IMAGE.info], SEEN, [REVIEWS[1], one]).reviews for one in (whole, part)}
    assert len(found) == 2
