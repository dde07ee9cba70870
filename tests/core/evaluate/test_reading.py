"""What is taken in, and what is refused with words a person can act on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput, NotFound
from core.evaluate import labelled
from core.evaluate.classes import class_map
from core.evaluate.predictions import confusions, predictions
from tests import fakes
from tests.core.evaluate import made

OWN = class_map(None, made.WORDS)
HEAD = "cell,patient,class,p_blast,p_band"


def table(tmp_path, *lines, name="p.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_predictions_are_read_with_all_that_is_optional(tmp_path):
    path = table(
        tmp_path,
        HEAD + ",diagnosis,centre,fold,possible,order,field",
        "1,A,blast,0.7,0.29,AML,here,f0,blast|band,2,left",
        "2,A,band,,,AML,here,f0,,1,",
    )
    cells = predictions([path], made.WORDS, OWN)
    assert cells.probabilities[0, :].sum() == pytest.approx(1)
    assert cells.found.tolist() == [True, False]
    assert cells.called.tolist() == [made.WORDS.codes.index("blast"), 16]
    assert cells.possible.sum(axis=1).tolist() == [2, 0]
    assert cells.order.tolist() == [2, 1]
    assert cells.field.tolist() == ["left", ""]
    assert (cells.diagnosis[0], cells.centre[0], cells.fold[0]) == ("AML", "here", "f0")


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (["cell,patient,p_blast,p_band", "1,A,1,0"], "no column class"),
        ([HEAD], "no rows"),
        ([HEAD, "1,A,Blasto,1,0"], "'Blasto'"),
        ([HEAD, "1,A,blast,1,0.2"], "row 2"),
        ([HEAD, "1,A,blast,1.2,-0.2"], "row 2"),
        ([HEAD, "1,A,blast,0.5,"], "nothing"),
        ([HEAD, "1,A,blast,half,0.5"], "half"),
        ([HEAD, "1,,blast,1,0"], "'patient' in every row"),
        ([HEAD, "1,A,blast,1,0", "1,B,blast,1,0"], "more than once: '1'"),
        (["cell,patient,class,p_blast,p_x", "1,A,blast,1,0"], "unknown p_x"),
        (["cell,patient,class,p_blast", "1,A,blast,1"], "1 such columns"),
        ([HEAD + ",possible", "1,A,blast,1,0,blast|x"], "found x"),
        ([HEAD + ",order", "1,A,blast,1,0,first"], "'first'"),
    ],
)
def test_wrong_predictions_are_refused_with_the_place(tmp_path, lines, word):
    with pytest.raises(BadInput, match=word.replace("|", r"\|")):
        predictions([table(tmp_path, *lines)], made.WORDS, OWN)


def test_a_cell_in_two_files_is_refused_and_a_missing_file_not_found(tmp_path):
    one = table(tmp_path, HEAD, "1,A,blast,1,0")
    other = table(tmp_path, HEAD, "1,A,blast,1,0", name="q.csv")
    with pytest.raises(BadInput, match="more than once"):
        predictions([one, other], made.WORDS, OWN)
    with pytest.raises(NotFound, match=r"nowhere\.csv"):
        predictions([tmp_path / "nowhere.csv"], made.WORDS, OWN)


def test_a_map_of_classes(tmp_path):
    path = table(tmp_path, "[classes]", '"Myeloblast" = "blast"', name="c.toml")
    assert class_map(path, made.WORDS)["Myeloblast"] == "blast"
    assert class_map(path, made.WORDS)["band"] == "band"
    for lines, word in ((["a = 'x'"], "a = 'x'"), (["a ="], "TOML"), ([""], "none")):
        with pytest.raises(BadInput, match=word):
            class_map(table(tmp_path, *lines, name="d.toml"), made.WORDS)
    with pytest.raises(NotFound):
        class_map(tmp_path / "none.toml", made.WORDS)


def pictures(folder: Path, seed: int = 0) -> list[str]:
    """Three pictures: a disc in the middle, two discs apart from it, and none."""
    discs = {
        "middle.png": [(100, 100, 14, "blast")],
        "two.png": [(50, 50, 14, "band"), (150, 140, 14, "monocyte")],
        "none.png": [(30, 30, 12, "smudge")],
    }
    for n, (name, its) in enumerate(discs.items()):
        (folder / name).write_bytes(fakes.png(fakes.field(its, seed=seed + n)))
    return list(discs)


def test_the_labelled_cell_is_the_one_under_its_place_and_a_missed_one_stays(tmp_path):
    pictures(tmp_path)
    path = table(
        tmp_path,
        "cell,image,patient,class,x,y",
        "a,middle.png,A,blast,,",
        "b,two.png,A,band,51,48",
        "c,two.png,B,monocyte,150,140",
        "d,none.png,B,lymphocyte,,",
    )
    tools = fakes.tools()
    cells, problems = labelled.run(labelled.entries(path, OWN), tools)
    assert not problems
    called = dict(zip(cells.ids.tolist(), cells.called.tolist(), strict=True))
    codes = made.WORDS.codes
    assert called == {"a": codes.index("blast"), "b": codes.index("band"), "c": codes.index("monocyte"), "d": 16}
    assert tools.detector.looked == 3  # a picture with two labelled cells is seen once


def test_a_file_column_does_as_image_and_a_folder_with_one_table_as_the_table(tmp_path):
    pictures(tmp_path)
    path = table(tmp_path, "file,patient,class,x,y", "two.png,A,band,51,48", "two.png,A,monocyte,150,140")
    cells, _ = labelled.run(labelled.entries(tmp_path, OWN), fakes.tools())
    assert cells.found.all()
    assert len(set(cells.field.tolist())) == 1  # one picture, two labelled cells: a field
    assert cells.field[0]
    for head, word in (("file,image,patient,class", "both"), ("patient,class", "neither")):
        with pytest.raises(BadInput, match=word):
            labelled.entries(table(tmp_path, head, ",".join(["two.png"] * head.count("e,") + ["A", "band"])), OWN)
    table(tmp_path, "file,patient,class", "two.png,A,band", name="other.csv")
    with pytest.raises(BadInput, match="one table"):
        labelled.entries(path.parent, OWN)


def test_a_cards_confusion_is_read_and_what_is_none_is_refused(tmp_path):
    rows = "[[[9.0, 1.0, 0.0], [1.0, 8.0, 1.0], [0.0, 1.0, 9.0]]]"
    card = table(tmp_path, "[confusion.cblc]", f"called = {rows}", f"probable = {rows}", name="card.toml")
    assert confusions(card)["cblc"].called[0][0] == (9.0, 1.0, 0.0)
    for line, word in (
        ("name = 'x'", "none"),
        ("[confusion.cblc]", "called"),
        ("confusion = 3", "items"),
        ("a =", "Invalid"),
    ):
        with pytest.raises(BadInput, match=word):
            confusions(table(tmp_path, line, name="bad.toml"))
    with pytest.raises(NotFound):
        confusions(tmp_path / "none.toml")


def test_parquet_with_bytes_and_a_folder_give_the_same(tmp_path):
    names = pictures(tmp_path)[:1]
    frame = pd.DataFrame({"image": [(tmp_path / n).read_bytes() for n in names], "patient": "A", "class": "blast"})
    frame.to_parquet(tmp_path / "t.parquet")
    (tmp_path / "cases/A/blast").mkdir(parents=True)
    (tmp_path / "cases/A/blast/middle.png").write_bytes((tmp_path / "middle.png").read_bytes())
    found = [labelled.run(labelled.entries(tmp_path / name, OWN), fakes.tools())[0] for name in ("t.parquet", "cases")]
    assert np.array_equal(found[0].probabilities, found[1].probabilities)
    assert found[1].patients.tolist() == ["A"]


def test_a_broken_picture_is_a_problem_and_no_usable_one_an_error(tmp_path):
    pictures(tmp_path)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    path = table(tmp_path, "image,patient,class", "broken.png,A,blast", "middle.png,A,blast")
    cells, problems = labelled.run(labelled.entries(path, OWN), fakes.tools())
    assert cells.ids.tolist() == ["row 3"]
    assert [p.file for p in problems] == ["row 2"]
    with pytest.raises(BadInput, match="none usable"):
        labelled.run(labelled.entries(path, OWN)[:1], fakes.tools())


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("gone.png,A,blast,,,", r"gone\.png"),
        ("middle.png,A,blast,5,,", "both x and y"),
        ("middle.png,A,blast,,,99", "um_per_px"),
        ("middle.png,A,Blasto,,,", "Blasto"),
    ],
)
def test_wrong_tables_are_refused(tmp_path, line, word):
    pictures(tmp_path)
    with pytest.raises(BadInput, match=word):
        labelled.entries(table(tmp_path, "image,patient,class,x,y,um_per_px", line), OWN)


def test_an_empty_folder_says_how_pictures_should_lie(tmp_path):
    with pytest.raises(BadInput, match=r"patient/class/picture\.png"):
        labelled.entries(tmp_path, OWN)
