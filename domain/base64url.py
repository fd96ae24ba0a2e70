"""base64url without padding (RFC 4648 section 5), as URLs, tokens and Web Push write bytes."""

import base64
import re


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """With or without padding. Raises ValueError."""
    digits = text.rstrip("=")
    if not re.fullmatch(r"[\w-]*", digits, re.ASCII) or len(digits) % 4 == 1:
        raise ValueError("this is not base64url")
    return base64.urlsafe_b64decode(digits + "=" * (-len(digits) % 4))
