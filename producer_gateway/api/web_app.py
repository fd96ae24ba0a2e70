"""The web app as it was built: its files, read once, and the policy that its page runs under.

Every page of the app is the same document; the app's own router tells them apart. The policy (Content Security Policy
level 3) lets in what comes from here and nothing else: scripts are files, never inline; the styles that the app makes
as it runs carry a nonce, drawn anew for every answer. Sockets may lead anywhere, since edges come and go after a page
has been loaded, and who may be talked to is said by `GET /api/connect`.
"""

import mimetypes
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

BUILT = Path(__file__).resolve().parents[2] / "web" / "dist"
INDEX = "index.html"
_NONCE = "__NONCE__"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self' ws: wss:; manifest-src 'self'; worker-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_HASHED = "assets"
_ENCODED = {"br": ".br", "gzip": ".gz"}
"""What the build put beside a file, by content coding, the best one first."""


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    encoded: Mapping[str, bytes]
    """The same, shorter, by content coding (RFC 9110), the best one first."""
    media_type: str
    kept: bool
    """Its name changes with its content: whoever has it needs never ask again."""


@dataclass(frozen=True, slots=True)
class WebApp:
    """What was built; nothing when nothing was."""

    index: str | None = None
    files: Mapping[str, File] = field(default_factory=dict)
    """By path, without a slash before it."""

    @classmethod
    def read(cls, directory: Path = BUILT) -> Self:
        """Reads every file of the directory; one that is missing is an app that was not built."""
        index = directory / INDEX
        if not index.is_file():
            return cls()
        found = (path for path in directory.rglob("*") if path.is_file() and path != index)
        files = {
            path.relative_to(directory).as_posix(): _file(path)
            for path in found
            if path.suffix not in _ENCODED.values()
        }
        return cls(index.read_text(encoding="utf-8"), files)

    def page(self) -> tuple[str, str] | None:
        """The document and the policy it comes under, with a nonce of their own; None when nothing was built."""
        if self.index is None:
            return None
        nonce = secrets.token_urlsafe(16)
        return self.index.replace(_NONCE, nonce), _POLICY.format(nonce=nonce)


def _file(path: Path) -> File:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".webmanifest":
        media_type = "application/manifest+json"
    beside = {coding: path.with_name(path.name + suffix) for coding, suffix in _ENCODED.items()}
    encoded = {coding: shorter.read_bytes() for coding, shorter in beside.items() if shorter.is_file()}
    return File(path.read_bytes(), encoded, media_type, kept=path.parent.name == _HASHED)
