"""The client's core against a server that repeats, leaves out, reorders, and whose sockets break."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley_client import events
from parley_client.errors import BadFrame, FrameTooLarge, OutboxFull
from parley_client.state import ClientState, Output
from schemas.frames import MAX_CURSORS

AT = "2026-01-31T09:05:07.123Z"
CONVERSATIONS = ("c_1", "c_2")
PAGE = 3


def message(conversation: str, seq: int, rev: int, epoch: str = "e") -> dict[str, Any]:
    return {
        "conversation": conversation,
        "epoch": epoch,
        "seq": seq,
        "rev": rev,
        "sender": "u_2",
        "client_id": f"m{seq}",
        "text": f"{seq} as of {rev}",
        "sent_at": AT,
    }


def summary(conversation: str, rev: int, epoch: str = "e") -> dict[str, Any]:
    numbers = {"epoch": epoch, "seq": rev, "rev": rev}
    return {"id": conversation, "kind": "direct", **numbers, "created_at": AT, "updated_at": AT}


def connected(*summaries: Mapping[str, Any]) -> dict[str, Any]:
    user = {"id": "u_1", "username": "alice"}
    return {"type": "connected", "session": "s_1", "edge": "edge-1", "user": user, "conversations": list(summaries)}


def new_client(outbox_limit: int = 100) -> ClientState:
    ids = iter(range(10**6))
    return ClientState(lambda: f"id-{next(ids)}", Random(1), outbox_limit)


@dataclass
class Server:
    """Conversations in which every change has the next rev; a change is a new message or an edit of an old one."""

    seqs: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in CONVERSATIONS})
    """The seq that each rev, from 1 on, is a change of."""

    def change(self, conversation: str, edit: int) -> dict[str, Any]:
        seqs = self.seqs[conversation]
        newest = max(seqs, default=0)
        seqs.append(1 + edit % newest if newest and edit else newest + 1)
        return self.push(conversation, len(seqs))

    def push(self, conversation: str, rev: int) -> dict[str, Any]:
        return {"type": "message"} | message(conversation, self.seqs[conversation][rev - 1], rev)

    def latest(self, conversation: str) -> dict[int, int]:
        """Each message's latest rev."""
        return {seq: rev for rev, seq in enumerate(self.seqs[conversation], 1)}

    def resume(self, cursors: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        answers = (self._changes(name, cursor["rev"]) for name, cursor in cursors.items())
        return [answer for answer in answers if answer is not None]

    def _changes(self, conversation: str, rev: int) -> dict[str, Any] | None:
        head = len(self.seqs[conversation])
        changed = sorted((r, seq) for seq, r in self.latest(conversation).items() if r > rev)
        if rev == head:
            return None
        page, more = changed[:PAGE], len(changed) > PAGE
        return {
            "type": "changes",
            "conversation": conversation,
            "epoch": "e",
            "from": rev,
            "to": page[-1][0] if more else head,
            "messages": [message(conversation, seq, r) for r, seq in page],
            "more": more,
        }


class Run:
    """A client and a server with an unreliable socket between them."""

    def __init__(self) -> None:
        self.server = Server()
        self.client = new_client()
        self.now = 0.0
        self.told: list[tuple[str, int, int]] = []
        self.questions: list[Mapping[str, Any]] = []
        self.connect()

    def connect(self) -> None:
        self.questions = []
        cursors = self.client.connect_frame("t", "d").get("cursors", {})
        self._feed(connected(*(summary(name, len(seqs)) for name, seqs in self.server.seqs.items())))
        for answer in self.server.resume(cursors):
            self._feed(answer)

    def cut(self) -> None:
        self.client.disconnected()
        self.connect()

    def deliver(self, conversation: str, rev: int) -> None:
        if 1 <= rev <= len(self.server.seqs[conversation]):
            self._feed(self.server.push(conversation, rev))

    def answer(self, *, fail: bool = False) -> None:
        for question in self.questions[:1]:
            del self.questions[0]
            for frame in self._answers(question, fail=fail):
                self._feed(frame)

    def _answers(self, question: Mapping[str, Any], *, fail: bool) -> list[dict[str, Any]]:
        if fail:
            error = {"code": "unavailable", "message": "", "retry": True}
            return [{"type": "error", "id": question["id"], "error": error}]
        return [*self.server.resume(question["cursors"]), {"type": "synced", "id": question["id"]}]

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self._take(self.client.tick(self.now))

    def settle(self) -> None:
        """What is asked is answered from now on, and the last change of each conversation comes (again)."""
        for conversation, seqs in self.server.seqs.items():
            self.deliver(conversation, len(seqs))
        for _ in range(1000):
            if self.client.next_due() is None:
                return
            self.answer()
            self.wait(30.0)
        raise AssertionError("the client never comes to rest")

    def _feed(self, frame: Mapping[str, Any]) -> None:
        self._take(self.client.receive(frame, self.now))

    def _take(self, output: Output) -> None:
        self.questions += [frame for frame in output.frames if frame["type"] == "sync"]
        for event in output.events:
            assert not isinstance(event, events.ConversationReset)
            if isinstance(event, events.MessageChanged):
                told = event.message
                self.told.append((told.conversation, told.rev, told.seq))


def changing() -> st.SearchStrategy[tuple[Any, ...]]:
    name = st.sampled_from(CONVERSATIONS)
    arrival = st.sampled_from(["pushed", "pushed", "pushed twice", "lost"])
    return st.one_of(
        st.tuples(st.just("change"), name, st.integers(0, 3), arrival),
        st.tuples(st.just("again"), name, st.integers(1, 12)),
        st.tuples(st.just("answer"), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([0.1, 1.0, 20.0])),
        st.just(("cut",)),
    )


def act(run: Run, action: tuple[Any, ...]) -> None:
    match action:
        case ("change", conversation, edit, arrival):
            rev = run.server.change(conversation, edit)["rev"]
            for _ in range({"pushed": 1, "pushed twice": 2, "lost": 0}[arrival]):
                run.deliver(conversation, rev)
        case ("again", conversation, rev):
            run.deliver(conversation, rev)
        case ("answer", fail):
            run.answer(fail=fail)
        case ("wait", seconds):
            run.wait(seconds)
        case ("cut",):
            run.cut()


@given(st.lists(changing(), max_size=40))
def test_every_change_is_told_once_and_in_order(actions: list[tuple[Any, ...]]) -> None:
    run = Run()
    for action in actions:
        act(run, action)
    run.settle()
    for conversation in CONVERSATIONS:
        revs = [rev for name, rev, _ in run.told if name == conversation]
        assert revs == sorted(set(revs))
        # What is missing was superseded by a later change of the same message, which was told.
        assert set(run.server.latest(conversation).values()) <= set(revs)
        assert run.client.cursors[conversation]["rev"] == len(run.server.seqs[conversation])


@given(st.lists(st.sampled_from(["send", "accept", "store", "reject", "cut", "fail", "wait"]), max_size=40))
def test_every_command_is_sent_until_its_outcome_and_never_after(actions: list[str]) -> None:
    client, now = new_client(), 0.0
    client.receive(connected(summary("c_1", 0)), now)
    kept: list[str] = []
    settled: set[str] = set()
    for action in actions:
        output = Output([], [])
        match action:
            case "send":
                sent, output = client.send("c_1", "text", now)
                kept.append(sent.id)
            case "wait":
                now += 100.0
                output = client.tick(now)
                assert [frame["id"] for frame in output.frames] == kept
            case "cut":
                client.disconnected()
                client.connect_frame("t", "d")
                output = client.receive(connected(summary("c_1", 0)), now)
                assert [frame["id"] for frame in output.frames] == kept
            case "accept" if kept:
                output = client.receive({"type": "accepted", "id": kept[-1], "at": AT}, now)
            case "fail" if kept:
                error = {"code": "unknown_outcome", "message": "", "retry": True}
                output = client.receive({"type": "error", "id": kept[0], "error": error}, now)
            case "store" if kept:
                settled.add(command := kept.pop(0))
                output = client.receive(
                    {"type": "stored", "id": command, "conversation": "c_1", "seq": 1, "rev": 1}, now
                )
            case "reject" if kept:
                settled.add(command := kept.pop(0))
                error = {"code": "not_a_member", "message": "", "retry": False}
                output = client.receive({"type": "rejected", "id": command, "error": error}, now)
        assert not settled & {str(frame.get("id")) for frame in output.frames}
        assert [sent.id for sent in client.unsettled] == kept


def test_a_full_outbox_takes_nothing_more() -> None:
    client = new_client(outbox_limit=1)
    client.send("c_1", "one", 0.0)
    with pytest.raises(OutboxFull):
        client.send("c_1", "two", 0.0)
    assert [sent.text for sent in client.unsettled] == ["one"]


def test_a_message_that_no_frame_can_hold_is_not_taken() -> None:
    client = new_client()
    with pytest.raises(FrameTooLarge):
        client.send("c_1", "ß" * 40_000, 0.0)
    assert not client.unsettled


def test_a_malformed_frame_is_named_without_its_content() -> None:
    with pytest.raises(BadFrame, match="rev") as raised:
        new_client().receive({"type": "message"} | message("c_1", 1, 1) | {"rev": "secret"}, 0.0)
    assert "secret" not in str(raised.value)


def test_cursors_beyond_what_connect_may_name_are_synced_after_it() -> None:
    client = new_client()
    names = [f"c_{number}" for number in range(MAX_CURSORS + 50)]
    client.receive(connected(*(summary(name, 1) for name in names)), 0.0)
    client.receive({"type": "message"} | message("c_0", 2, 2), 0.0)
    client.disconnected()
    named = set(client.connect_frame("t", "d")["cursors"])
    assert len(named) == MAX_CURSORS
    assert "c_0" in named, "the conversations that moved last come first"
    output = client.receive(connected(), 0.0)
    asked = [name for frame in output.frames for name in frame["cursors"]]
    assert sorted(asked) == sorted(set(names) - named)


def test_conversations_of_later_pages_are_followed_from_their_summaries() -> None:
    client = new_client()
    client.receive(connected() | {"more": True}, 0.0)
    pushed = client.receive({"type": "conversation"} | summary("c_2", 4), 0.0).events[0]
    assert isinstance(pushed, events.ConversationChanged)
    learned = pushed.summary.model_copy(update={"id": "c_1", "rev": 4})
    assert [type(event) for event in client.learn([learned, pushed.summary], 0.0).events] == [
        events.ConversationChanged
    ]
    assert client.cursors["c_1"]["rev"] == 4
    assert client.cursors["c_2"]["rev"] == 0, "one that is followed already stays where it is"
