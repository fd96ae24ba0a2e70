"""Who sends the pushes, in the eyes of push services: a key pair on P-256 that signs each request (RFC 8292)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.base64url import from_base64url, to_base64url
from schemas.times import to_millis

_LIFETIME = timedelta(hours=12)
"""A signature may be good for 24 hours at most (RFC 8292 section 2)."""
_SCALAR_BYTES = 32


def new_key() -> str:
    """A private key, as text: the scalar in base64url, as every tool for Web Push writes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    return to_base64url(key.private_numbers().private_value.to_bytes(_SCALAR_BYTES, "big"))


class VapidKey:
    """A private key and what is told of it."""

    def __init__(self, private: str, contact: str | None) -> None:
        """`contact`, a `mailto:` or `https:` URL, is where a push service can complain. Raises ValueError for what is
        no private key; its text does not repeat it."""
        scalar = from_base64url(private)
        if len(scalar) != _SCALAR_BYTES:
            raise ValueError("a VAPID key is 32 bytes in base64url")
        self._key = ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())
        self._contact = contact
        self.public = to_base64url(self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        """What browsers are given as `applicationServerKey`, in base64url."""

    def headers(self, endpoint: str, now: datetime) -> Mapping[str, str]:
        """The header that signs a request to this endpoint."""
        parts = urlsplit(endpoint)
        claims: dict[str, str | int] = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": to_millis(now + _LIFETIME) // 1000,
        }
        if self._contact is not None:
            claims["sub"] = self._contact
        token = jwt.encode(claims, self._key, "ES256")
        return {"Authorization": f"vapid t={token}, k={self.public}"}
