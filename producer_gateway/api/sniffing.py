"""What a file is, by its bytes: neither its name nor what the client calls it counts."""

import codecs
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO

import filetype

IMAGES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
"""Types that are drawn anew, and what Pillow calls them."""
TEXT = "text/plain"
PLAYED = frozenset({"video/mp4", "video/webm", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/flac"})
FILES = frozenset(
    {
        TEXT,
        "application/pdf",
        "application/zip",
        "application/gzip",
        "application/x-7z-compressed",
        "application/epub+zip",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
    }
)
ALL_TYPES = tuple(sorted(IMAGES.keys() | PLAYED | FILES))

_HEAD_BYTES = 8192
_PIECE_BYTES = 64 * 1024
_SAME = {"audio/x-wav": "audio/wav", "audio/x-flac": "audio/flac"}
_MAX_NAME = 200
_WHITE_SPACE = frozenset("\t\n\r\f")


def sniff(file: BinaryIO) -> str | None:
    """The media type, None when it is none that can be told. Reads the file from its start."""
    file.seek(0)
    kind = filetype.guess(file.read(_HEAD_BYTES))
    if kind is not None:
        return _SAME.get(kind.mime, str(kind.mime))
    return TEXT if _is_text(file) else None


def is_shown(media_type: str) -> bool:
    """Whether a browser may show or play it in place; everything else is handed over as a file."""
    return media_type in IMAGES or media_type in PLAYED


def _is_text(file: BinaryIO) -> bool:
    """UTF-8 without control characters."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_PIECE_BYTES):
            if not _is_printable(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_printable(text: str) -> bool:
    return all(letter in _WHITE_SPACE or unicodedata.category(letter) != "Cc" for letter in set(text))


def clean_name(given: str | None) -> str:
    """A file's name without path, control characters and directions (Unicode's Cc, Cf), at most 200 characters."""
    name = PurePosixPath(PureWindowsPath(given or "").name).name
    letters = (letter for letter in name if not unicodedata.category(letter).startswith("C"))
    name = "".join(letters).strip(" .")
    if len(name) > _MAX_NAME:
        suffix = PurePosixPath(name).suffix[:20]
        name = name[: _MAX_NAME - len(suffix)] + suffix
    return name or "file"
