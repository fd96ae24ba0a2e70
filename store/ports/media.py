"""Files."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import BinaryIO, Protocol

from domain.media import Media, Variant


class MediaFiles(Protocol):
    """Uploads and their contents. What a message that is not deleted carries, or a user shows as his picture, is
    referenced: messages and users are the truth about that, nothing is counted. The rest goes after a while."""

    async def keep(self, media: Media, contents: Mapping[Variant, BinaryIO]) -> None:
        """Store an upload with the contents that it names, each from where its file stands. Nobody sees it before
        all of it is there. Raises StoreUnavailable also when that took longer than KEEP_UNFINISHED."""

    async def visible(self, user: str, ids: Iterable[str]) -> Mapping[str, Media]:
        """Those of them that this user may see: his own, pictures, and what messages carry in conversations of which
        he is a member. Deleted messages carry nothing."""

    async def claim(self, user: str, ids: Iterable[str], key: str, now: datetime) -> frozenset[str]:
        """Say that the command of this key is about to carry these. They stay at least until it has its outcome, or
        KEEP_CLAIMED is over. Returns those that he cannot send: not there, a picture, or not visible to him; then
        none was claimed. Repeating it changes nothing."""

    async def read(self, media: str, variant: Variant, start: int, limit: int) -> bytes:
        """At most `limit` bytes of a content from `start` on; nothing at its end, or when it is there no more."""

    async def sweep(self, now: datetime, limit: int) -> int:
        """Look at no more than `limit` media that are due, and remove those among them that nothing refers to and no
        command on its way claims, and what was never finished. Returns how many it looked at. Any number of sweeps may
        run at once, or end anywhere: the next goes on."""
