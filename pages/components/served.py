"""Routes beside the pages: fonts, pictures, crops. Same origin only, no CORS header, pictures by signed address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.charts.picture import for_screen
from core.errors import NotFound
from pages.components import links, resources

STATIC = Path(__file__).parents[1] / "static"
# A day, and no longer: what is deleted here should not stay in browsers for a year.
UNCHANGING = {
    "Cache-Control": "private, max-age=86400, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


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
    return await _answer(lambda: _picture(case_id, image_id), "image/webp")


async def crop(request: Request) -> Response:
    if not _allowed(request, "crop", "cell"):
        return PlainTextResponse("This address is not valid (any more). Open the case again.", 403)
    case_id, cell_id = request.path_params["case"], request.path_params["cell"]
    return await _answer(lambda: resources.store().crop(case_id, cell_id), "image/png")


async def font(_: Request) -> Response:
    return FileResponse(STATIC / "inter.woff2", media_type="font/woff2", headers=UNCHANGING)


def _picture(case_id: str, image_id: str) -> bytes:
    store = resources.store()
    return for_screen(store.picture(case_id, image_id), store.case(case_id).info.modality)


async def _answer(make: Callable[[], bytes], kind: str) -> Response:
    try:
        return Response(await run_in_threadpool(make), media_type=kind, headers=UNCHANGING)
    except NotFound as error:
        return PlainTextResponse(str(error), 404)


ROUTES = [
    Route("/fonts/inter.woff2", font),
    Route("/api/picture/{case}/{image}", picture),
    Route("/api/crop/{case}/{cell}", crop),
]
