"""Identifiers as clients, topics and collections see them: a letter, an underscore and a ULID."""

import hashlib
import re
from typing import Annotated

from pydantic import StringConstraints
from ulid import ULID

_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
_MESSAGE_ID = re.compile(rf"(c_{_ULID})\.([0-9]{{1,16}})")

UserId = Annotated[str, StringConstraints(pattern=f"^u_{_ULID}$")]
CONVERSATION_PATTERN = f"^c_{_ULID}$"
ConversationId = Annotated[str, StringConstraints(pattern=CONVERSATION_PATTERN)]
SessionId = Annotated[str, StringConstraints(pattern=f"^s_{_ULID}$")]
ClientId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""A client's own unique name for one of its commands; retries carry the same one."""
DeviceId = Annotated[str, StringConstraints(min_length=1, max_length=64)]


SYSTEM_USER = f"u_{'0' * 26}"
"""Who acts where no user does. No account has this id."""


def new_user_id() -> str:
    return f"u_{ULID()}"


def new_conversation_id() -> str:
    return f"c_{ULID()}"


def new_media_id() -> str:
    return f"f_{ULID()}"


def new_session_id() -> str:
    return f"s_{ULID()}"


def direct_conversation_id(one: str, other: str) -> str:
    """The one id two users' direct conversation can have, whoever asks first and in whatever order."""
    pair = "\n".join(sorted((one, other))).encode()
    return f"c_{ULID(hashlib.sha256(pair).digest()[:16])}"


def message_id(conversation: str, seq: int) -> str:
    return f"{conversation}.{seq}"


def parse_message_id(text: str) -> tuple[str, int]:
    """Conversation and seq of a message id. Raises ValueError when it is none."""
    found = _MESSAGE_ID.fullmatch(text)
    if found is None:
        raise ValueError("not a message id")
    return found[1], int(found[2])


def command_key(conversation: str, sender: str, client_id: str) -> str:
    """The name under which a command has one outcome for ever: `(conversation, sender, client id)`."""
    return f"{conversation}/{sender}/{client_id}"
