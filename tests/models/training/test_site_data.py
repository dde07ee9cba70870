"""A site's data are read whatever their layout, and everything wrong with them is named with where and what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training import __main__ as command
from models.training import site_cells, site_fields
from models.training.site_data import PARTS, Classes, SiteCell, SiteRefused, settled, split
from tests.models.training import site

ANY = Classes()


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site.crops(tmp_path_factory.mktemp("crops"))


@pytest.fixture(scope="module")
def drawn():
    return site.drawn_fields()


def table(folder: Path, root: Path, **columns: object) -> pd.DataFrame:
    paths = sorted(root.rglob("*.png"))
    rows = [{"file": str(p), "class": p.parts[-2], "patient": p.parts[-3]} for p in paths]
    made = pd.DataFrame(rows).assign(**columns)
    made.to_csv(folder / "cells.csv", index=False)
    return made


def said(read) -> str:
    return "\n".join(map(str, read.problems))


# --- crops ---------------------------------------------------------------------------------------------------


def test_a_folder_a_table_and_bytes_say_the_same(crops, tmp_path):
    plain = site_cells.read(crops, ANY)
    assert not plain.problems
    assert len(plain.items) == 21
    made = table(tmp_path, crops, um_per_px="0.24")
    tabled = site_cells.read(tmp_path / "cells.csv", ANY)
    made["image"] = [{"bytes": Path(f).read_bytes()} for f in made.pop("file")]
    made.to_parquet(tmp_path / "cells.parquet")
    packed = site_cells.read(tmp_path / "cells.parquet", ANY)
    for other in (tabled, packed):
        assert [(c.digest, c.label, c.patient) for c in other.items] == [
            (c.digest, c.label, c.patient) for c in plain.items
        ]
        assert {c.um_per_px for c in other.items} == {0.24}


def test_a_split_by_cell_is_refused_unless_the_site_says_so(crops, tmp_path):
    for k, path in enumerate(sorted(crops.rglob("*.png"))):
        (tmp_path / path.parts[-2]).mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.parts[-2] / f"{k}.png")
    refused = site_cells.read(tmp_path, ANY)
    assert "--one-patient-per-file" in said(refused)
    assert refused.stops
    allowed = site_cells.read(tmp_path, ANY, one_patient_per_file=True)
    assert not allowed.stops
    assert len({cell.patient for cell in allowed.items}) == 21


def test_an_unknown_class_names_its_line_and_the_nearest_code(crops, tmp_path):
    made = table(tmp_path, crops)
    made.loc[4, "class"] = "Lymphocytes"
    made.to_csv(tmp_path / "cells.csv", index=False)
    text = said(site_cells.read(tmp_path / "cells.csv", ANY))
    assert "cells.csv line 6: unknown class 'Lymphocytes'" in text
    assert "perhaps lymphocyte" in text
    (tmp_path / "map.toml").write_text('[classes]\n"lymphocytes" = "lymphocyte"\n"Blast" = "leave out"\n')
    mapped = site_cells.read(tmp_path / "cells.csv", Classes.read(tmp_path / "map.toml"))
    assert not mapped.stops
    assert {cell.label for cell in mapped.items} == {"segmented", "lymphocyte"}
    (tmp_path / "map.toml").write_text('[classes]\n"Seg" = "segs"\n')
    with pytest.raises(SiteRefused, match="'segs'"):
        Classes.read(tmp_path / "map.toml")


def test_unreadable_missing_and_misstated_cells_are_named(crops, tmp_path):
    made = table(tmp_path, crops, um_per_px="0.2", part="")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG nothing")
    made.loc[0, "file"] = "broken.png"
    made.loc[1, "file"] = "gone.png"
    made.loc[2, "um_per_px"] = "tiny"
    made.loc[3, "part"] = "holdout"
    made.to_csv(tmp_path / "cells.csv", index=False)
    text = said(site_cells.read(tmp_path / "cells.csv", ANY))
    for line, what in ((2, "no readable picture"), (3, "no file 'gone.png'"), (4, "'tiny'"), (5, "'holdout'")):
        assert f"cells.csv line {line}: " in text
        assert what in text


def test_the_same_picture_twice_is_told_by_what_it_would_spoil(crops, tmp_path):
    made = table(tmp_path, crops)
    made = pd.concat([made, made.iloc[[0, 1, 2]]], ignore_index=True)
    made.loc[22, "patient"] = "P6"
    made.loc[23, "class"] = "blast"
    made.to_csv(tmp_path / "cells.csv", index=False)
    found = site_cells.read(tmp_path / "cells.csv", ANY)
    doubles = {p.where: p for p in found.problems if "the same picture" in p.found}
    assert not doubles["cells.csv line 23"].stops
    assert "of another patient (P6, P0)" in doubles["cells.csv line 24"].found
    assert "of another class" in doubles["cells.csv line 25"].found
    assert len(found.items) == 21


def test_a_leaking_or_incomplete_split_is_refused(crops, tmp_path):
    made = table(tmp_path, crops)
    made["part"] = ["train" if p < "P3" else "val" if p < "P5" else "test" for p in made.patient]
    made.to_csv(tmp_path / "cells.csv", index=False)
    good = site_cells.read(tmp_path / "cells.csv", ANY)
    assert not good.stops
    assert split(good.items)["P3"] == "validate"
    made.loc[0, "part"] = "test"
    made.to_csv(tmp_path / "cells.csv", index=False)
    assert "patient P0: in several parts (test, train): the split leaks" in said(
        site_cells.read(tmp_path / "cells.csv", ANY)
    )
    made["part"] = ["train" if p < "P5" else "test" for p in made.patient]
    made.to_csv(tmp_path / "cells.csv", index=False)
    assert "no patient in validate" in said(site_cells.read(tmp_path / "cells.csv", ANY))


def test_too_few_patients_or_classes_are_refused(tmp_path):
    few = site_cells.read(site.crops(tmp_path / "few", patients=3), ANY)
    assert "3 patients" in said(few)
    lone = Classes(given={"segmented": "leave out", "lymphocyte": "leave out"})
    assert "one class only (blast)" in said(site_cells.read(tmp_path / "few", lone))


def test_no_data_and_no_table_are_said_plainly(tmp_path):
    with pytest.raises(SiteRefused, match="found nothing at"):
        site_cells.read(tmp_path / "gone", ANY)
    (tmp_path / "cells.csv").write_text("picture,label\n")
    with pytest.raises(SiteRefused, match="found picture, label"):
        site_cells.read(tmp_path / "cells.csv", ANY)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(site.CLASSES)), min_size=1, max_size=60))
def test_every_patient_has_one_part_and_every_part_two_patients(rows):
    rows = [*rows, *((40 + k, "blast") for k in range(7))]
    cells = [SiteCell(b"", label, f"P{p}", None, "", "", str(k)) for k, (p, label) in enumerate(rows)]
    parts = split(cells)
    assert set(parts) == {cell.patient for cell in cells}
    assert all(list(parts.values()).count(part) >= 2 for part in PARTS)
    assert parts == split(cells[::-1])


def test_a_patient_once_held_out_stays_held_out(tmp_path):
    cells = [SiteCell(b"", "blast", f"P{k}", None, "", "", str(k)) for k in range(9)]
    first = settled(cells, PARTS, [tmp_path])
    more = [*cells, *(SiteCell(b"", "blast", f"Q{k}", None, "", "", f"q{k}") for k in range(20))]
    later = settled(more, PARTS, [tmp_path / "other", tmp_path])
    assert {p: later[p] for p in first} == first
    assert {part for p, part in later.items() if p.startswith("Q")} == {"train"}
    moved = next(p for p, part in first.items() if part == "train")
    clash = [SiteCell(b"", "blast", moved, None, "test", "", "x"), *cells[1:]]
    with pytest.raises(SiteRefused, match=moved):
        settled(clash, PARTS, [tmp_path])


# --- fields --------------------------------------------------------------------------------------------------


def test_yolo_outlines_boxes_and_coco_say_the_same(drawn, tmp_path):
    outlined = site_fields.read(site.yolo(tmp_path / "outlines", drawn))
    boxed = site_fields.read(site.yolo(tmp_path / "boxes", drawn, outlined=False))
    coco = site_fields.read(site.coco(tmp_path, drawn))
    for found in (outlined, boxed, coco):
        assert not found.stops, said(found)
        assert [f.patient for f in found.items] == list(drawn)
        for field, one in zip(found.items, drawn.values(), strict=True):
            assert len(field.boxes) == len(one.cells)
            np.testing.assert_allclose(field.boxes, outlined.items[found.items.index(field)].boxes, atol=0.05)
    assert all(f.contours is None for f in boxed.items)
    assert all(len(f.contours) == len(one.cells) for f, one in zip(coco.items, drawn.values(), strict=True))
    assert {f.um_per_px for f in outlined.items} == {0.3}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("0 0.5 0.5 1.2 0.2", "beyond the picture of 220 × 200 pixels"),
        ("0 0.1 0.1 0.5 0.1 0.3 0.1", "a degenerate outline"),
        ("0 0.5 0.5 0.001 0.001", "a degenerate box"),
        ("0 0.5 0.5 0.2", "3 numbers after the class"),
        ("0 0.5 nan 0.2 0.2", "corners that are no numbers"),
        ("7 0.5 0.5 0.2 0.2", "class 7, which nothing names"),
        ("WBC 0.5 0.5 0.2 0.2", "'WBC 0.5"),
    ],
)
def test_a_wrong_yolo_line_is_named(drawn, tmp_path, line, what):
    root = site.yolo(tmp_path, drawn)
    (root / "labels/P1_1.txt").write_text("0 0.5 0.5 0.2 0.2\n\n" + line)
    found = site_fields.read(root)
    (problem,) = found.stops
    assert problem.where.endswith("P1_1.txt line 3")
    assert what in problem.found
    assert problem.do


def test_labels_pictures_and_names_must_belong_together(drawn, tmp_path):
    root = site.yolo(tmp_path, drawn)
    (root / "data.yaml").write_text("names: [Zellen, platelets]\nval: images\n")
    (root / "labels/none.txt").write_text("")
    (root / "labels/P1_1.txt").unlink()
    text = said(site_fields.read(root))
    assert "data.yaml, class 0: unknown class 'Zellen'" in text
    assert "labels without a picture" in text
    assert "P1_1.png: a picture without labels" in text
    (root / "map.toml").write_text('[classes]\n"Zellen" = "cell"\n')
    assert "unknown class" not in said(site_fields.read(root, root / "map.toml"))


def test_fields_without_patients_are_refused(drawn, tmp_path):
    root = site.yolo(tmp_path, drawn)
    (root / "patients.csv").unlink()
    assert "no patient here nor for 3 more" in said(site_fields.read(root))
    assert not site_fields.read(root, one_patient_per_file=True).stops


def test_a_run_length_mask_and_an_annotation_of_nothing_are_named(drawn, tmp_path):
    path = site.coco(tmp_path, drawn)
    made = json.loads(path.read_text())
    made["annotations"][1]["segmentation"] = {"counts": "abc", "size": [2, 2]}
    made["annotations"][2]["image_id"] = 99
    made["annotations"][3].pop("segmentation")
    path.write_text(json.dumps(made))
    text = said(site_fields.read(path))
    assert "annotations[1] (id 1): a run-length mask (RLE). Export polygons" in text
    assert "annotations[2] (id 2): an annotation of no image" in text
    assert "annotations[3] (id 3): neither a polygon nor a box" in text
    path.write_text("{}")
    with pytest.raises(SiteRefused, match="COCO JSON"):
        site_fields.read(path)


# --- the command ---------------------------------------------------------------------------------------------


def test_check_prints_the_table_and_its_exit_code_says_whether_it_will_do(crops, drawn, tmp_path, capsys):
    assert command.main(["check", "--data", str(crops)]) == command.OK
    shown = capsys.readouterr().out
    assert "blast" in shown
    assert "P6" in shown
    assert "patients: train 3, validate 2, test 2" in shown
    assert command.main(["check", "--data", str(site.yolo(tmp_path / "y", drawn))]) == command.OK
    assert "outlined" in capsys.readouterr().out
    assert command.main(["check", "--data", str(site.crops(tmp_path / "few", patients=2))]) == command.BAD_INPUT
    assert "nothing can be trained until" in capsys.readouterr().err
    assert command.main(["classifier", "--data", str(tmp_path / "gone"), "--out", "x"]) == command.BAD_INPUT
    assert "Correct --data." in capsys.readouterr().err
    assert not Path("x").exists()
