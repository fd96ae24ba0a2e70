"""Pages for people: what runs here, and the reference of the interface. They load nothing from other hosts."""

from pathlib import Path

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from producer_gateway.api import reference

_STATIC = Path(__file__).parent / "static"
_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HTML = "text/html; charset=utf-8"


def router(openapi: bytes, asyncapi: bytes) -> APIRouter:
    """All of it is made once, when the app is."""
    found = APIRouter(include_in_schema=False)
    for path, content, media_type in (
        ("/", (_STATIC / "index.html").read_bytes(), _HTML),
        # Whatever stands there: the page says nothing of the seat, so that opening a link does nothing.
        ("/c/{token}", (_STATIC / "seat.html").read_bytes(), _HTML),
        ("/page.css", (_STATIC / "page.css").read_bytes(), "text/css; charset=utf-8"),
        ("/api/docs", reference.page(orjson.loads(openapi)).encode(), _HTML),
        ("/api/openapi.json", openapi, "application/json"),
        ("/api/asyncapi.json", asyncapi, "application/json"),
    ):
        _fix(found, path, content, media_type)
    return found


def _fix(router: APIRouter, path: str, content: bytes, media_type: str) -> None:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}

    @router.api_route(path, methods=["GET", "HEAD"])
    async def page() -> Response:
        return Response(content, headers=headers, media_type=media_type)
