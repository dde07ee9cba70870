"""Real sources are stood in for by drawn fields, laid out in folders as the real ones are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.imaging.contours import iou, rasterised
from models.synthesis.smear import Field, field
from models.training import sources

MIX = {"lymphocyte": 1.0, "segmented": 1.0}


@pytest.fixture(scope="module")
def drawn() -> list[Field]:
    return [field(70 + k, mix=MIX, cells=3, size=(240, 320), um_per_px=0.2) for k in range(4)]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, drawn: list[Field]) -> Path:
    """Four fields with masks; of the first a plain copy, of the second one that is turned, cut and recoloured."""
    root = tmp_path_factory.mktemp("data")
    for folder in ("bccd_fields/images", "bccd_fields/masks", "txl_pbc/images/train", "txl_pbc/labels/train"):
        (root / folder).mkdir(parents=True)
    (root / "segmentation_wbc/dataset_1").mkdir(parents=True)
    for number, one in enumerate(drawn):
        mask = np.zeros(one.pixels.shape[:2], np.uint8)
        for cell in one.cells:
            mask[rasterised(cell.contour, mask.shape)] = 128
            for lobe in cell.nucleus:
                mask[rasterised(lobe, mask.shape)] = 255
        cv2.imwrite(str(root / f"bccd_fields/images/{number:05}.jpg"), one.pixels[..., ::-1])
        cv2.imwrite(str(root / f"bccd_fields/masks/{number:05}.png"), mask)
    second = np.rot90(drawn[1].pixels[20:220, 30:300]).astype(np.float32) * np.array([0.7, 0.8, 0.95])
    stranger = field(99, mix=MIX, cells=2, size=(208, 208), um_per_px=0.2).pixels
    copies = {"a": drawn[0].pixels, "b": cv2.resize(second.astype(np.uint8), (208, 208)), "c": stranger}
    for name, pixels in copies.items():
        cv2.imwrite(str(root / f"txl_pbc/images/train/{name}.jpg"), pixels[..., ::-1])
        (root / f"txl_pbc/labels/train/{name}.txt").write_text("0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.4 0.1\n")
    cv2.imwrite(str(root / "txl_pbc/images/train/r.jpg"), np.full((575, 575, 3), 200, np.uint8))
    (root / "txl_pbc/labels/train/r.txt").write_text("")
    return root


def test_a_field_and_its_copies_are_one_group_on_one_side(root: Path, tmp_path: Path) -> None:
    found = {(p.source, p.path.stem): p for p in sources.pictures(root, cache=tmp_path)}
    assert found["bccd_boxes", "a"].group == found["bccd_fields", "00000"].group
    assert found["bccd_boxes", "b"].group == found["bccd_fields", "00001"].group
    assert found["bccd_boxes", "b"].part == found["bccd_fields", "00001"].part
    assert len({found["bccd_fields", f"{k:05}"].group for k in range(4)}) == 4
    assert found["raabin", "r"].path.name == "r.jpg"


def test_a_copy_whose_original_is_not_found_is_left_out(root: Path, tmp_path: Path) -> None:
    assert ("bccd_boxes", "c") not in {(p.source, p.path.stem) for p in sources.pictures(root, cache=tmp_path)}


def test_the_second_reading_takes_the_split_from_the_cache(root: Path, tmp_path: Path) -> None:
    first = sources.pictures(root, cache=tmp_path)
    (tmp_path / "groups.json").write_text(
        (tmp_path / "groups.json").read_text().replace("bccd_fields/00002", "elsewhere")
    )
    second = sources.pictures(root, cache=tmp_path)
    assert [p.path for p in first] == [p.path for p in second]
    assert any(p.group == "elsewhere" for p in second)


def test_masks_give_contours_and_boxes_and_nuclei(root: Path, tmp_path: Path, drawn: list[Field]) -> None:
    one = sources.pictures(root, ["bccd_fields"], tmp_path)[2]
    known = sources.truth(one)
    assert known.contours is not None
    assert known.nuclei is not None
    assert np.abs(known.pixels.astype(int) - drawn[2].pixels).mean() < 6
    best = [max(iou(c, cell.contour) for cell in drawn[2].cells) for c in known.contours]
    assert max(best) > 0.95
    assert len(known.boxes) == len(known.contours)
    assert known.nuclei.any()
    assert not known.nuclei.all()


def test_boxes_are_told_apart_by_class_and_scaled_to_pixels(root: Path, tmp_path: Path) -> None:
    one = next(p for p in sources.pictures(root, ["bccd_boxes"], tmp_path) if p.path.stem == "a")
    known = sources.truth(one)
    assert known.contours is None
    np.testing.assert_allclose(known.boxes, [[128, 72, 192, 168]])
    np.testing.assert_allclose(known.others, [[0, 12, 96, 36]])


def test_an_unknown_source_and_an_empty_folder_are_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected sources among"):
        sources.pictures(root, ["elsewhere"], tmp_path)
    with pytest.raises(FileNotFoundError, match="--root"):
        sources.pictures(tmp_path, cache=tmp_path)


def test_shares_of_the_split() -> None:
    parts = [sources.part_of(f"group {k}") for k in range(2000)]
    assert abs(parts.count("train") / 2000 - 0.70) < 0.04
    assert abs(parts.count("test") / 2000 - 0.20) < 0.04
