"""Images drawn anew: only pixels survive, no metadata, no second file hidden behind the first; and small ones of them.

Everything here blocks, and is meant for a thread.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageOps, ImageSequence

from producer_gateway.api.sniffing import IMAGES

# What is refused here is refused below by our own limit, which counts the frames too.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

MAX_SIDE = 4096
"""Larger images are scaled down to fit a square of this side, in pixels."""
THUMBNAIL_SIDE = 480
PICTURE_SIDE = 512
SMALL_PICTURE_SIDE = 96
THUMBNAIL_TYPE = "image/webp"

_DEFAULT_FRAME_MILLISECONDS = 100


class BadImage(Exception):
    """It is broken, or more than may be drawn. The text can be shown to its uploader."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An encoded image, its file at its start."""

    file: BinaryIO
    type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class DrawnPair:
    original: Drawn
    thumbnail: Drawn


def redraw(file: BinaryIO, media_type: str, max_pixels: int) -> DrawnPair:
    """The image and its thumbnail. Animations stay animated; their thumbnail is the first frame. Raises BadImage."""
    with _opened(file, media_type, max_pixels) as image:
        if getattr(image, "is_animated", False):
            return _redraw_frames(image, media_type)
        whole = _fitting(_upright(image), MAX_SIDE)
        return DrawnPair(_encoded(whole, media_type), _thumbnail(whole, THUMBNAIL_SIDE))


def redraw_picture(file: BinaryIO, media_type: str, max_pixels: int) -> DrawnPair:
    """A square out of the middle, large and small. Raises BadImage."""
    with _opened(file, media_type, max_pixels) as image:
        upright = _upright(image)
        large = ImageOps.fit(upright, (PICTURE_SIDE, PICTURE_SIDE))
        return DrawnPair(_encoded(large, THUMBNAIL_TYPE), _thumbnail(large, SMALL_PICTURE_SIDE))


@contextmanager
def _opened(file: BinaryIO, media_type: str, max_pixels: int) -> Iterator[Image.Image]:
    """The image, judged by its header before a pixel is decoded. Whatever Pillow raises about what it is given, within
    the block too, is BadImage: its decoders raise many kinds."""
    try:
        file.seek(0)
        with Image.open(file, formats=(IMAGES[media_type],)) as image:
            _judge(image, max_pixels)
            if media_type == "image/jpeg":
                image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            yield image
    except BadImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadImage("The image has too many pixels.") from error
    except Exception as error:
        raise BadImage("The image is broken.") from error


def _judge(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height * getattr(image, "n_frames", 1) > max_pixels:
        raise BadImage(f"The image has more than {max_pixels // 1_000_000} million pixels.")


def _upright(image: Image.Image) -> Image.Image:
    """The pixels as they are meant to be seen, in RGB or RGBA, and nothing else of the image."""
    turned = ImageOps.exif_transpose(image)
    mode = "RGBA" if turned.has_transparency_data else "RGB"
    drawn = _in_srgb(turned.convert(mode), turned.info.get("icc_profile"))
    drawn.info.clear()
    return drawn


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Colours mean the same without the profile that came with them. One that cannot be read is left out."""
    if not isinstance(profile, bytes) or not profile:
        return image
    try:
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(BytesIO(profile)), srgb)
    except (ImageCms.PyCMSError, OSError):
        return image
    return image if converted is None else converted


def _fitting(image: Image.Image, side: int) -> Image.Image:
    return ImageOps.contain(image, (side, side)) if max(image.size) > side else image


def _thumbnail(image: Image.Image, side: int) -> Drawn:
    return _encoded(_fitting(image, side), THUMBNAIL_TYPE)


_OPTIONS: dict[str, dict[str, Any]] = {
    "image/jpeg": {"quality": 88, "progressive": True},
    "image/png": {},
    "image/gif": {},
    "image/webp": {"quality": 85},
}


def _encoded(image: Image.Image, media_type: str, **more: Any) -> Drawn:
    if media_type == "image/jpeg":
        image = image.convert("RGB")
    file = BytesIO()  # no larger than its pixels, which are bounded
    image.save(file, IMAGES[media_type], **_OPTIONS[media_type], **more)
    file.seek(0)
    return Drawn(file, media_type, image.width, image.height)


def _redraw_frames(image: Image.Image, media_type: str) -> DrawnPair:
    durations = [_duration(frame) for frame in ImageSequence.Iterator(image)]
    first, *others = (_fitting(_upright(frame), MAX_SIDE) for frame in ImageSequence.Iterator(image))
    small = _thumbnail(first, THUMBNAIL_SIDE)
    loop = image.info.get("loop", 0)
    whole = _encoded(first, media_type, save_all=True, append_images=others, duration=durations, loop=loop)
    return DrawnPair(whole, small)


def _duration(frame: Image.Image) -> int:
    frame.load()  # in some formats a frame says only then how long it is shown
    return int(frame.info.get("duration") or _DEFAULT_FRAME_MILLISECONDS)
