"""Routes beside the pages: fonts, pictures, crops. Same origin only, no CORS header, pictures by signed address."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.charts import sprites
from core.charts.picture import WIDEST, for_screen
from core.errors import HemaboardError, NotFound
from core.teaching import synthetic
from pages.components import (
    label_free_views,
    links,
    report_held,
    resources,
    robustness_scenes,
    scripts,
    slide_found,
    slide_tiles,
)
from pages.components.cell_board import decks
from pages.components.field_viewer.component import sheet
from pages.components.kept import Kept

STATIC = Path(__file__).parents[1] / "static"
TILES_AT_ONCE = CapacityLimiter(4)  # a browser asks for many; pages and other pictures shall not wait for them
ROOM = 96_000_000  # bytes of pictures made for screens, held for whoever looks at them next
WHOLE = 6000  # pixels on the longer side when somebody looks closer: every one that a camera has
# A day, and no longer: what is deleted here should not stay in browsers for a year.
UNCHANGING = {
    "Cache-Control": "private, max-age=86400, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


# A sheet or a picture is made once, not for everybody who looks at it.
drawn_once: Kept[bytes] = Kept(ROOM, len)


def _own(request: Request) -> bool:
    """Browsers say where a request comes from; a page of another site is refused, old browsers have the signature."""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _allowed(request: Request, kind: str, item: str) -> bool:
    path = request.path_params
    return _own(request) and links.is_ours(kind, path["case"], path[item], request.query_params.get("sig", ""))


async def picture(request: Request) -> Response:
    if not _allowed(request, "picture", "image"):
        return PlainTextResponse("This address is not valid (any more). Open the case again.", 403)
    case_id, image_id = request.path_params["case"], request.path_params["image"]
    longest = WHOLE if "whole" in request.query_params else WIDEST
    return await _answer(lambda: _picture(case_id, image_id, longest), "image/webp")


async def crop(request: Request) -> Response:
    if not _allowed(request, "crop", "cell"):
        return PlainTextResponse("This address is not valid (any more). Open the case again.", 403)
    case_id, cell_id = request.path_params["case"], request.path_params["cell"]
    return await _answer(lambda: resources.store().crop(case_id, cell_id), "image/png")


async def outlines(request: Request) -> Response:
    """The cells of one field, for the field viewer."""
    path = request.path_params
    case_id, run_id, image_id = path["case"], path["run"], path["image"]
    signature = request.query_params.get("sig", "")
    if not _own(request) or not links.is_ours("outlines", case_id, f"{run_id}/{image_id}", signature):
        return PlainTextResponse("This address is not valid (any more). Open the case again.", 403)
    return await _answer(lambda: _outlines(case_id, run_id, image_id), "application/json")


async def cells(request: Request) -> Response:
    """What a gallery shows: its cells in columns, sheets of their pictures, reference cells beside one of them."""
    if not _allowed(request, "cells", "deck"):
        return PlainTextResponse("This address is not valid (any more). Open the case again.", 403)
    path, asked = request.path_params, request.query_params
    case_id, deck_id, of = path["case"], path["deck"], asked.get("of", "")
    if path["part"] == "columns":
        return await _answer(lambda: _deck(case_id, deck_id).body, "application/json")
    if path["part"] == "beside":
        answer = await _answer(lambda: _beside(case_id, deck_id, of), "application/json")
        answer.headers["Cache-Control"] = "no-store"  # every review may change it
        return answer
    if path["part"] == "saliency":
        return await _answer(lambda: _spoke(case_id, deck_id, of), "image/png")
    side = sprites.SIDES[asked.get("side") != str(sprites.SIDES[0])]
    return await _answer(lambda: _sheet(case_id, deck_id, of, side, asked.get("alone") == "1"), "image/webp")


async def report(request: Request) -> Response:
    """One page of a report, as a picture."""
    path = request.path_params
    case_id, sha256, page = path["case"], path["sha256"], path["page"]
    signature = request.query_params.get("sig", "")
    if not _own(request) or not links.is_ours("report", case_id, f"{sha256}/{page}", signature):
        return PlainTextResponse("This address is not valid (any more). Open the report again.", 403)
    return await _answer(lambda: _sheet_of(case_id, sha256, page), "image/png")


async def scene(request: Request) -> Response:
    """A tested cell among other surroundings."""
    path = request.path_params
    case_id, number, cell, setting = path["case"], path["number"], path["cell"], path["setting"]
    signature = request.query_params.get("sig", "")
    if not _own(request) or not links.is_ours("scene", case_id, f"{number}/{cell}/{setting}", signature):
        return PlainTextResponse("This address is not valid (any more). Open the page again.", 403)
    return await _answer(lambda: robustness_scenes.scene(case_id, number, cell, setting), "image/png")


async def tile(request: Request) -> Response:
    """A tile of a whole slide. One signature opens the slide, not a tile: a viewer asks for hundreds."""
    if not _allowed(request, "tiles", "slide"):
        return PlainTextResponse("This address is not valid (any more). Open the page again.", 403)
    path = request.path_params
    case_id, slide_id, place = path["case"], path["slide"], (path["zoom"], path["column"], path["row"])
    return await _answer(lambda: slide_tiles.tile(case_id, slide_id, *place), "image/jpeg", TILES_AT_ONCE)


async def slide_cells(request: Request) -> Response:
    """The cells that a run found on a slide, as points."""
    if not _allowed(request, "slide-cells", "run"):
        return PlainTextResponse("This address is not valid (any more). Open the page again.", 403)
    case_id, run_id = request.path_params["case"], request.path_params["run"]
    answer = await _answer(lambda: slide_found.points(case_id, run_id), "application/json")
    answer.headers["Cache-Control"] = "no-store"  # every review may change it
    return answer


async def drawn(request: Request) -> Response:
    """A synthetic cell, made in memory from its number."""
    number = request.path_params["number"]
    if not _own(request) or not links.is_ours("drawn", "cell", number, request.query_params.get("sig", "")):
        return PlainTextResponse("This address is not valid (any more). Open the page again.", 403)
    return await _answer(lambda: synthetic.picture(number), "image/png")


async def script(request: Request) -> Response:
    """The script of a component of ours, the same for everybody."""
    return await _answer(lambda: scripts.content(request.path_params["part"]), "text/javascript")


async def font(_: Request) -> Response:
    return FileResponse(STATIC / "inter.woff2", media_type="font/woff2", headers=UNCHANGING)


def _outlines(case_id: str, run_id: str, image_id: str) -> bytes:
    resources.store().case(case_id)  # what was seen is held in memory, also of a case that was deleted
    return sheet(case_id, image_id, resources.seen(case_id, run_id))


def _sheet_of(case_id: str, sha256: str, page: int) -> bytes:
    resources.store().case(case_id)  # as above
    return report_held.picture(sha256, page)


def _deck(case_id: str, deck_id: str) -> decks.Held:
    resources.store().case(case_id)  # as above
    return decks.by_id(case_id, deck_id)


def _sheet(case_id: str, deck_id: str, of: str, side: int, alone: bool) -> bytes:
    held = _deck(case_id, deck_id)
    chosen = held.chosen(of)

    def made() -> bytes:
        return held.sheet(chosen, resources.store().crops(case_id, chosen), side, alone=alone)

    return drawn_once.get(("sheet", case_id, deck_id, of, side, alone), made)


def _spoke(case_id: str, deck_id: str, of: str) -> bytes:
    """Where one label-free cell's call comes from; a blinded reader may not see it."""
    held = decks.by_id(case_id, deck_id)
    if held.deck.blinded:
        raise NotFound("what spoke for a call", "a reading without calls", "Look at it once they are revealed.")
    return label_free_views.saliency_of(case_id, held.chosen(of)[0])


def _beside(case_id: str, deck_id: str, of: str) -> bytes:
    held = _deck(case_id, deck_id)
    return json.dumps(held.beside(held.chosen(of)[0], resources.store().reviews(case_id))).encode()


def _picture(case_id: str, image_id: str, longest: int) -> bytes:
    store = resources.store()
    modality = store.case(case_id).info.modality  # a case that was deleted shows nothing any more

    def made() -> bytes:
        return for_screen(store.picture(case_id, image_id), modality, longest)

    return drawn_once.get(("picture", case_id, image_id, longest), made)


async def _answer(make: Callable[[], bytes], kind: str, at_once: CapacityLimiter | None = None) -> Response:
    try:
        return Response(await run_sync(make, limiter=at_once), media_type=kind, headers=UNCHANGING)
    except NotFound as error:
        return PlainTextResponse(str(error), 404)
    except HemaboardError as error:
        return PlainTextResponse(str(error), 409)


PATHS: tuple[tuple[str, Callable[[Request], Awaitable[Response]]], ...] = (
    ("/fonts/inter.woff2", font),
    ("/api/script/{part}", script),
    ("/api/picture/{case}/{image}", picture),
    ("/api/crop/{case}/{cell}", crop),
    ("/api/report/{case}/{sha256}/{page:int}", report),
    ("/api/drawn/cell/{number}", drawn),
    ("/api/scene/{case}/{number:int}/{cell}/{setting}", scene),
    ("/api/tiles/{case}/{slide}/{zoom:int}/{column:int}/{row:int}", tile),
    ("/api/slide-cells/{case}/{run}", slide_cells),
    ("/api/outlines/{case}/{run}/{image}", outlines),
    ("/api/cells/{case}/{deck}/{part}", cells),
)


def routes() -> list[Route]:
    """Under the base path a site may have set, where Streamlit's own routes are too; and without it, for who takes it
    off on the way, and for the font, whose address stands in a file."""
    return [Route(at, answer) for path, answer in PATHS for at in dict.fromkeys((path, links.here(path)))]


ROUTES = routes()
