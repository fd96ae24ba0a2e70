"""Files that people share: what is kept of each, and how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.rest import MediaView, PreviewView

KEEP_UNREFERENCED = timedelta(days=1)
"""How long an upload that nothing carries stays, and how often it is asked whether anything carries it."""
KEEP_UNFINISHED = timedelta(hours=1)
"""How long an upload may take before its remains are removed."""
KEEP_CLAIMED = timedelta(days=14)
"""How long a command that carries it may be on its way: longer than Kafka keeps it (6 days, then 7)."""
ASK_CLAIMED_AGAIN = timedelta(hours=1)


class Purpose(StrEnum):
    MESSAGE = "message"
    """Seen by its uploader, and by the members of conversations in which a message carries it."""
    PICTURE = "picture"
    """A user's picture, seen by everybody who is signed in."""


class Variant(StrEnum):
    ORIGINAL = "original"
    THUMBNAIL = "thumbnail"


@dataclass(frozen=True, slots=True)
class Content:
    """One stored file. `digest` names its bytes, `width` and `height` are an image's."""

    type: str
    size: int
    digest: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """An upload as it was taken in: checked, and an image drawn anew."""

    id: str
    uploader: str
    purpose: Purpose
    name: str
    created_at: datetime
    original: Content
    thumbnail: Content | None = None

    def content(self, variant: Variant) -> Content | None:
        return self.original if variant is Variant.ORIGINAL else self.thumbnail

    def view(self) -> MediaView:
        """What those who may see it are told."""
        preview = self.thumbnail
        return MediaView(
            id=self.id,
            uploader=self.uploader,
            name=self.name,
            type=self.original.type,
            size=self.original.size,
            width=self.original.width,
            height=self.original.height,
            thumbnail=None
            if preview is None
            else PreviewView(type=preview.type, size=preview.size, width=preview.width, height=preview.height),
            created_at=self.created_at,
        )
