"""The rows of a manifest with their files: what is told before anything is stored, and what is stored then."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.cases.store import CaseStore, open_store
from core.errors import BadInput, Conflict, NotFound, RefusedFile
from core.manifest import intake
from core.manifest.files import Folder, Given, Packed, Source
from core.manifest.table import Row, rows
from core.records import Decoded, Doubt, Image, ImageInfo, Modality, Upload
from core.settings import Settings
from tests import fakes

DISCS = [(60.0, 60.0, 20.0, "blast"), (140.0, 120.0, 18.0, "lymphocyte")]
HEADS = "folder,file,pseudonym,specimen,um_per_px,tags\n"


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    return [fakes.png(fakes.field(DISCS, seed=seed)) for seed in range(4)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"))


@pytest.fixture
def store(settings: Settings) -> Iterator[CaseStore]:
    opened = open_store(settings)
    yield opened
    opened.close()


def read(text: str) -> tuple[Row, ...]:
    return rows((HEADS + text).encode())


def given(files: dict[str, bytes], top: str = "") -> Given:
    return Given([Upload(top + name, data) for name, data in files.items()])


def packed(files: dict[str, bytes], settings: Settings, top: str = "") -> Packed:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(top + name, data)
    return Packed(out.getvalue(), settings)


@pytest.mark.parametrize("kind", ["browser", "browser folder", "zip", "zip in a folder", "folder"])
def test_a_row_finds_its_files_wherever_they_lie(
    kind: str, pictures: list[bytes], settings: Settings, tmp_path: Path
) -> None:
    files = {"one/b.png": pictures[1], "one/a.png": pictures[0], "two.png": pictures[2], "one/list.csv": b"x"}
    files["stray/c.png"] = pictures[3]
    source: Source
    if kind == "folder":
        for name, data in files.items():
            (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / name).write_bytes(data)
        source = Folder(tmp_path / "in")
    elif kind.startswith("zip"):
        source = packed(files, settings, "batch/" if "in a" in kind else "")
    else:
        source = given(files, "batch/" if "folder" in kind else "")
    one, two, none, nowhere = read("one,,A-1,blood\n,two.png,A-2,blood\nthree,,A-3,blood\n,one,A-4,blood\n")
    assert [Path(upload.name).name for upload in source.of(one)][:2] == ["a.png", "b.png"]
    assert len(source.of(two)) == 1
    for row in (none, nowhere):
        with pytest.raises(NotFound, match="no such thing"):
            source.of(row)
    (stray,) = [name for name in source.unnamed([one, two]) if "list" not in name]
    assert stray.endswith("stray/c.png")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, pictures: list[bytes]) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.png").write_bytes(pictures[0])
    (tmp_path / "in" / "b").mkdir(parents=True)
    (tmp_path / "in" / "a").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "b" / "c.png").symlink_to(tmp_path / "outside" / "secret.png")
    source = Folder(tmp_path / "in")
    first, second = read("a,,A-1,blood\nb,,A-2,blood\n")
    with pytest.raises(BadInput, match="leads out of it"):
        source.of(first)
    with pytest.raises(NotFound):
        source.of(second)
    with pytest.raises(NotFound, match="Correct --images"):
        Folder(tmp_path / "none")


def test_a_zip_keeps_to_the_limits_of_a_case() -> None:
    with pytest.raises(RefusedFile):
        packed({f"{n}.png": b"x" for n in range(20)}, Settings(max_zip_entries=10))
    source = packed({"a/1.png": b"x" * 3_000_000, "manifest.csv": b"y"}, Settings(max_unpacked_mb=2))
    assert source.manifest() == b"y"
    with pytest.raises(RefusedFile):
        source.of(read("a,,A-1,blood")[0])


def test_nothing_is_stored_before_and_good_rows_go_on_when_bad_ones_fail(
    store: CaseStore, settings: Settings, pictures: list[bytes]
) -> None:
    source = given({"a/1.png": pictures[0], "a/2.png": pictures[1], "b/1.png": pictures[2][:300], "c.png": pictures[2]})
    asked = read("a,,A-1,blood,0.11,first|pilot\nb,,A-2,blood\n,c.png,A-3,marrow\nd,,A-4,blood\n,x.png,,blood\n")
    looked = list(intake.looks(asked, source, store, settings))
    assert store.cases() == []
    assert [look.good for look in looked] == [True, False, True, False, False]
    assert [len(look.pictures) for look in looked] == [2, 0, 1, 0, 0]
    assert "b/1.png" in looked[1].problems[0]
    assert "no such thing" in looked[3].problems[0]
    assert "pseudonym" in looked[4].problems[0]
    started: list[str] = []

    def start(case_id: str) -> str:
        started.append(case_id)
        return "run-" + case_id

    taken = list(intake.take(looked, source, store, settings, actor="dr a", start=start))
    assert [(one.row.number, one.problem) for one in taken] == [(2, ""), (4, "")]
    assert started == [one.case_id for one in taken]
    first, second = (store.case(one.case_id) for one in taken)
    assert (first.info.pseudonym, first.images, second.info.pseudonym) == ("A-1", 2, "A-3")
    assert store.desk.line(first.id).tags == ("first", "pilot")
    assert [image.um_per_px for image in store.images(first.id)] == [0.11, 0.11]
    assert not any("png" in image.label for image in store.images(first.id))


def test_a_row_that_fails_while_it_is_stored_leaves_no_case(
    store: CaseStore, settings: Settings, pictures: list[bytes]
) -> None:
    source = given({"a.png": pictures[0], "b.png": pictures[1]})
    looked = list(intake.looks(read(",a.png,A-1,blood\n,b.png,A-2,blood\n"), source, store, settings))

    def start(case_id: str) -> str:
        if store.case(case_id).info.pseudonym == "A-1":
            raise Conflict("a worker", "none", "Start one.")
        return "r"

    failed, good = intake.take(looked, source, store, settings, actor="dr a", start=start)
    assert (failed.case_id, "Start one." in failed.problem) == ("", True)
    assert [row.id for row in store.cases()] == [good.case_id]
    assert store.case(good.case_id).run is None


def test_duplicate_patients_and_pictures_are_told(store: CaseStore, settings: Settings, pictures: list[bytes]) -> None:
    source = given({"a.png": pictures[0], "b.png": pictures[1], "c.png": pictures[0], "d.png": pictures[1]})
    first = list(intake.looks(read(",a.png,A-1,blood\n"), source, store, settings))
    assert first[0].warnings == ()
    list(intake.take(first, source, store, settings, actor="dr a", start=None))
    again, fresh, twice = intake.looks(
        read(",c.png,a-1,blood\n,b.png,B-1,blood\n,d.png,B-2,blood\n"), source, store, settings
    )
    assert again.warnings == (
        "There is already a case of a-1: this becomes another one.",
        "1 of its pictures are in a case already: A-1.",
    )
    assert fresh.warnings == ()
    assert twice.warnings == ("Holds a picture that row 3 holds too: is it the same patient?",)


def test_text_in_pictures_is_painted_over_or_the_picture_left_out() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    made = [
        Image(ImageInfo(name, "0", 0, f"image {n}", Modality.SMEAR, 80, 60), pixels) for n, name in enumerate("abc")
    ]
    decoded = Decoded(tuple(made), doubts=(Doubt("a", "letters", ((0.0, 0.0, 40.0, 10.0),)), Doubt("b", "declared")))
    painted, clean = intake._kept(decoded)
    assert len(np.unique(painted.pixels[:10, :40].reshape(-1, 3), axis=0)) == 1
    assert clean is made[2]
    told = " ".join(intake._settled(decoded))
    assert "painted over in image 0" in told
    assert "image 1: the file says" in told
