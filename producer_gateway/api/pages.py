"""Pages for people: the web app, and the reference of the interface. They load nothing from other hosts."""

import gzip
from pathlib import Path

import orjson
from fastapi import APIRouter, Request
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.responses import HTMLResponse, Response

from producer_gateway.api import reference
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.web_app import File, WebApp
from schemas.errors import ErrorCode

_STATIC = Path(__file__).parent / "static"
_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_FILES_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
"""What the service worker, which is one of the files, runs under: a worker does not inherit its page's policy."""
_HTML = "text/html; charset=utf-8"
_READ = ["GET", "HEAD"]
_KEEP = "public, max-age=31536000, immutable"
_ASK = "no-cache"


class _PageConvertor(PathConvertor):
    """Any path but those of the interface, which say for themselves what is not there."""

    regex = "(?!api(?:/|$)).*"


register_url_convertor("page", _PageConvertor())


def router(openapi: bytes, asyncapi: bytes, app: WebApp) -> APIRouter:
    """All of it is made once, when the app is. To be included last: its pages are whatever no other route is."""
    found = APIRouter(include_in_schema=False)
    for path, content, media_type in (
        ("/page.css", (_STATIC / "page.css").read_bytes(), "text/css; charset=utf-8"),
        ("/api/docs", reference.page(orjson.loads(openapi)).encode(), _HTML),
        ("/api/openapi.json", openapi, "application/json"),
        ("/api/asyncapi.json", asyncapi, "application/json"),
    ):
        _fix(found, path, content, media_type)
    _serve(found, app)
    return found


def _fix(router: APIRouter, path: str, content: bytes, media_type: str) -> None:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": _ASK}

    @router.api_route(path, methods=_READ)
    async def page() -> Response:
        return Response(content, headers=headers, media_type=media_type)


def _serve(router: APIRouter, app: WebApp) -> None:
    @router.api_route("/{path:page}", methods=_READ)
    async def page(path: str, request: Request) -> Response:
        """A file of the app; else its document, whatever the path: a link that is opened does nothing by itself."""
        if (file := app.files.get(path)) is not None:
            return _answer(file, request)
        document = app.page()
        if path.startswith("assets/") or document is None:
            raise ProblemError(ErrorCode.NOT_FOUND, None if document else "The web app is not built: `make setup`.")
        text, policy = document
        headers = {"Content-Security-Policy": policy, "Cache-Control": _ASK, "Vary": "Accept-Encoding", **_robots(path)}
        if "gzip" not in _taken(request):
            return HTMLResponse(text, headers=headers)
        # Nothing that anybody else chose stands beside the nonce: its length gives nothing of it away.
        return HTMLResponse(gzip.compress(text.encode()), headers={**headers, "Content-Encoding": "gzip"})


def _robots(path: str) -> dict[str, str]:
    return {"X-Robots-Tag": "noindex"} if path.startswith("c/") else {}


def _answer(file: File, request: Request) -> Response:
    headers = {
        "Content-Security-Policy": _FILES_POLICY,
        "Cache-Control": _KEEP if file.kept else _ASK,
        "Vary": "Accept-Encoding",
    }
    taken = _taken(request)
    coding = next((each for each in file.encoded if each in taken), None)
    if coding is None:
        return Response(file.content, headers=headers, media_type=file.media_type)
    return Response(file.encoded[coding], headers={**headers, "Content-Encoding": coding}, media_type=file.media_type)


def _taken(request: Request) -> set[str]:
    """The content codings that whoever asks takes."""
    return {each.partition(";")[0].strip() for each in request.headers.get("accept-encoding", "").split(",")}
