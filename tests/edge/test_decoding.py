"""What is no frame, what is a bad one, and what a client is told of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer_gateway.edge.decoding import Malformed, decode
from schemas.errors import ErrorCode
from schemas.frames import (
    Connect,
    DeleteFrame,
    EditFrame,
    HistoryRequest,
    ReactFrame,
    Refresh,
    SendMessageFrame,
    Sync,
    Typing,
)
from tests.making import BOB, conversation_id

C = conversation_id()
MESSAGE = {"type": "message", "id": "m1", "conversation": C, "text": "hello"}


def message(**changes: Any) -> str:
    return json.dumps({name: value for name, value in (MESSAGE | changes).items() if value is not ...})


def raw(text: str) -> str:
    """A message whose fields go on as written."""
    return f'{{"type":"message","id":"m1","conversation":"{C}",{text}}}'


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (message(), SendMessageFrame),
        (message(media=["a", "b"], text=...), SendMessageFrame),
        (message(reply_to=3, mentions=[BOB], media=[]), SendMessageFrame),
        (message(unknown={"later": [1, 2.5, None]}), SendMessageFrame),
        (message(text="x" * 16_000), SendMessageFrame),
        (message(id="x" * 64), SendMessageFrame),
        (message(text="\ud83d\ude00"), SendMessageFrame),
        (message(reply_to=2**53 - 1), SendMessageFrame),
        (json.dumps({"type": "connect", "protocol": 1, "token": "t", "device": "d"}), Connect),
        (json.dumps({"type": "connect", "protocol": 2, "token": "t", "device": "d"}), Connect),
        (json.dumps({"type": "history", "id": "h", "conversation": C, "after": 0, "limit": 200}), HistoryRequest),
        (json.dumps({"type": "sync", "id": "s", "cursors": {C: {"epoch": "e", "rev": 0}}}), Sync),
        (json.dumps({"type": "refresh", "token": "t"}), Refresh),
        (json.dumps({"type": "typing", "conversation": C, "on": True}), Typing),
        (json.dumps({"type": "edit", "id": "e", "conversation": C, "seq": 1, "text": "better"}), EditFrame),
        (json.dumps({"type": "delete", "id": "d", "conversation": C, "seq": 1}), DeleteFrame),
        (
            json.dumps({"type": "react", "id": "r", "conversation": C, "seq": 1, "emoji": "👍", "on": True}),
            ReactFrame,
        ),
    ],
)
def test_frames(text: str, kind: type) -> None:
    assert isinstance(decode(text), kind)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01",
        message().encode(),
        "",
        "hello",
        "{",
        message()[:-1],
        message() + "}",
        "null",
        "5",
        '"message"',
        "[]",
        f"[{message()}]",
        "{}",
        '{"type":null}',
        '{"type":5}',
        '{"type":["message"]}',
        '{"Type":"message"}',
        raw('"text":"x","extra":NaN'),
        raw('"text":"x","extra":-Infinity'),
        raw('"text":"\\ud800"'),
        raw('"text":"\\udc00 alone"'),
        raw('"text":"a\nb"'),
        raw("'text':'x'"),
        raw('"text":"x","extra":01'),
        raw('"text":"x","extra":' + "[" * 1000 + "]" * 1000),
        raw('"text":"x","extra":' + '{"a":' * 300 + "1" + "}" * 300),
        "[" * 60_000,
        raw('"text":"x","extra":' + "9" * 5000),
    ],
)
def test_what_is_no_frame_ends_the_connection(data: str | bytes) -> None:
    found = decode(data)
    assert isinstance(found, Malformed)
    assert found.fatal
    assert found.error.code is ErrorCode.INVALID_FRAME


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (message(conversation=...), "conversation"),
        (message(conversation=5), "conversation"),
        (message(conversation="c_1"), "conversation"),
        (message(conversation=f"{C}\n"), "conversation"),
        (message(conversation=C.upper()), "conversation"),
        (message(text=...), "text or media"),
        (message(text=None), "text or media"),
        (message(text=""), "text"),
        (message(text=" \n\t"), "text"),
        (message(text=5), "text"),
        (message(text=["x"]), "text"),
        (message(text="x" * 16_001), "text"),
        (message(reply_to=0), "reply_to"),
        (message(reply_to=-1), "reply_to"),
        (message(reply_to="5"), "reply_to"),
        (message(reply_to=1.0), "reply_to"),
        (message(reply_to=True), "reply_to"),
        (message(reply_to=2**53), "reply_to"),
        (message(mentions=["u_1"]), "mentions.0"),
        (message(mentions=BOB), "mentions"),
        (message(media=[""]), "media.0"),
        (message(media=["m"] * 11), "media"),
        (message(media={"0": "m"}), "media"),
        (raw('"text":"x","text":"y"'), "twice"),
        (raw('"text":"x","extra":{"a":1,"a":2}'), "twice"),
        (raw('"text":"x","type":"message"'), "twice"),
        (raw('"text":"x","extra":9007199254740993'), "out of range"),
        (raw('"text":"x","extra":-1e999'), "out of range"),
    ],
)
def test_a_malformed_command_names_the_field(text: str, field: str) -> None:
    found = decode(text)
    assert isinstance(found, Malformed)
    assert (found.error.code, found.fatal, found.id) == (ErrorCode.INVALID_FRAME, False, "m1")
    assert found.is_command
    assert field in found.error.message


@pytest.mark.parametrize(
    ("text", "code", "client_id"),
    [
        (message(id=...), ErrorCode.INVALID_FRAME, None),
        (message(id=""), ErrorCode.INVALID_FRAME, None),
        (message(id=7), ErrorCode.INVALID_FRAME, None),
        (message(id="x" * 65), ErrorCode.INVALID_FRAME, None),
        ('{"type":"edit","id":"e1"}', ErrorCode.INVALID_FRAME, "e1"),
        ('{"type":"typing"}', ErrorCode.INVALID_FRAME, None),
        ('{"type":""}', ErrorCode.INVALID_FRAME, None),
        ('{"type":"connected"}', ErrorCode.INVALID_FRAME, None),
        ('{"type":"connect","protocol":2}', ErrorCode.UNSUPPORTED_PROTOCOL, None),
        ('{"type":"connect","protocol":"1","token":"t","device":"d"}', ErrorCode.INVALID_FRAME, None),
        ('{"type":"connect","protocol":1,"device":"d"}', ErrorCode.INVALID_FRAME, None),
        ('{"type":"connect","protocol":1,"token":"t","device":""}', ErrorCode.INVALID_FRAME, None),
        ('{"type":"connect","protocol":1,"token":"t","device":"d","cursors":[]}', ErrorCode.INVALID_FRAME, None),
        (f'{{"type":"history","id":"h","conversation":"{C}","limit":201}}', ErrorCode.INVALID_FRAME, "h"),
        (f'{{"type":"history","id":"h","conversation":"{C}","before":1,"after":1}}', ErrorCode.INVALID_FRAME, "h"),
        ('{"type":"sync","id":"s"}', ErrorCode.INVALID_FRAME, "s"),
        (f'{{"type":"sync","id":"s","cursors":{{"{C}":{{"epoch":"e","rev":-1}}}}}}', ErrorCode.INVALID_FRAME, "s"),
        ('{"type":"sync","id":"s","cursors":{"c_1":{"epoch":"e","rev":1}}}', ErrorCode.INVALID_FRAME, "s"),
        ('{"type":"refresh","id":"r"}', ErrorCode.INVALID_FRAME, "r"),
    ],
)
def test_other_malformed_frames(text: str, code: ErrorCode, client_id: str | None) -> None:
    found = decode(text)
    assert isinstance(found, Malformed)
    assert (found.error.code, found.fatal, found.id) == (code, False, client_id)


def test_too_many_cursors() -> None:
    cursors = {conversation_id(number): {"epoch": "e", "rev": 1} for number in range(201)}
    found = decode(json.dumps({"type": "sync", "id": "s", "cursors": cursors}))
    assert isinstance(found, Malformed)
    assert "cursors" in found.error.message


def test_an_unknown_type_is_named() -> None:
    found = decode('{"type":"poke","id":"r1"}')
    assert isinstance(found, Malformed)
    assert '"poke"' in found.error.message


def test_what_was_sent_is_not_repeated() -> None:
    """Errors end up in logs of clients, and in ours."""
    secret = "correct horse battery staple"
    for text in (
        message(text=[secret]),
        message(mentions=[secret]),
        message(conversation=secret),
        json.dumps({"type": "connect", "protocol": 1, "token": [secret], "device": "d"}),
        f'{{"type":"message","text":"{secret}"',
    ):
        found = decode(text)
        assert isinstance(found, Malformed)
        assert secret not in found.error.message


def test_a_long_type_is_cut() -> None:
    found = decode(json.dumps({"type": "x" * 10_000}))
    assert isinstance(found, Malformed)
    assert len(found.error.message) < 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["type", "id", "text"]), inner),
)


@given(st.text() | st.binary() | JSON.map(json.dumps))
def test_nothing_breaks_it(data: str | bytes) -> None:
    found = decode(data)
    assert isinstance(found, Malformed)
    assert len(found.error.message) < 1000


@given(st.dictionaries(st.sampled_from(["id", "conversation", "text", "media", "reply_to", "mentions"]), JSON))
def test_no_message_breaks_it(fields: dict[str, Any]) -> None:
    found = decode(json.dumps({"type": "message"} | fields))
    assert isinstance(found, Malformed | SendMessageFrame)
