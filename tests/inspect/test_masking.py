"""What people wrote is hidden; what an operator needs is not."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.writer.deliveries import message_push
from domain.conversation import Applied
from domain.deciding import decide
from parley.inspect.masking import masked
from schemas.messages import ConversationKind
from tests.making import ALICE, BOB, conversation, create, send, stamp

SECRET = "the treasure is under the oak"


def test_a_command_keeps_its_ids_and_loses_its_text() -> None:
    command = send("m1", text=SECRET).model_dump(mode="json") | {"media": ["media-id"]}

    shown = masked(command)

    assert shown == command | {"text": f"•••({len(SECRET)} chars)", "media": ["•••(8 chars)"]}


def test_names_are_content() -> None:
    command = create(kind=ConversationKind.GROUP).model_dump(mode="json")

    shown = masked(command | {"name": "plot", "description": "a plan", "username": "alice", "lastname": "Smith"})

    assert isinstance(shown, dict)
    assert {shown[field] for field in ("name", "description", "username", "lastname")} == {
        "•••(4 chars)",
        "•••(6 chars)",
        "•••(5 chars)",
    }
    assert shown["members"] == [ALICE, BOB]


def test_a_push_within_deliveries_is_masked() -> None:
    message = decide(conversation(applied=Applied(1, 0)), send(text=SECRET), stamp(1)).message
    assert message is not None
    frame = message_push(message).model_dump(mode="json")

    shown = orjson.dumps(masked({"deliveries": [{"to": ["s_1"], "frame": frame, "trace": "t"}]}))

    assert SECRET.encode() not in shown
    assert message.client_id.encode() in shown


def test_keys_that_are_content_are_masked_with_their_object() -> None:
    assert masked({"reactions": {"👍": [ALICE], "👎": [BOB]}}) == {"reactions": "•••(2 entries)"}


def test_who_did_it_is_shown_by_id_only() -> None:
    assert masked({"by": ALICE}) == {"by": ALICE}
    assert masked({"by": "Alice"}) == {"by": "•••(5 chars)"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.just(SECRET),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["text", "name", "new_field", SECRET]), inner),
)


@given(JSON)
def test_whatever_newer_versions_add_is_hidden(value: object) -> None:
    assert SECRET.encode() not in orjson.dumps(masked(value))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, True, 17, 1.5])
def test_what_holds_no_text_stays(value: float | None) -> None:
    assert masked({"text": value}) == {"text": value}
