"""Taking files in: received to disk, recognised by their bytes, images drawn anew, then stored."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from domain.media import Content, Media, Purpose, Variant
from producer_gateway.api import imaging
from producer_gateway.api.guarding import BodyLimits
from producer_gateway.api.imaging import BadImage, Drawn, DrawnPair
from producer_gateway.api.problems import ProblemError, bad_field
from producer_gateway.api.sniffing import ALL_TYPES, IMAGES, clean_name, sniff
from producer_gateway.threads import Threads, TooBusy
from schemas.errors import ErrorCode
from schemas.ids import new_media_id
from schemas.metrics import MEDIA_REFUSED, MEDIA_STORED_BYTES
from store.ports import MediaFiles

_ROUTES = re.compile(r"POST /api/media|PUT /api/users/[^/]+/picture")
_AROUND_BYTES = 64 * 1024
"""What a multipart body may have besides the file."""
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class MediaConfig:
    max_bytes: int = 25 * 1024 * 1024
    max_pixels: int = 40_000_000
    """Of an image, all frames together: what decoding it may cost in memory, at four bytes each."""
    types: frozenset[str] = frozenset(ALL_TYPES)
    seconds: float = 300.0
    """How long an upload may take to arrive."""
    at_once: int = 16
    """Uploads that are received at a time, each to a temporary file of at most `max_bytes`."""


def limits_by_route(config: MediaConfig, others: BodyLimits) -> Callable[[Scope], BodyLimits]:
    """Uploads may be larger than other bodies, and take longer."""
    uploads = BodyLimits(config.max_bytes + _AROUND_BYTES, config.seconds)

    def limits(scope: Scope) -> BodyLimits:
        return uploads if _ROUTES.fullmatch(f"{scope['method']} {scope['path']}") else others

    return limits


@dataclass(frozen=True, slots=True)
class _Prepared:
    original: Content
    thumbnail: Content | None
    files: Mapping[Variant, BinaryIO]


class Uploads:
    """Whatever is wrong with a file is a ProblemError: `invalid_frame`, `too_large`, `content_forbidden`."""

    def __init__(self, media: MediaFiles, threads: Threads, now: Callable[[], datetime], config: MediaConfig) -> None:
        self._media = media
        self._threads = threads
        self._now = now
        self._config = config
        self._under_way = 0

    async def take(self, request: Request, uploader: str, purpose: Purpose) -> Media:
        """Receive, check and store the file of a multipart request. Raises ProblemError, TooBusy."""
        with self._slot():
            try:
                async with request.form(max_files=1, max_fields=8) as form:
                    return await self._store(_file(form), uploader, purpose)
            except ClientDisconnect:
                raise ProblemError(ErrorCode.INVALID_FRAME, "The body ended early.") from None

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if self._under_way >= self._config.at_once:
            raise TooBusy
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def _store(self, file: UploadFile, uploader: str, purpose: Purpose) -> Media:
        if not file.size:
            raise bad_field("file", "The file is empty")
        if file.size > self._config.max_bytes:
            raise ProblemError(ErrorCode.TOO_LARGE, f"Files may have {self._config.max_bytes} bytes.")
        prepared = await self._threads.run(lambda: _prepare(file.file, purpose, self._config))
        media = Media(
            id=new_media_id(),
            uploader=uploader,
            purpose=purpose,
            name=clean_name(file.filename),
            created_at=self._now(),
            original=prepared.original,
            thumbnail=prepared.thumbnail,
        )
        await self._media.keep(media, prepared.files)
        MEDIA_STORED_BYTES.labels(purpose.value).inc(prepared.original.size)
        return media


def _file(form: FormData) -> UploadFile:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise bad_field("file", "One file is expected, in a field of this name")
    return file


def _prepare(file: BinaryIO, purpose: Purpose, config: MediaConfig) -> _Prepared:
    """In a thread. Raises ProblemError."""
    found = sniff(file)
    taken = config.types & IMAGES.keys() if purpose is Purpose.PICTURE else config.types
    if found is None or found not in taken:
        MEDIA_REFUSED.labels("type").inc()
        raise ProblemError(ErrorCode.CONTENT_FORBIDDEN, "Files of this type are not taken.")
    if found not in IMAGES:
        return _Prepared(_content(file, found), None, {Variant.ORIGINAL: file})
    draw = imaging.redraw_picture if purpose is Purpose.PICTURE else imaging.redraw
    try:
        return _both(draw(file, found, config.max_pixels))
    except BadImage as error:
        MEDIA_REFUSED.labels("image").inc()
        raise ProblemError(ErrorCode.CONTENT_FORBIDDEN, str(error)) from None


def _both(pair: DrawnPair) -> _Prepared:
    return _Prepared(
        _drawn(pair.original),
        _drawn(pair.thumbnail),
        {Variant.ORIGINAL: pair.original.file, Variant.THUMBNAIL: pair.thumbnail.file},
    )


def _drawn(drawn: Drawn) -> Content:
    return _content(drawn.file, drawn.type, drawn.width, drawn.height)


def _content(file: BinaryIO, media_type: str, width: int | None = None, height: int | None = None) -> Content:
    """Reads the file whole, and leaves it at its start."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return Content(media_type, size, digest.hexdigest()[:32], width, height)
