"""What lets a person back into his seat of an ephemeral chat: encrypted tokens that nobody keeps.

They hold the chat's key, so they are sealed under keys derived from the installation's secret, and are neither stored
nor logged anywhere: one in the hands of a client opens his chat for as long as that runs, and nothing afterwards.
"""

import json
import secrets
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.base64url import to_base64url

_MARK = "seat."
"""How they begin: no JWT does."""
_NONCE_BYTES = 12


class Purpose(StrEnum):
    """What a token is for; one for a purpose is worth nothing for another."""

    ACCESS = "access"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True)
class SeatPass:
    """Who sits there, opposite whom, under which key, and until when at most (to the millisecond)."""

    conversation: str
    user: str
    name: str
    peer: str
    peer_name: str
    key: bytes
    link: str
    """The seat's own token, by which a browser is led back to it."""
    created_at: datetime
    expires_at: datetime


class SeatTokens:
    """Seals and opens passes under one secret that all front doors share."""

    def __init__(self, secret: str) -> None:
        self._keys = {purpose: AESGCM(_derived(secret, purpose)) for purpose in Purpose}

    def issue(self, found: SeatPass, purpose: Purpose) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._keys[purpose].encrypt(nonce, _written(found), purpose.encode())
        return _MARK + to_base64url(nonce + sealed)

    def open(self, token: str, purpose: Purpose) -> SeatPass | None:
        """None for what is none of ours, or for another purpose. Whether it has expired, its `expires_at` tells."""
        if not is_seat_token(token):
            return None
        try:
            content = urlsafe_b64decode(token.removeprefix(_MARK) + "==")
            return _read(self._keys[purpose].decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], purpose.encode()))
        except (InvalidTag, ValueError):
            return None


def is_seat_token(token: str) -> bool:
    """Whether it claims to be one."""
    return token.startswith(_MARK)


def _derived(secret: str, purpose: Purpose) -> bytes:
    info = f"parley seat {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


def _written(found: SeatPass) -> bytes:
    times = [round(at.timestamp() * 1000) for at in (found.created_at, found.expires_at)]
    texts = [found.conversation, found.user, found.name, found.peer, found.peer_name, found.link]
    return json.dumps([*texts, found.key.hex(), *times]).encode()


def _read(content: bytes) -> SeatPass:
    conversation, user, name, peer, peer_name, link, key, created, expires = json.loads(content)
    return SeatPass(
        conversation=conversation,
        user=user,
        name=name,
        peer=peer,
        peer_name=peer_name,
        key=bytes.fromhex(key),
        link=link,
        created_at=datetime.fromtimestamp(created / 1000, UTC),
        expires_at=datetime.fromtimestamp(expires / 1000, UTC),
    )
