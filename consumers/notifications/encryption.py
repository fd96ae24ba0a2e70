"""What only the subscribed browser can read: Web Push's message encryption (RFC 8291) in one record of `aes128gcm`
(RFC 8188)."""

import os
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.base64url import from_base64url

_CURVE = ec.SECP256R1()
_SALT_BYTES = 16
_RECORD_SIZE = 4096
_LAST_RECORD = b"\x02"
MAX_BODY = 4096
"""What every push service takes (RFC 8030 section 7.2)."""
_HEADER_BYTES = 16 + 4 + 1 + 65
_TAG_BYTES = 16
MAX_PLAINTEXT = MAX_BODY - _HEADER_BYTES - _TAG_BYTES - len(_LAST_RECORD)


def encrypt(
    plaintext: bytes,
    p256dh: str,
    auth: str,
    *,
    new_key: Callable[[], ec.EllipticCurvePrivateKey] = lambda: ec.generate_private_key(_CURVE),
    new_salt: Callable[[], bytes] = lambda: os.urandom(_SALT_BYTES),
) -> bytes:
    """The body of a push, `Content-Encoding: aes128gcm`, for the keys of a subscription; no two are alike.

    Raises ValueError for more than MAX_PLAINTEXT bytes, and for keys that are none.
    """
    if len(plaintext) > MAX_PLAINTEXT:
        raise ValueError(f"a push holds at most {MAX_PLAINTEXT} bytes")
    theirs, own, salt = from_base64url(p256dh), new_key(), new_salt()
    sender = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs))
    # RFC 8291 section 3.4, then RFC 8188 sections 2.2 and 2.3.
    ikm = _hkdf(from_base64url(auth), shared, b"WebPush: info\0" + theirs + sender, 32)
    key = _hkdf(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, ikm, b"Content-Encoding: nonce\0", 12)
    header = salt + _RECORD_SIZE.to_bytes(4, "big") + bytes([len(sender)]) + sender
    return header + AESGCM(key).encrypt(nonce, plaintext + _LAST_RECORD, None)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
