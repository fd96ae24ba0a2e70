"""Pages for people: what runs here, and the reference of the interface. They load nothing from other hosts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producer_gateway.api import reference

_STATIC = Path(__file__).parent / "static"
_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HTML = "text/html; charset=utf-8"


def routes(openapi: Mapping[str, Any], asyncapi: bytes) -> list[Route]:
    """All of it is made once, when the app is."""
    return [
        _fixed("/", (_STATIC / "index.html").read_bytes(), _HTML),
        _fixed("/page.css", (_STATIC / "page.css").read_bytes(), "text/css; charset=utf-8"),
        _fixed("/api/docs", reference.page(openapi).encode(), _HTML),
        _fixed("/api/openapi.json", orjson.dumps(openapi), "application/json"),
        _fixed("/api/asyncapi.json", asyncapi, "application/json"),
    ]


def _fixed(path: str, content: bytes, media_type: str) -> Route:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}

    async def page(request: Request) -> Response:
        return Response(content, headers=headers, media_type=media_type)

    return Route(path, page)
