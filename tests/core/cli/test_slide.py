"""`python -m core slide`: shown, added, analysed and drawn, on real files."""

from __future__ import annotations

import json
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.main import main
from core.jobs import runs as jobs
from core.records import Domain
from core.settings import PREFIX, Settings
from core.slides.plans import Order
from models.synthesis import slide as drawing
from tests import fakes
from tests.core.cases import made
from tests.core.jobs.test_fields import slide  # noqa: F401 - a fixture
from tests.core.slides import drawn


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(f"{PREFIX}DATA", str(tmp_path / "data"))
    monkeypatch.setenv(f"{PREFIX}FIELDS_PER_STEP", "1")
    return tmp_path / "data"


def test_show_tells_what_it_is_and_where_to_count(capsys):
    path, _ = drawn.made()
    assert main(["slide", "show", str(path)]) == Exit.OK
    said = capsys.readouterr().out
    assert "pyramidal TIFF, 6000 × 6000 pixels, 0.25 µm per pixel" in said
    assert "level 2: 375 × 375, 1/16" in said
    assert "region " in said
    assert main(["slide", "show", str(path), "--json"]) == Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert 0 < told["fields_in_regions"] < told["fields"] == 16
    assert main(["slide", "show", "nothing.svs"]) == Exit.NOT_FOUND


def test_a_slide_is_added_and_analysed(data, slide, monkeypatch, capsys):  # noqa: F811
    monkeypatch.setattr(jobs, "assemble", lambda chosen, modality: fakes.tools(chosen))  # noqa: ARG005
    path, _ = slide
    assert main(["slide", "add", "new", str(path)]) == Exit.BAD_INPUT  # marrow or blood?
    added = ["slide", "add", "new", str(path), "--specimen", "blood", "--pseudonym", "S-1", "--synthetic"]
    assert main(added) == Exit.OK
    case = capsys.readouterr().out.split("\t")[0]
    assert main(["slide", "analyse", case, "--region", "0,0,2000,2000", "--seed", "4", "--cells", "100"]) == Exit.OK
    said = capsys.readouterr()
    assert "1 of 2 planned fields looked at" in said.out
    assert "100 were to be counted" in said.err
    assert "lymphocyte\t" in said.out
    with closing(open_store(Settings(data=str(data)))) as store:
        assert store.case(case).info.domain is Domain.PROCEDURAL
        plan = store.slides.planned(case)
        assert (plan.order, plan.seed, plan.stop.cells) == (Order.RANDOM, 4, 100)
        assert len(store.seen(case).cells) > 100
    wrong = ["slide", "analyse", case, "--region", "0,0,2000,2000", "--order", "best", "--width", "0.1"]
    assert main(wrong) == Exit.BAD_INPUT  # an interval needs the random order
    assert main(["slide", "analyse", case, "--slide", "slide 9"]) == Exit.BAD_INPUT
    with pytest.raises(SystemExit):
        main(["slide", "analyse", case, "--region", "1,2,3"])


def test_a_case_without_a_slide_has_nothing_to_analyse(data):
    with closing(open_store(Settings(data=str(data)))) as store:
        case = store.add_case(made.INFO, actor="a")
    assert main(["slide", "analyse", case]) == Exit.CONFLICT


def test_draw_writes_the_slide_and_its_truth(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(drawing, "drawn", partial(drawing.drawn, pieces=1, sprites=1))
    assert main(["slide", "draw", str(tmp_path / "s.tif"), "--side", "10"]) == Exit.BAD_INPUT
    assert main(["slide", "draw", str(tmp_path / "none" / "s.tif")]) == Exit.BAD_INPUT
    capsys.readouterr()
    asked = ["slide", "draw", str(tmp_path / "s.tif"), "--side", "1024"]
    assert main(asked) == Exit.OK
    assert "1024 × 1024 pixels" in capsys.readouterr().out
    assert (tmp_path / "s.tif.cells.csv").read_text().startswith("label,x,y,radius,zone\n")
