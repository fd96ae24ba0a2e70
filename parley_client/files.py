"""Files over REST: upload, look up, load."""

from collections.abc import Awaitable, Iterable, Sequence
from typing import IO, Protocol

import httpx

from parley_client.models import Media
from schemas.base import Consumed

TRANSFER_SECONDS = 300.0


class Request(Protocol):
    """A signed request, which raises as every one of `Rest` does."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, Sequence[str]] = ...,
        files: dict[str, tuple[str, bytes | IO[bytes]]] = ...,
        headers: dict[str, str] = ...,
        timeout: float = ...,
    ) -> Awaitable[httpx.Response]: ...


class _MediaList(Consumed):
    media: tuple[Media, ...]


class Files:
    """One user's files. Every method raises what those of `Rest` raise."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def upload(self, name: str, content: bytes | IO[bytes]) -> Media:
        """Its `id` is for a message's `media`; what no message carries within a day goes."""
        return await self._send("POST", "/media", name, content)

    async def set_picture(self, user: str, name: str, content: bytes | IO[bytes]) -> Media:
        """One's own picture: a square out of the middle of this image."""
        return await self._send("PUT", f"/users/{user}/picture", name, content)

    async def remove_picture(self, user: str) -> None:
        await self._request("DELETE", f"/users/{user}/picture")

    async def look_up(self, ids: Iterable[str]) -> Sequence[Media]:
        """Those of them (at most 100) that one may see."""
        response = await self._request("GET", "/media", params={"id": tuple(ids)})
        return _MediaList.model_validate_json(response.content).media

    async def load(self, media: str, *, start: int = 0, stop: int | None = None, thumbnail: bool = False) -> bytes:
        """The file, or its bytes from `start` up to but not including `stop`, or its thumbnail. Raises NotFound."""
        path = f"/media/{media}/thumbnail" if thumbnail else f"/media/{media}"
        part = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"} if start or stop is not None else {}
        return (await self._request("GET", path, headers=part, timeout=TRANSFER_SECONDS)).content

    async def _send(self, method: str, path: str, name: str, content: bytes | IO[bytes]) -> Media:
        response = await self._request(method, path, files={"file": (name, content)}, timeout=TRANSFER_SECONDS)
        return Media.model_validate_json(response.content)
