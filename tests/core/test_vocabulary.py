"""The shipped vocabularies say what FACTS.md says; a site's file is read or refused by its line."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab

from core.errors import BadSettings, NotFound
from core.records import Specimen
from core.vocabulary import SHIPPED, vocabularies, vocabulary

SHIPPED16 = (
    "blast promyelocyte promonocyte myelocyte metamyelocyte band segmented eosinophil basophil monocyte "
    "lymphocyte variant_lymphocyte plasma_cell erythroblast smudge other"
)
TEXT = (SHIPPED / "shipped16.toml").read_text(encoding="utf-8").replace('id = "shipped16"', 'id = "site"')


def site(folder, text=TEXT):
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return vocabulary("site", folder)


def test_shipped16_is_as_agreed():
    words = vocabulary("shipped16")
    assert words.codes == tuple(SHIPPED16.split())
    assert words.cblc_name == "CBLC-3"
    assert words.members("cblc") == {"blast", "promyelocyte", "promonocyte"}
    assert words.members("blasts") == {"blast", "promonocyte"}
    assert words.members("promyelocyte") == {"promyelocyte"}
    never = {"smudge", "other"}
    assert {c.code for c in words.counted(Specimen.MARROW)} == set(words.codes) - never
    assert {c.code for c in words.counted(Specimen.BLOOD)} == set(words.codes) - never - {"erythroblast"}
    lymphoid = {"lymphocyte", "variant_lymphocyte", "plasma_cell"}
    assert words.members("myeloid") == set(words.codes) - never - lymphoid - {"erythroblast"}


def test_cblc8_is_the_papers_and_says_whose_reading_it_is():
    words = vocabulary("cblc8")
    assert len(words.classes) == 16
    assert words.members("cblc") == {"N", "N1", "M", "M1", "R", "R1", "J", "J1"}
    assert "Our reading" in words.reading
    for one in words.classes:
        assert re.search(r"Our reading|Placeholder of ours", one.description), one.code
        assert one.code.startswith("x_") == ("Placeholder" in one.description)


def test_label_free_classes_are_counted_and_sum_to_nothing():
    words = vocabulary("dpc4")
    assert words.codes == ("lymphocyte", "granulocyte", "monocyte", "other")
    for specimen in Specimen:
        assert [c.code for c in words.counted(specimen)] == ["lymphocyte", "granulocyte", "monocyte"]
    assert not any(c.composites for c in words.classes)
    assert words.cblc_name == ""


@pytest.mark.parametrize("id", ["shipped16", "cblc8", "dpc4"])
def test_colours_stay_apart_for_everyone(id):
    """CIEDE2000 between any two, as seen and as simulated for protan and deutan eyes (Machado et al. 2009)."""
    protan = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    deutan = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    coded = np.array([[int(c.colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in vocabulary(id).classes])
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    for eye in (np.eye(3), protan, deutan):
        shown = np.clip(linear @ np.transpose(eye), 0, 1)
        shown = np.where(shown <= 0.0031308, shown * 12.92, 1.055 * shown ** (1 / 2.4) - 0.055)
        seen = rgb2lab(shown[None])[0]
        assert min(deltaE_ciede2000(a, b) for a, b in itertools.combinations(seen, 2)) > 9.5
    brightness = linear @ [0.2126, 0.7152, 0.0722]
    dark = 0.0055  # #0e1117
    assert (1.05 / (brightness + 0.05)).min() >= 3
    assert ((brightness + 0.05) / (dark + 0.05)).min() >= 3


@pytest.mark.parametrize("id", ["shipped16", "cblc8", "dpc4"])
def test_every_class_is_complete_and_crosswalks_arrive(id):
    words = vocabulary(id)
    assert len({c.key for c in words.classes}) == len(words.classes)
    for one in words.classes:
        assert all((one.name, one.plural, one.lineage, one.key, one.description))
        for other, code in one.crosswalk:
            assert vocabulary(other)[code].code == code
            back = {there for where, there in vocabulary(other)[code].crosswalk if where == id}
            assert one.code in back, f"{other}.{code} does not lead back to {one.code}"


def test_a_site_adds_its_own_without_code(tmp_path):
    words = site(tmp_path)
    assert words.id == "site"
    assert words.classes == vocabulary("shipped16").classes
    assert vocabularies(tmp_path) == ("cblc8", "dpc4", "shipped16", "site")
    assert vocabulary("cblc8", tmp_path).id == "cblc8"


def changed(old: str, new: str, nth: int = 1) -> tuple[str, int]:
    """The text with the nth line that equals `old` replaced, and that line's number."""
    lines = TEXT.split("\n")
    at = [number for number, line in enumerate(lines) if line == old][nth - 1]
    return "\n".join([*lines[:at], *([new] if new else []), *lines[at + 1 :]]), at + 1


HEADER = TEXT.split("\n").index("[[class]]") + 1
FAULTS = {
    "repeated code": (*changed('code = "band"', 'code = "segmented"'), "a code of its own", 11),
    "repeated name": (*changed('name = "monocyte"', 'name = "Blast"'), "a name of its own", 0),
    "repeated key": (*changed('key = "x"', 'key = "b"'), "a key of its own", 0),
    "repeated colour": (*changed('colour = "#695a78"', 'colour = "#B42D2D"'), "a colour of its own", 0),
    "long key": (*changed('key = "x"', 'key = "xx"'), "one small letter or digit", 0),
    "bad code": (*changed('code = "band"', 'code = "band cell"'), "a letter, then letters", 0),
    "bad colour": (*changed('colour = "#695a78"', 'colour = "grey"'), "a colour as '#rrggbb'", 0),
    "unknown specimen": (*changed('counted = ["marrow"]', 'counted = ["spleen"]'), "'spleen'", 0),
    "counted as text": (*changed('counted = ["marrow"]', 'counted = "marrow"'), "a list for 'counted'", 0),
    "unknown composite": (*changed('composites = ["smudge"]', 'composites = ["smuge"]'), "'smuge'", 0),
    "counted smudge": (*changed("counted = []", 'counted = ["blood"]'), "smudge cells outside every denominator", 0),
    "both": (
        *changed('composites = ["cblc", "myeloid", "promyelocyte"]', 'composites = ["blasts", "promyelocyte"]'),
        "found both",
        0,
    ),
    "typing error": (*changed('key = "x"', 'kee = "x"'), "'kee'", 0),
    "number for text": (*changed('lineage = "erythroid"', "lineage = 3"), "text for 'lineage'", 0),
    "unknown crosswalk": (
        *changed('crosswalk = { cblc8 = ["x_other"] }', 'crosswalk = { cblc8 = ["Q"] }'),
        "a class of cblc8",
        0,
    ),
    "unknown vocabulary": (
        *changed('crosswalk = { cblc8 = ["x_other"] }', 'crosswalk = { cblc9 = ["N"] }'),
        "'cblc9'",
        0,
    ),
    "crosswalk as text": (*changed('crosswalk = { cblc8 = ["x_other"] }', 'crosswalk = "N"'), "lists of codes", 0),
    "wrong id": (TEXT.replace('id = "site"', 'id = "else"'), TEXT.split("\n").index('id = "site"') + 1, "'else'", 0),
    "unknown head": ("wrong = 1\n" + TEXT, 1, "'wrong'", 0),
    "empty head": (TEXT.replace('cblc_name = "CBLC-3"', 'cblc_name = ""'), HEADER - 3, "text for 'cblc_name'", 0),
    "no cblc": (TEXT.replace('"cblc", ', ""), HEADER + 6, "at least one class in 'cblc'", 0),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_file_is_refused_by_its_line(tmp_path, fault):
    text, line, words, later = FAULTS[fault]
    if later:  # of two that clash, the second is named: the class after the one that was changed
        line = text.split("\n").index('code = "segmented"', line) + 1
    with pytest.raises(BadSettings) as refused:
        site(tmp_path, text)
    assert f"site.toml, line {line}" in str(refused.value)
    assert words in str(refused.value)


def test_a_missing_field_is_refused_at_its_class(tmp_path):
    text, line = changed('lineage = "erythroid"', "")
    with pytest.raises(BadSettings, match=rf"'lineage' in site.toml, line {line - 4} \(class 'erythroblast'\)"):
        site(tmp_path, text)


def test_broken_toml_is_refused_at_its_line(tmp_path):
    text, line = changed('key = "x"', 'key = "x')
    with pytest.raises(BadSettings, match=rf"site.toml.*line {line}"):
        site(tmp_path, text)


def test_words_in_a_long_description_are_not_taken_for_fields(tmp_path):
    text, _ = changed('key = "b"', 'key = "b"\nnotes = """\n[[class]]\ncolour = "x"\n"""')
    text = text.replace('colour = "#695a78"', 'colour = "grey"').replace("notes = ", "description = ")
    text = text.replace('description = "Immature', '# "Immature')
    line = text.split("\n").index('colour = "grey"') + 1
    with pytest.raises(BadSettings, match=f"line {line} "):
        site(tmp_path, text)


def test_a_shipped_id_is_not_to_be_hidden(tmp_path):
    (tmp_path / "shipped16.toml").write_text(TEXT, encoding="utf-8")
    with pytest.raises(BadSettings, match="hides the shipped 'shipped16'"):
        vocabulary("shipped16", tmp_path)


@pytest.mark.parametrize("id", ["nothing", "../vocabularies/shipped16", ""])
def test_unknown_names_are_refused_with_the_known_ones(id):
    with pytest.raises(BadSettings, match="cblc8, dpc4, shipped16"):
        vocabulary(id)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadSettings, match="no folder at"):
        vocabulary("shipped16", tmp_path / "nowhere")


def test_an_unknown_class_is_not_found():
    with pytest.raises(NotFound, match="a class of shipped16"):
        vocabulary("shipped16")["N1"]


LINES = TEXT.split("\n")


@settings(max_examples=120, deadline=None)
@given(st.integers(HEADER - 5, len(LINES) - 1), st.sampled_from(["", "[]", "x = [{}]", "code = [1]", 'class = "a"']))
def test_any_broken_line_ends_in_a_vocabulary_or_a_refusal(tmp_path_factory, line, wrong):
    folder = tmp_path_factory.mktemp("site")
    words, refusal = None, ""
    try:
        words = site(folder, "\n".join([*LINES[:line], wrong, *LINES[line + 1 :]]))
    except BadSettings as refused:
        refusal = str(refused)
    assert words or "site.toml" in refusal
    assert words is None or (words.members("cblc") and len(words.by_code) == len(words.classes))
