"""`python -m core analyse` on stand-in tools: files in, case.json and cells.csv out, and an exit code."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image as Picture

from core import tools
from core.cli import analyse
from core.cli.exits import Exit
from core.cli.main import main
from core.exchange import case_json
from core.records import Doubt, Modality
from tests import fakes
from tests.core.report.made import sheets

DISCS = [(30.0 + 40 * k, 40.0 + 35 * k, 12.0, label) for k, label in enumerate(("blast", "band", "smudge", "other"))]


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch, tmp_path):
    real = analyse.assemble
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(analyse, "assemble", lambda s, m: fakes.tools(s) if m is Modality.SMEAR else real(s, m))


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "Smith John 1961"
    made.mkdir()
    for seed in range(3):
        (made / f"Smith_{seed}.png").write_bytes(fakes.png(fakes.field(DISCS, seed=seed)))
    return made


def run(*more, out="out", specimen="marrow"):
    return main(["analyse", *map(str, more), "--modality", "smear", "--specimen", specimen, "--out", str(out)])


def told(out="out"):
    return json.loads((Path(out) / "case.json").read_text(encoding="utf-8"))


def test_a_folder_becomes_a_valid_case(folder, capsys):
    assert run(folder, "--pseudonym", "P-7", "--um-per-px", "0.1", "--auer-rods") == Exit.OK
    case = told()
    jsonschema.Draft202012Validator(json.loads(case_json.SCHEMA_FILE.read_text())).validate(case)
    digests = [hashlib.sha256((folder / f"Smith_{n}.png").read_bytes()).hexdigest() for n in range(3)]
    assert [image["sha256"] for image in case["images"]] == digests
    assert [image["label"] for image in case["images"]] == ["image 1", "image 2", "image 3"]
    assert [image["um_per_px"] for image in case["images"]] == [0.1] * 3
    assert len(case["cells"]) == 12
    assert case["case"]["pseudonym"] == "P-7"
    assert case["case"]["findings"]["auer_rods"] is True
    assert case["case"]["findings"]["apl"] is None
    assert any(alert["level"] == "urgent" for alert in case["alerts"])
    assert (folder.parent / "out" / "cells.csv").read_text().count("\n") == 13
    assert capsys.readouterr().out == ""


def test_the_report_is_a_draft_of_the_same_case_and_reads_no_clock(folder):
    assert run(folder, "--pseudonym", "P-7", "--synthetic") == run(folder, "--pseudonym", "P-7", "--synthetic", out="b")
    first, second = (Path(out) / "report.pdf" for out in ("out", "b"))
    assert first.read_bytes() == second.read_bytes()
    text = "".join(sheet.bare for sheet in sheets(first.read_bytes()))
    assert "DRAFTSYNTHETIC" in text
    assert told()["case"]["id"] in text
    assert "Smith" not in text
    assert "Thecaseliesinnostore" in text


def test_words_that_cannot_be_printed_cost_the_paper_only(folder, capsys):
    assert run(folder) == Exit.OK
    assert run(folder, "--stain", "瑞氏") == Exit.OK
    assert "warning: report.pdf was not written. Expected text in Latin" in capsys.readouterr().err
    assert told()["case"]["stain"] == "瑞氏"
    assert not Path("out/report.pdf").exists()


def test_names_of_files_stay_with_the_person(folder, capsys):
    (folder / "Smith_notes.txt").write_text("not a picture")
    assert run(folder) == Exit.PARTIAL
    assert "Smith_notes.txt: Expected" in capsys.readouterr().err
    for file in ("case.json", "cells.csv"):
        assert "Smith" not in (folder.parent / "out" / file).read_text()
    assert [problem["file"] for problem in told()["problems"]] == ["file 4"]


def test_json_goes_to_stdout_and_nothing_else_does(folder, capsys):
    assert run(folder, "--json") == Exit.OK
    out, err = capsys.readouterr()
    assert out == (folder.parent / "out" / "case.json").read_text(encoding="utf-8")
    assert "\r" not in err
    assert "\x1b" not in err


def test_the_same_files_give_the_same_bytes(folder):
    run(folder, out="one")
    run(folder, out="two")
    for file in ("case.json", "cells.csv"):
        assert (folder.parent / "one" / file).read_bytes() == (folder.parent / "two" / file).read_bytes()


def test_a_picture_counts_once_in_any_container(folder, capsys):
    pixels = fakes.field(DISCS, seed=0)
    Picture.fromarray(pixels).save(folder / "z_again.bmp")
    assert run(folder) == Exit.OK
    assert len(told()["images"]) == 3
    assert "z_again.bmp: file 4 shows the same picture as image 1" in capsys.readouterr().err
    assert any("it counts once" in warning for warning in told()["warnings"])


def test_a_zip_numbers_its_pictures_on(folder):
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for seed in (7, 8):
            archive.writestr(f"{seed}.png", fakes.png(fakes.field(DISCS, seed=seed)))
    assert run(folder) == Exit.OK
    labels = [image["label"] for image in told()["images"]]
    assert len(labels) == len(set(labels)) == 5
    assert all(label.startswith("image ") for label in labels)


def test_pages_keep_their_file_and_number(tmp_path):
    stream = io.BytesIO()
    first, second = (Picture.fromarray(fakes.field(DISCS, seed=seed)) for seed in (1, 2))
    first.save(stream, "TIFF", save_all=True, append_images=[second])
    (tmp_path / "two.tif").write_bytes(stream.getvalue())
    assert run(tmp_path / "two.tif") == Exit.OK
    assert [(image["label"], image["page"]) for image in told()["images"]] == [
        ("image 1 page 1", 0),
        ("image 1 page 2", 1),
    ]
    assert len({image["sha256"] for image in told()["images"]}) == 1


def doubtful(monkeypatch, boxes):
    """As if decode had found a reason to look twice at every picture."""
    plain = analyse.decode.images

    def images(*args, **kwargs):
        decoded = plain(*args, **kwargs)
        doubts = tuple(Doubt(image.info.id, "Burned-in annotation is declared.", boxes) for image in decoded.images)
        return replace(decoded, doubts=doubts)

    monkeypatch.setattr(analyse.decode, "images", images)


COVER = ((18.0, 28.0, 43.0, 53.0),)  # the first disc


def test_text_is_painted_over_before_anything_looks(folder, monkeypatch):
    doubtful(monkeypatch, COVER)
    assert run(folder) == Exit.OK
    assert len(told()["cells"]) == 9
    assert any("painted over" in warning for warning in told()["warnings"])


def test_text_stays_where_a_person_says_so(folder, monkeypatch):
    doubtful(monkeypatch, COVER)
    assert run(folder, "--keep-text") == Exit.OK
    assert len(told()["cells"]) == 12
    assert any("--keep-text" in warning for warning in told()["warnings"])


def test_declared_annotations_need_a_persons_word(folder, monkeypatch, capsys):
    doubtful(monkeypatch, ())
    assert run(folder) == Exit.BAD_INPUT
    assert "--confirm-no-identifiers" in capsys.readouterr().err
    assert not (folder.parent / "out" / "case.json").exists()
    assert run(folder, "--confirm-no-identifiers") == Exit.OK
    assert any("a person confirmed" in warning for warning in told()["warnings"])


def test_nothing_usable_writes_nothing(tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(b"")
    assert run(tmp_path / "a.png") == Exit.BAD_INPUT
    assert not (tmp_path / "out" / "case.json").exists()
    assert "none usable" in capsys.readouterr().err


def test_an_empty_folder_is_said_so(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty") == Exit.BAD_INPUT
    assert "at least one image file" in capsys.readouterr().err


def test_a_missing_path_is_one_line(tmp_path, capsys):
    assert run(tmp_path / "nowhere") == Exit.NOT_FOUND
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_out_that_is_a_file_is_refused_before_the_work(folder, tmp_path, capsys):
    (tmp_path / "taken").write_text("x")
    assert run(folder, out=tmp_path / "taken") == Exit.BAD_INPUT
    assert "a folder one can write to" in capsys.readouterr().err


def test_no_half_written_files_stay(folder):
    run(folder)
    assert sorted(path.name for path in (folder.parent / "out").iterdir()) == ["case.json", "cells.csv", "report.pdf"]


def test_label_free_images_without_a_network_are_told(folder, capsys, monkeypatch):
    monkeypatch.setattr(tools, "label_free_installed", lambda _: False)
    code = main(["analyse", str(folder), "--modality", "dpc", "--specimen", "blood", "--out", "out"])
    assert code == Exit.NO_NETWORK
    assert "no network installed" in capsys.readouterr().err


def test_a_field_without_cells_is_a_result(tmp_path):
    (tmp_path / "empty.png").write_bytes(fakes.png(fakes.field([])))
    assert run(tmp_path / "empty.png") == Exit.OK
    assert told()["cells"] == []
    assert told()["blasts"]["total"] == 0


def test_few_pictures_are_held_at_a_time(folder, monkeypatch):
    monkeypatch.setenv("HEMABOARD_FIELDS_PER_STEP", "2")
    sizes = []
    plain = analyse.see
    monkeypatch.setattr(
        analyse, "see", lambda batch, tools, **more: sizes.append(len(batch)) or plain(batch, tools, **more)
    )
    run(folder)
    assert sizes == [2, 1]


def test_pixels_pass_unharmed(folder):
    """What the detector looks at is what the file shows, PNG or not."""
    seen = []
    plain = fakes.DiscDetector.find

    def find(self, pixels, um_per_px):
        seen.append(pixels)
        return plain(self, pixels, um_per_px)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fakes.DiscDetector, "find", find)
        run(folder)
    for seed, pixels in enumerate(seen):
        assert np.array_equal(pixels, fakes.field(DISCS, seed=seed))
