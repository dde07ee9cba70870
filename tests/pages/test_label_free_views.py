"""The saliency of a label-free cell comes from the weights that named it, or not at all."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Picture

from core import analyse, phenotype
from core.errors import ModelMismatch, NotFound
from core.protocols import RunState
from core.records import Modality, Upload
from core.tools import assemble
from pages.components import label_free_views, resources
from tests import label_free_fakes as fakes


def seen_again(house, case_id: str) -> str:
    """A later run of the case, by the installed network instead of the stand-in."""
    run_id = "run-of-the-network"
    batch = [Upload(i.label, house.store.picture(case_id, i.id), i) for i in house.store.images(case_id)]
    house.store.add_run(case_id, run_id, len(batch), actor="test")
    house.store.advance_run(run_id, RunState.RUNNING, done=0)
    house.store.add_seen(case_id, run_id, analyse.see(batch, assemble(resources.settings(), Modality.DPC)))
    house.store.advance_run(run_id, RunState.DONE, done=len(batch))
    return run_id


def test_saliency_is_of_the_weights_that_named_the_cell_and_gone_with_the_case(house):
    case = house.label_free(fakes.REAL, fields=1)
    seen = house.store.seen(case)
    assert "not installed here" in label_free_views.why_no_saliency(seen)
    with pytest.raises(ModelMismatch, match="Analyse the case again"):
        label_free_views.saliency_of(case, seen.cells[0].id)
    seen = house.store.seen(case, seen_again(house, case))
    assert label_free_views.why_no_saliency(seen) == ""
    with Picture.open(io.BytesIO(label_free_views.saliency_of(case, seen.cells[0].id))) as picture:
        assert (picture.format, picture.size) == ("PNG", (phenotype.SHOWN, phenotype.SHOWN))
    with pytest.raises(NotFound):
        label_free_views.saliency_of(case, "another cell")
    house.store.delete_case(case, actor="test", reason="test")
    with pytest.raises(NotFound):
        label_free_views.saliency_of(case, seen.cells[0].id)
