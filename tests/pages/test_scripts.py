"""Components fetch their scripts once, from an address of ours; the messages that draw them have none."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.errors import NotFound
from pages.components import links, scripts, served

COMPONENTS = Path(scripts.__file__).parent
BOARD = COMPONENTS / "cell_board"


def addressed(text: str) -> str:
    return text.partition("/api/script/")[2].partition('"')[0]


def test_a_script_is_its_files_in_their_order_and_another_content_has_another_address(tmp_path):
    one, two = tmp_path / "one.js", tmp_path / "two.js"
    one.write_text("const a = 'ä';", encoding="utf-8")
    two.write_text("export default () => a;", encoding="utf-8")
    forth, back = addressed(scripts.loader("part", [one, two])), addressed(scripts.loader("part", [two, one]))
    assert forth != back
    assert scripts.content(forth).decode() == "const a = 'ä';\nexport default () => a;"
    assert addressed(scripts.loader("part", [one, two])) == forth
    with pytest.raises(NotFound):
        scripts.content("part-0000.js")


def test_a_browser_gets_it_as_a_script_that_it_may_keep(tmp_path):
    file = tmp_path / "one.js"
    file.write_text("export default () => {};", encoding="utf-8")
    part = addressed(scripts.loader("kept", [file]))
    with TestClient(Starlette(routes=served.ROUTES)) as client:
        answer = client.get(f"/api/script/{part}")
        assert answer.text == "export default () => {};"
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
        assert client.get("/api/script/kept-another.js").status_code == 404


@pytest.mark.parametrize("base", ["", "hema/board", "/hema/board/"])
def test_it_lies_where_the_component_looks_for_it_under_a_base_path_too(tmp_path, monkeypatch, base):
    """Streamlit answers whatever it does not know with its page: a browser would be given that for a script."""
    file = tmp_path / "one.js"
    file.write_text("export default () => {};", encoding="utf-8")
    monkeypatch.setattr(links.st, "get_option", {"server.baseUrlPath": base}.get)
    address = scripts.loader("based", [file]).partition('new URL("')[2].partition('"')[0]
    assert address.startswith("/hema/board/api/" if base else "/api/")
    with TestClient(Starlette(routes=served.routes())) as client:
        assert client.get(address).text == "export default () => {};"
        assert client.get(f"/api/script/{addressed(address + chr(34))}").status_code == 200
        assert client.get("/hema/board/api/picture/case/image").status_code == (403 if base else 404)


def test_a_gallery_and_a_field_come_without_their_scripts(house, marrow, opened):
    case = house.finished(marrow, 2)
    at = opened("case", case=case)
    at.session_state[f"case.section.{case}"] = "Cells"
    elements = at.run().get("bidi_component")
    drawn = {element.proto.component_name: element.proto for element in elements}
    assert "hemaboard_cells" in drawn
    said = drawn["hemaboard_cells"].js_content
    assert len(said) < 600
    whole = sum(file.stat().st_size for file in BOARD.glob("*.js"))
    assert len(scripts.content(addressed(said))) >= whole
