"""The secrets of ephemeral chats: links, codes, the key of a chat, and what is sealed under it.

A chat has a random key. It is kept only wrapped, once for each seat, under Argon2id (RFC 9106) of the seat's token and
code together. Opening the wrap is the check of the code: nothing else of it is kept. Texts are sealed with AES-256-GCM
(NIST SP 800-38D) under a key derived from it, bound to their place; reactions with AES-SIV (RFC 5297), so that two
people's same emoji on one message is the same sealed one.

Who has every disk (documents, journal, oplog, Kafka's logs, backups) and every setting can read who wrote when and how
much, in which chat, under which names; and, as long as the chat runs, can try codes if he also has the link: 2^40 of
them, each at the cost of one Argon2id, without any lock-out. Without the link he would have to guess 128 bits more.
Once the wraps are gone, link and code open nothing any more; what is left anywhere is sealed under a key that no
server has. He cannot move a sealed text to another chat, sender or message without its being refused.

What no key can help against: processes that hold it in memory while people chat, copies that a participant makes, an
old copy of the disk together with link and code, and a seat's cookie or access token together with the secret that it
is encrypted under.
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.base64url import to_base64url

CODE_LENGTH = 8
KEY_BYTES = 32
_TOKEN_BYTES = 16
_SALT_BYTES = 16
_NONCE_BYTES = 12
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: without the letters that are taken for digits, and for each other."""
_MISREAD = str.maketrans("OIL", "011", "- \t\u00a0")
_FORM = "1:"
"""How sealed things begin: the version of how they are sealed."""

Draw = Callable[[int], bytes]
"""So many random bytes."""


class Unopenable(Exception):
    """It was not sealed under this key for this place, or was changed since."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one try of a code: Argon2id's passes over so much memory."""

    passes: int = 2
    memory_kib: int = 19 * 1024


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A chat's key under one seat's token and code."""

    salt: bytes
    nonce: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: the command that brought it, or, once it was edited, the message's number."""

    conversation: str
    sender: str
    command: str

    @classmethod
    def edited(cls, conversation: str, sender: str, seq: int) -> "Place":
        return cls(conversation, sender, f"\x00{seq}")

    @property
    def associated(self) -> bytes:
        return b"\n".join(part.encode() for part in ("parley chat text", self.conversation, self.sender, self.command))


def new_token() -> str:
    """128 random bits for the path of a link."""
    return to_base64url(secrets.token_bytes(_TOKEN_BYTES))


def token_hash(token: str) -> str:
    """What is kept of a token. It is random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_code() -> str:
    """40 random bits for people to copy: eight characters, shown in two halves."""
    code = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return f"{code[:4]}-{code[4:]}"


def normal_code(typed: str) -> str:
    """A code as it is used, however it was typed: case, gaps and misread letters do not matter."""
    return typed.strip().upper().translate(_MISREAD)


def wrap(key: bytes, token: str, code: str, seat: str, cost: Cost, draw: Draw = secrets.token_bytes) -> WrappedKey:
    """Slow on purpose. `seat` names whose it is: the wrap of another's is not taken for it."""
    salt, nonce = draw(_SALT_BYTES), draw(_NONCE_BYTES)
    sealed = AESGCM(_wrapping_key(token, code, salt, cost)).encrypt(nonce, key, seat.encode())
    return WrappedKey(salt, nonce, sealed)


def unwrap(wrapped: WrappedKey, token: str, code: str, seat: str, cost: Cost) -> bytes | None:
    """The chat's key; None when token or code is wrong. As slow as `wrap`."""
    try:
        return AESGCM(_wrapping_key(token, code, wrapped.salt, cost)).decrypt(wrapped.nonce, wrapped.key, seat.encode())
    except InvalidTag:
        return None


def _wrapping_key(token: str, code: str, salt: bytes, cost: Cost) -> bytes:
    secret = f"{token}\n{normal_code(code)}".encode()
    slow = Argon2id(salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=1, memory_cost=cost.memory_kib)
    return slow.derive(secret)


def new_key(draw: Draw = secrets.token_bytes) -> bytes:
    return draw(KEY_BYTES)


class ChatCipher:
    """What is said in one chat, sealed and opened."""

    __slots__ = ("_emoji", "_text")

    def __init__(self, key: bytes) -> None:
        self._text = AESGCM(_derived(key, b"text", 32))
        self._emoji = AESSIV(_derived(key, b"emoji", 64))

    def seal(self, text: str, place: Place, draw: Draw = secrets.token_bytes) -> str:
        nonce = draw(_NONCE_BYTES)
        return _written(nonce + self._text.encrypt(nonce, text.encode(), place.associated))

    def open(self, sealed: str, place: Place) -> str:
        """Raises Unopenable."""
        content = _read(sealed)
        try:
            return self._text.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], place.associated).decode()
        except (InvalidTag, ValueError):
            raise Unopenable from None

    def seal_emoji(self, emoji: str, conversation: str, seq: int) -> str:
        """The same for the same emoji on the same message, whoever puts it there."""
        return _written(self._emoji.encrypt(emoji.encode(), [conversation.encode(), str(seq).encode()]))

    def open_emoji(self, sealed: str, conversation: str, seq: int) -> str:
        """Raises Unopenable."""
        try:
            return self._emoji.decrypt(_read(sealed), [conversation.encode(), str(seq).encode()]).decode()
        except (InvalidTag, ValueError):
            raise Unopenable from None


def _derived(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=b"parley chat " + purpose).derive(key)


def _written(content: bytes) -> str:
    return _FORM + to_base64url(content)


def _read(sealed: str) -> bytes:
    """Raises Unopenable."""
    version, _, content = sealed.partition(":")
    try:
        if f"{version}:" != _FORM:
            raise Unopenable
        return urlsafe_b64decode(content + "=" * (-len(content) % 4))
    except ValueError:
        raise Unopenable from None
