"""Links as QR codes (ISO/IEC 18004)."""

import base64
import io

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.base import BaseImage
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathImage


def svg(link: str) -> str:
    """An image that can be put into a page as it is."""
    return _drawn(link, SvgPathImage).decode()


def png(link: str) -> str:
    """In base64."""
    return base64.b64encode(_drawn(link, PilImage)).decode()


def _drawn(link: str, kind: type[BaseImage]) -> bytes:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=8, border=4, image_factory=kind)
    code.add_data(link)
    image = io.BytesIO()
    code.make_image().save(image)
    return image.getvalue()
