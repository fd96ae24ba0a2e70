"""What a client or a record says never stands in the errors about it: they end in logs and dead letters."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.commands import COMMAND
from schemas.deliveries import Deliveries
from schemas.events import EVENT
from schemas.frames import CLIENT_FRAME, SERVER_FRAME
from schemas.messages import Message
from schemas.rest import Registration

BODIES = [
    b'{"type": "message", "text": 5, "sender": "a-body"}',
    b'{"type": "message_stored", "message": "a-body"}',
    b'{"username": "a-body", "password": ["a-body"]}',
    b'{"deliveries": ["a-body"]}',
    b'["a-body"]',
    b'"a-body"',
    b"a-body",
]


@pytest.mark.parametrize(
    "read",
    [
        CLIENT_FRAME.validate_json,
        SERVER_FRAME.validate_json,
        COMMAND.validate_json,
        EVENT.validate_json,
        Deliveries.model_validate_json,
        Message.model_validate_json,
        Registration.model_validate_json,
    ],
    ids=["client frame", "server frame", "command", "event", "deliveries", "message", "registration"],
)
@pytest.mark.parametrize("body", BODIES)
def test_an_error_does_not_repeat_what_it_is_about(read: Callable[[bytes], Any], body: bytes) -> None:
    with pytest.raises(ValidationError) as error:
        read(body)
    assert "a-body" not in str(error.value)
