"""The authorisation matrix of frames: what everybody is answered, about his own messages and others'.

Alice is the admin of a group, Bob its member, Dave was removed from it, Carol never was in it. Erin talked with Alice
until Alice blocked her. The routes have theirs in `tests/api/test_authorisation.py`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson
import pytest

from schemas.commands import Block, Command, CreateConversation, RemoveMember, SendMessage
from schemas.frames import ClientFrame, frame_types
from schemas.ids import direct_conversation_id
from schemas.messages import ConversationKind
from tests.asking import asking, noted
from tests.edge.world import Client, EdgeWorld, in_world
from tests.making import ALICE, BOB, CAROL, conversation_id, user_id
from tests.virtually import eventually

DAVE, ERIN = user_id(4), user_id(5)
GROUP, TWO = conversation_id(1), direct_conversation_id(ALICE, ERIN)
NOWHERE = conversation_id(9)
ROLES = {"stranger": CAROL, "former": DAVE, "blocked": ERIN, "member": BOB, "admin": ALICE}
N, M, F, OK = "not_found", "not_a_member", "forbidden", "stored"
SEQS = {(GROUP, ALICE): 1, (GROUP, BOB): 2, (GROUP, DAVE): 3, (TWO, ERIN): 1, (TWO, ALICE): 2}


class Row(NamedTuple):
    """What each role is answered, in the order of ROLES: the type of the answer, or the code of an error."""

    frame: dict[str, Any]
    expected: tuple[str, str, str, str, str]
    whose: str = "mine"


TABLE = (
    Row({"type": "message", "text": "hello"}, (N, M, F, OK, OK)),
    Row({"type": "edit", "text": "better"}, (N, M, F, OK, OK)),
    Row({"type": "edit", "text": "better"}, (N, M, F, F, F), "theirs"),
    Row({"type": "delete"}, (N, M, OK, OK, OK)),
    Row({"type": "delete"}, (N, M, F, F, OK), "theirs"),
    Row({"type": "react", "emoji": "👍", "on": True}, (N, M, F, OK, OK), "theirs"),
    Row({"type": "end"}, (N, M, F, F, F)),
    Row({"type": "history"}, (N, M, "history", "history", "history")),
    Row({"type": "sync"}, ("gone deleted", "gone removed", "changes", "changes", "changes")),
)
UNANSWERED = frozenset({"typing", "delivered", "read", "connect", "refresh"})
"""Nothing is answered to them, or they are about the session alone."""


async def assemble(world: EdgeWorld) -> None:
    await world.users([DAVE, ERIN])
    world.pipeline()
    commands: tuple[Command, ...] = (
        CreateConversation(
            conversation=GROUP, sender=ALICE, client_id="c", kind=ConversationKind.GROUP, epoch="e",
            members=(ALICE, BOB, DAVE),
        ),
        *(_said(GROUP, user) for user in (ALICE, BOB, DAVE)),
        RemoveMember(conversation=GROUP, sender=ALICE, client_id="r", user=DAVE),
        CreateConversation(
            conversation=TWO, sender=ALICE, client_id="c", kind=ConversationKind.DIRECT, epoch="e",
            members=(ALICE, ERIN),
        ),
        *(_said(TWO, user) for user in (ERIN, ALICE)),
        Block(conversation=TWO, sender=ALICE, client_id="b", user=ERIN, on=True, epoch="e"),
    )  # fmt: skip
    for command in commands:
        await world.command(command)
    states = world.database.conversations
    await eventually(lambda: GROUP in states and states[GROUP].rev == 4)
    await eventually(lambda: TWO in states and bool(states[TWO].blocked_by))


def _said(conversation: str, sender: str) -> SendMessage:
    return SendMessage(conversation=conversation, sender=sender, client_id="first", text="hello")


async def answer(client: Client, row: Row, place: str = "") -> str:
    place = place or (TWO if client.user == ERIN else GROUP)
    other = BOB if client.user == ALICE else ALICE
    seq = SEQS.get((place, client.user if row.whose == "mine" else other), 2)
    frame = row.frame | {"id": "f1"}
    match frame["type"]:
        case "sync":
            frame["cursors"] = {place: {"epoch": "e", "rev": 0}}
        case "message" | "end" | "history":
            frame["conversation"] = place
        case _:
            frame |= {"conversation": place, "seq": seq}
    known = len(client.frames)
    await client.send(**frame)
    await eventually(lambda: _told(client, known) is not None)
    return str(_told(client, known))


def _told(client: Client, known: int) -> str | None:
    for frame in client.frames[known:]:
        match frame:
            case {"type": "rejected" | "error", "id": "f1", "error": {"code": code}}:
                return str(code)
            case {"type": "gone", "reason": reason}:
                return f"gone {reason}"
            case {"type": "stored" | "history" | "changes"}:
                return str(frame["type"])
    return None


def scenario(row: Row) -> Callable[[EdgeWorld], Awaitable[None]]:
    async def ask_everybody(world: EdgeWorld) -> None:
        await assemble(world)
        edge = await world.edge()
        answers = {}
        for role, user in ROLES.items():
            client = await Client(edge, user, role).connect()
            await client.until("connected")
            answers[role] = await answer(client, row)
        assert answers == dict(zip(ROLES, row.expected, strict=True))

    return ask_everybody


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.frame['type']} {row.whose}")
def test_everybody_is_answered_what_is_his(row: Row) -> None:
    in_world(scenario(row))()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.frame['type']} {row.whose}")
def test_what_is_not_his_costs_what_does_not_exist(row: Row) -> None:
    """Asked of the store with the same operations in the same order, and answered the same but for the id."""

    @in_world
    async def tell(world: EdgeWorld) -> None:
        await assemble(world)
        edge = await world.edge(store_step=noted)
        client = await Client(edge, CAROL).connect()
        await client.until("connected")
        found = []
        for place in (GROUP, NOWHERE):
            known = len(client.frames)
            with asking() as asked:
                await answer(client, row, place)
            told = [orjson.dumps(frame).replace(place.encode(), b"") for frame in client.frames[known:]]
            found.append((told, asked))
        assert found[0] == found[1]
        assert found[0][1], "the store was asked"

    tell()


def test_every_frame_is_in_the_table() -> None:
    assert {row.frame["type"] for row in TABLE} | UNANSWERED == frame_types(ClientFrame)
