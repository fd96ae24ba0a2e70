"""Handing a stored file to a client: whole or a part (RFC 9110), named, and powerless in a browser."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Send

from domain.media import Content, Media, Variant
from producer_gateway.api import problems, ranges
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.ranges import Part, Unsatisfiable
from producer_gateway.api.sniffing import TEXT, is_shown
from schemas.errors import ErrorCode
from store.ports import MediaFiles

_PIECE_BYTES = 512 * 1024
_SEND_SECONDS = 30.0
"""How long a client may take for one piece."""
_POWERLESS = "default-src 'none'; sandbox; frame-ancestors 'none'"


def serve(files: MediaFiles, media: Media, variant: Variant, headers: Mapping[str, str]) -> Response:
    """The answer to a request with these headers. Raises ProblemError when there is no such content."""
    content = media.content(variant)
    if content is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    about = _about(media, content)
    if ranges.is_fresh(headers, about["ETag"]):
        return Response(status_code=304, headers=about)
    try:
        part = ranges.wanted(headers, content.size, about["ETag"])
    except Unsatisfiable:
        return _unsatisfiable(content)
    return _streamed(files, media.id, variant, content, part, about)


def _streamed(
    files: MediaFiles, media: str, variant: Variant, content: Content, part: Part | None, about: dict[str, str]
) -> Response:
    start, stop = part or Part(0, content.size)
    headers = about | {"Content-Length": str(stop - start)}
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size}"
    pieces = _pieces(files, media, variant, start, stop)
    return _Paced(pieces, 200 if part is None else 206, headers, _media_type(content))


class _Paced(StreamingResponse):
    """Gives up a client that does not take what it asked for."""

    async def stream_response(self, send: Send) -> None:
        async def paced(message: Message) -> None:
            async with asyncio.timeout(_SEND_SECONDS):
                await send(message)

        await super().stream_response(paced)


async def _pieces(files: MediaFiles, media: str, variant: Variant, start: int, stop: int) -> AsyncIterator[bytes]:
    """Ends early, and so cuts the connection, when the content is removed meanwhile."""
    while start < stop:
        piece = await files.read(media, variant, start, min(_PIECE_BYTES, stop - start))
        if not piece:
            return
        yield piece
        start += len(piece)


def _about(media: Media, content: Content) -> dict[str, str]:
    """One may see it now, which is no word about later: every use of a kept copy asks first."""
    return {
        "ETag": f'"{content.digest}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": _disposition(media.name, content.type),
        "Content-Security-Policy": _POWERLESS,
        "Cross-Origin-Resource-Policy": "same-site",
    }


def _disposition(name: str, media_type: str) -> str:
    """RFC 6266: the name in ASCII for old clients, whole for all others."""
    kind = "inline" if is_shown(media_type) else "attachment"
    plain = "".join(letter if letter.isascii() and letter not in '"\\%' else "_" for letter in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _media_type(content: Content) -> str:
    return f"{TEXT}; charset=utf-8" if content.type == TEXT else content.type


def _unsatisfiable(content: Content) -> Response:
    error = ProblemError(
        ErrorCode.INVALID_FRAME,
        "The range lies outside of the file.",
        headers={"Content-Range": f"bytes */{content.size}", "Accept-Ranges": "bytes"},
    )
    return problems.response(error, 416)
