"""The classifier's training on drawn cells: reproducible, resumable, and honest about who is in which part."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from core.classify import crop as app_crop
from core.records import Cell, Image, ImageInfo, Modality, Specimen
from core.vocabulary import vocabulary
from models.cell_network import CellNetwork
from models.imaging.contours import bounds
from models.synthesis.smear import single
from models.training import classifier_words
from models.training.cell_batches import Cells, cells, drawing_weights, hints
from models.training.cell_crops import CUT, Subject, built, central, window
from models.training.classifier_run import Training, predicted, trained
from models.training.patients import CALIBRATION, FOLDS, drawn, parts
from models.training.recipe import FULL, LABELS, MEASURES, PARTS, SHIPPED, variant
from models.training.train_classical import REAL_CLASSES

TINY = replace(FULL, side=32, steps=4, batch=8, start="random", frozen=0, procedural=0.0)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Cells:
    """Twenty-four drawn cells of three classes, kept and read as the real ones are."""

    def subjects():
        for k in range(24):
            label = ("lymphocyte", "blast", "segmented")[k % 3]
            one = single(300 + k, label, size=90, um_per_px=0.25)
            about = {"cell": f"c{k}", "patient": f"p{k % 4}", "diagnosis": "", "class": label}
            yield Subject(one.pixels, one.cells[0].contour, 0.25 if k % 2 else None, about)

    return cells(built("small", subjects(), 24, None, tmp_path_factory.mktemp("cells")))


def begun(seed: int = 0) -> CellNetwork:
    torch.manual_seed(seed)
    return CellNetwork(len(LABELS), len(MEASURES), "relu6")


def test_a_broken_off_training_ends_where_an_unbroken_one_does(small, tmp_path, monkeypatch):
    every = np.arange(len(small))
    whole = trained(TINY, Training(small, every), 5, begin=begun())
    monkeypatch.setattr("models.training.classifier_run.SAVED", 2)

    class Broken(Exception):
        pass

    def once(*_, **__):
        raise Broken

    keep = tmp_path / "t.pt"
    with monkeypatch.context() as patch:
        calls = Counter()
        from models.training import classifier_run

        loss = classifier_run._loss

        def breaking(*given):
            calls["steps"] += 1
            if calls["steps"] == 4:
                once()
            return loss(*given)

        patch.setattr(classifier_run, "_loss", breaking)
        with pytest.raises(Broken):
            trained(TINY, Training(small, every), 5, keep, begin=begun())
    again = trained(TINY, Training(small, every), 5, keep, begin=begun(99))
    for one, other in zip(whole.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_a_checkpoint_of_another_recipe_is_not_gone_on_from(small, tmp_path, capsys):
    keep = tmp_path / "t.pt"
    trained(TINY, Training(small, np.arange(8)), 1, keep, begin=begun())
    trained(replace(TINY, stain=0.5), Training(small, np.arange(8)), 1, keep, begin=begun())
    assert "another recipe" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["no centre–border regularisation", "Reinhard normalisation of the cell"])
def test_every_part_of_the_recipe_can_be_switched(small, name):
    assert variant(name) != FULL
    recipe = replace(variant(name), side=32, steps=1, batch=8, start="random", frozen=0, procedural=0.25)
    network = trained(recipe, Training(small, np.arange(12), small), 2, begin=begun())
    assert np.isfinite(predicted(network, small, np.arange(6), recipe).logits).all()


def test_each_part_changes_the_recipe_and_its_digest():
    digests = {variant(name).digest() for name in ("full", *PARTS)} | {SHIPPED.digest()}
    assert len(digests) == len(PARTS) + 2


def test_frozen_stages_do_not_learn():
    network = begun()
    network.freeze(2)
    network.train()
    answer = network(torch.randn(2, 3, 32, 32), torch.zeros(2, 2))
    (answer.logits.sum() + answer.measures.sum()).backward()
    assert all(p.grad is None for p in network.trunk.conv_stem.parameters())
    assert all(p.grad is None for p in network.trunk.blocks[1].parameters())
    assert any(p.grad is not None for p in network.trunk.blocks[2].parameters())
    assert not network.trunk.bn1.training


def test_crops_are_cut_as_the_app_cuts_them():
    one = single(9, "monocyte", size=120, um_per_px=0.2)
    contour = one.cells[0].contour
    info = ImageInfo("i", "s", 0, "image 1", Modality.SMEAR, 120, 120)
    glass = np.array([240, 240, 240], np.uint8)
    cell = Cell("c", "i", bounds(contour), contour, 1.0)
    shown = app_crop(cell, Image(info, one.pixels), 0.2, glass)
    pixels, mask = window(one.pixels, contour, CUT, glass)
    assert np.array_equal(shown.pixels, pixels)
    assert np.array_equal(shown.mask, mask)


def test_the_cell_in_the_middle_is_taken_and_where_there_is_none_a_circle_says_so():
    near, far = (np.array([[x, x], [x + 30, x], [x + 30, x + 30], [x, x + 30]], np.float32) for x in (40, 2))
    assert central([(far, 0.9), (near, 0.4)], (110, 110))[0] is near
    circle, found = central([(far, 0.9)], (110, 110))
    assert not found
    assert np.allclose(circle.mean(axis=0), 55, atol=0.5)


def test_no_patient_stands_in_two_parts_and_every_part_has_its_share():
    split = parts()
    counts = Counter(split.values())
    assert len(split) == 83
    assert counts["calibration"] == CALIBRATION
    assert sorted(counts[f"fold {k}"] for k in range(FOLDS)) == [13, 13, 14, 14, 14]


def test_the_split_is_the_same_for_the_same_patients_and_even_in_diagnosis():
    rng = np.random.default_rng(1)
    diagnoses = {f"p{k}": "APL" if k % 4 == 0 else "AML" for k in range(40)}
    counts = rng.poisson(5, (40, 4)).astype(float)
    split = drawn(diagnoses, counts, draws=30)
    assert split == drawn(diagnoses, counts, draws=30)
    apl = Counter(split[p] for p, d in diagnoses.items() if d == "APL")
    assert apl["calibration"] in (3, 4, 5)
    assert max(apl[f"fold {k}"] for k in range(FOLDS)) <= 3


def test_rare_classes_are_drawn_more_often_and_the_prior_takes_it_back():
    labels = np.array([0] * 900 + [1] * 100)
    chance, log = drawing_weights(labels, 0.5)
    drawn_share = chance[labels == 1].sum()
    assert drawn_share == pytest.approx(1 / (1 + 3), rel=0.01)
    odds = np.log(drawn_share / (1 - drawn_share)) - (log[1] - log[0])
    assert odds == pytest.approx(np.log(100 / 900))
    assert np.allclose(drawing_weights(labels, 0.0)[0], 1 / 1000)


def test_hints_are_withheld_from_half_in_training_and_from_none_in_use():
    diameters = np.full(2000, 2.5, np.float32)
    assert hints(diameters, None, True)[:, 1].all()
    known = hints(diameters, np.random.default_rng(0), True)[:, 1]
    assert 0.45 < float(known.mean()) < 0.55
    assert not hints(diameters, None, False)[:, 1].any()


def test_words_of_the_card_agree_with_the_vocabulary():
    words = vocabulary("shipped16")
    assert set(LABELS) == set(words.codes) == set(REAL_CLASSES.values())
    assert {c.code: str(c.lineage) for c in words.classes} == classifier_words.LINEAGES
    assert {c.code for c in words.counted(Specimen.BLOOD)} == classifier_words.COUNTED
    assert {k: set(words.members(k)) for k in ("cblc", "blasts")} == classifier_words.COMPOSITES


def test_what_was_measured_on_a_cell_is_kept_with_it(small):
    assert small.measures.shape == (24, len(MEASURES))
    assert np.isfinite(small.measures[:, MEASURES.index("nucleus_fraction")]).all()
    assert np.isnan(small.diameters[::2]).all()
    assert np.isfinite(small.diameters[1::2]).all()
    assert isinstance(small.crops.table, pd.DataFrame)
