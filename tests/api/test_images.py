"""Images drawn anew, and files known by their bytes."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageSequence, PngImagePlugin

from producer_gateway.api import imaging
from producer_gateway.api.imaging import BadImage, Drawn
from producer_gateway.api.sniffing import ALL_TYPES, IMAGES, clean_name, is_shown, sniff

PIXELS = 1_000_000
SECRET = b"48.2082 N, 16.3738 E"


def drawn(media_type: str, size: tuple[int, int] = (60, 40), colour: str = "red", **options: Any) -> BytesIO:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, IMAGES[media_type], **options)
    return file


def told(media_type: str) -> BytesIO:
    """An image that tells where it was taken, in every way its format has, and has something behind its end."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x0112] = 6  # turned by a quarter
    more: dict[str, Any] = {"exif": exif}
    if media_type == "image/png":
        more["pnginfo"] = PngImagePlugin.PngInfo()
        more["pnginfo"].add_text("Comment", SECRET.decode())
    elif media_type == "image/gif":
        more = {"comment": SECRET}
    else:
        more["xmp"] = SECRET
    more["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = drawn(media_type, **more)
    file.seek(0, 2)
    file.write(SECRET)
    return file


def opened(one: Drawn) -> Image.Image:
    image = Image.open(one.file)
    image.load()
    assert (one.width, one.height) == image.size
    assert Image.MIME[image.format or ""] == one.type
    return image


@pytest.mark.parametrize("media_type", IMAGES)
def test_only_pixels_survive(media_type: str) -> None:
    file = told(media_type)
    assert SECRET in file.getvalue()
    pair = imaging.redraw(file, media_type, PIXELS)
    for one in (pair.original, pair.thumbnail):
        assert SECRET not in one.file.read()
        image = opened(one)
        assert not image.getexif()
        assert not {"icc_profile", "comment", "xmp", "exif"} & image.info.keys()
        assert image.size == ((60, 40) if media_type == "image/gif" else (40, 60))
        red, green, blue = image.convert("RGB").getpixel((20, 20))  # type: ignore[misc]
        assert red > 200
        assert green < 50
        assert blue < 50
    assert (pair.original.type, pair.thumbnail.type) == (media_type, "image/webp")


def test_large_images_are_scaled_down_and_have_small_thumbnails() -> None:
    pair = imaging.redraw(drawn("image/png", (5000, 50)), "image/png", PIXELS)
    assert opened(pair.original).size == (4096, 41)
    assert opened(pair.thumbnail).size == (480, 5)


def test_what_shines_through_still_does() -> None:
    file = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(file, "PNG")
    pair = imaging.redraw(file, "image/png", PIXELS)
    for one in (pair.original, pair.thumbnail):
        assert opened(one).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def shown_for(frame: Image.Image) -> float:
    frame.load()
    return float(frame.info["duration"])


@pytest.mark.parametrize("media_type", ["image/gif", "image/webp", "image/png"])
def test_animations_stay_animated(media_type: str) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "green", "blue")]
    file = BytesIO()
    frames[0].save(
        file,
        IMAGES[media_type],
        save_all=True,
        append_images=frames[1:],
        duration=[50, 100, 150],
        loop=0,
        lossless=True,
    )
    pair = imaging.redraw(file, media_type, PIXELS)
    image = opened(pair.original)
    assert [shown_for(frame) for frame in ImageSequence.Iterator(image)] == [50, 100, 150]
    assert opened(pair.thumbnail).size == (20, 10)
    with pytest.raises(BadImage, match="million"):
        imaging.redraw(file, media_type, 3 * 20 * 10 - 1)


@pytest.mark.parametrize("shape", [(30, 90), (900, 600), (10, 10)])
def test_a_picture_is_a_square_large_and_small(shape: tuple[int, int]) -> None:
    pair = imaging.redraw_picture(drawn("image/jpeg", shape), "image/jpeg", PIXELS)
    assert opened(pair.original).size == (512, 512)
    assert opened(pair.thumbnail).size == (96, 96)


def bomb(side: int) -> BytesIO:
    """A PNG of a few bytes that claims to be very large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


@pytest.mark.parametrize("side", [1001, 10_000, 60_000])
def test_a_decompression_bomb_is_refused_by_its_header(side: int) -> None:
    for draw in (imaging.redraw, imaging.redraw_picture):
        with pytest.raises(BadImage, match="pixels"):
            draw(bomb(side), "image/png", PIXELS)


@pytest.mark.parametrize("media_type", IMAGES)
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_half_an_image_is_none(media_type: str, share: float) -> None:
    noisy = BytesIO()
    Image.effect_noise((100, 100), 80).convert("RGB").save(noisy, IMAGES[media_type])
    whole = noisy.getvalue()
    with pytest.raises(BadImage):
        imaging.redraw(BytesIO(whole[: int(len(whole) * share)]), media_type, PIXELS)


def test_a_broken_profile_costs_its_colours_only() -> None:
    pair = imaging.redraw(drawn("image/png", icc_profile=b"no profile"), "image/png", PIXELS)
    assert opened(pair.original).size == (60, 40)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (drawn("image/png").getvalue(), "image/png"),
        (drawn("image/webp").getvalue(), "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04" + bytes(60), "application/zip"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(60), "video/mp4"),
        (b"ID3\x03" + bytes(60), "audio/mpeg"),
        ("Grüße, 世界 👋\r\n".encode(), "text/plain"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain"),
        (("x" * 65_535 + "é" * 9).encode(), "text/plain"),
        (b"\xff\xfe binary \x00", None),
        (b"bell \x07", None),
        (b"half a letter \xc3", None),
        (b"MZ" + bytes(60), "application/x-msdownload"),
        (b"\x7fELF" + bytes(60), "application/x-executable"),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, media_type: str | None) -> None:
    assert sniff(BytesIO(content)) == media_type


def test_programs_are_never_taken_and_pages_never_shown() -> None:
    assert not {"application/x-msdownload", "application/x-executable", "text/html", "image/svg+xml"} & set(ALL_TYPES)
    assert not is_shown("text/plain")
    assert not is_shown("application/pdf")
    assert is_shown("image/png")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("photo.jpg", "photo.jpg"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\me\\mine.pdf", "mine.pdf"),
        ("../..", "file"),
        (None, "file"),
        ("", "file"),
        ("a\r\nSet-Cookie: b\x00.txt", "aSet-Cookie: b.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("Grüße 👋.txt", "Grüße 👋.txt"),
        ("x" * 500 + ".jpeg", "x" * 195 + ".jpeg"),
    ],
)
def test_names_are_cleaned(given: str | None, name: str) -> None:
    assert clean_name(given) == name
