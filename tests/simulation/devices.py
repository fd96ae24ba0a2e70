"""A person's device, written from the protocol's page alone: it keeps commands until they have an outcome, remembers
one rev per conversation, asks for what it missed, and drops what it has."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from loadtests.history import MESSAGE, Reached, Sent, Wish
from schemas.errors import CloseCode
from tests.simulation.network import TERMINAL, Cut, Frame, Network, Refused, Wire
from tests.simulation.reading import Reading

_RESEND_SECONDS = 8.0
_THE_END = "end"


@dataclass(slots=True)
class Seen:
    """What a device has of a conversation."""

    epoch: str
    since: int = 0
    """The rev after which it was shown it."""
    rev: int = 0
    ahead: dict[int, Frame] = field(default_factory=dict)
    taken: list[Frame] = field(default_factory=list)
    """Every message, in the order in which the device took it for the next one."""
    messages: dict[int, Frame] = field(default_factory=dict)
    """By seq, in their latest state."""
    roles: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """What all devices of all people went through, for the judge."""

    sent: dict[str, Sent] = field(default_factory=dict)
    """By client id, unique in a run."""
    acknowledged: dict[tuple[str, str], Reached] = field(default_factory=dict)
    """By conversation and user: how far his devices have said that he is."""
    oddities: list[str] = field(default_factory=list)
    """What no device should ever see."""


class Device:
    def __init__(
        self,
        user: str,
        name: str,
        token: str,
        network: Network,
        account: Account,
        random: Random,
        *,
        trusting: bool,
    ) -> None:
        """A `trusting` device takes `accepted` for the last word, and never sends the command again: what Kafka has
        must arrive without anybody's help."""
        self.user = user
        self.name = name
        self._trusting = trusting
        self.seen: dict[str, Seen] = {}
        self.past: list[tuple[str, Seen]] = []
        """Conversations it had, as they were when it was told that they are gone."""
        self.strays: list[tuple[str, int]] = []
        """Conversation and rev of messages it was shown of what was gone."""
        self.ends: list[tuple[str, str]] = []
        """Of an ephemeral chat: (conversation, by whom or what) of each end that it was told of. It goes then."""
        self.told_late = False
        """It was told of the end by an edge that had nothing else to tell any more."""
        self.outbox: dict[str, Frame] = {}
        self.reading = Reading(user, random, account.acknowledged)
        self.online: set[str] = set()
        """Who it was told is online, as long as it is connected."""
        self._away = False
        self._token = token
        self._network = network
        self._account = account
        self._random = random
        self._wire: Wire | None = None
        self._pushed: set[tuple[str, int]] = set()
        """(conversation, rev) pushed on this socket."""
        self._questions = 0
        self._asked: dict[str, str] = {}
        """Question → the conversation it is about."""

    @property
    def title(self) -> str:
        return f"{self.user}/{self.name}"

    def say(self, client_id: str, conversation: str, text: str) -> None:
        """Send a message, now or as soon as there is a connection; again until it has an outcome."""
        self.change(client_id, conversation, MESSAGE, text)

    def change(self, client_id: str, conversation: str, wish: Wish, text: str = "") -> None:
        """Say, edit, delete or react, in the same way."""
        now = asyncio.get_running_loop().time()
        self._account.sent[client_id] = Sent(conversation, self.user, client_id, text, sent_at=now, wish=wish)
        frame = {"type": wish.kind, "id": client_id, "conversation": conversation, **_fields(wish, text)}
        self.outbox[client_id] = frame
        if self._wire is not None:
            self._wire.say(frame)

    def end(self, conversation: str) -> None:
        """End an ephemeral chat."""
        frame = {"type": "end", "id": _THE_END, "conversation": conversation}
        self.outbox[_THE_END] = frame
        if self._wire is not None:
            self._wire.say(frame)

    def leave(self) -> None:
        """Go, and stay away."""
        self._away = True
        if self._wire is not None:
            self._wire.cut()

    def come_back(self) -> None:
        self._away = False

    async def live(self) -> None:
        """Connect, and connect again, until cancelled."""
        while True:
            try:
                if not self._away and not self.ends:
                    await self._one_socket(self._network.connect())
            except Refused:
                pass
            except Cut as cut:
                if cut.code in TERMINAL and not self.ends:
                    self._odd(f"closed with {CloseCode(cut.code).name}")
            finally:
                self._wire = None
                self.online = set()
            await asyncio.sleep(self._random.uniform(0.05, 1.0))

    async def _one_socket(self, wire: Wire) -> None:
        self._pushed = set()
        for seen in self.seen.values():
            seen.ahead.clear()
        cursors = {c: {"epoch": seen.epoch, "rev": seen.rev} for c, seen in self.seen.items()}
        wire.say({"type": "connect", "protocol": 1, "token": self._token, "device": self.name, "cursors": cursors})
        resender = asyncio.create_task(self._resend(wire))
        try:
            while True:
                self._take(wire, await wire.hear())
        finally:
            resender.cancel()
            wire.cut()

    async def _resend(self, wire: Wire) -> None:
        while True:
            await asyncio.sleep(_RESEND_SECONDS * self._random.uniform(0.5, 1.5))
            if self._wire is wire:
                for frame in self.outbox.values():
                    wire.say(frame)

    def _take(self, wire: Wire, frame: Frame) -> None:
        match frame["type"]:
            case "connected":
                self._connected(wire, frame)
            case "message":
                self._pushed_message(wire, frame)
            case "changes":
                self._changes(wire, frame)
            case "conversation":
                self._learn(wire, frame)
            case "gone":
                self._forget(frame["conversation"])
            case "receipt":
                self.reading.hear(frame)
            case "user_status":
                (self.online.add if frame["status"] == "online" else self.online.discard)(frame["user"])
            case _:
                self._seated(wire, frame)

    def _seated(self, wire: Wire, frame: Frame) -> None:
        """What only ephemeral chats have, and what all have."""
        match frame:
            case {"type": "ended"}:
                self.ends.append((frame["conversation"], frame["by"]))
                self.outbox.clear()
                self._fill_in(wire)
            case {"type": "error", "error": {"code": "conversation_ended"}} if self.ends:
                self.told_late = True
            case {"type": kind, "id": str(command)} if command == _THE_END:
                if kind != "error":  # then it is sent again
                    self.outbox.pop(_THE_END, None)
            case {"type": "notice"}:
                pass
            case _:
                self._answered(frame)

    def _answered(self, frame: Frame) -> None:
        match frame["type"]:
            case "accepted":
                self._accepted(self._account.sent[frame["id"]])
                if self._trusting:
                    self.outbox.pop(frame["id"], None)
            case "stored":
                self._stored(frame)
            case "rejected":
                self.outbox.pop(frame["id"], None)
                self._account.sent[frame["id"]].rejected.add(frame["error"]["code"])
            case "error" if frame["error"]["retry"] and frame.get("id") in self._asked:
                asyncio.get_running_loop().call_later(1.0, self._ask_again, self._asked[frame["id"]])
            case "error" if frame["error"]["retry"] or frame["error"]["code"] == "not_a_member":
                pass  # the latter when it said how far it was and had not yet been told that it was out
            case "synced":
                pass
            case other:
                self._odd(f"{other}: {frame.get('error')}")

    def _connected(self, wire: Wire, frame: Frame) -> None:
        self._wire = wire
        self.online = set(frame["online"])
        for summary in frame["conversations"]:
            self._learn(wire, summary, again=True)
        for command in self.outbox.values():
            wire.say(command)

    def _learn(self, wire: Wire, summary: Frame, *, again: bool = False) -> None:
        """Take what it shows; of a conversation it did not know have everything. What one has said of that, or of one
        that is shown `again`, on a new socket, is said once more where it is not shown."""
        fresh = summary["id"] not in self.seen
        if fresh:
            self.seen[summary["id"]] = Seen(summary["epoch"])
            if summary["rev"]:
                self._sync(wire, summary["id"])
        self.seen[summary["id"]].roles = {member["user"]: member["role"] for member in summary["members"]}
        for word in self.reading.snapshot(summary):
            if fresh or again:
                wire.say(word)

    def _forget(self, conversation: str) -> None:
        """It is not one's own any more; what comes of it from now on is not asked for."""
        seen = self.seen.pop(conversation, None)
        if seen is not None:
            self.past.append((conversation, seen))
        self._pushed = {(where, rev) for where, rev in self._pushed if where != conversation}

    def _sync(self, wire: Wire, conversation: str) -> None:
        seen = self.seen[conversation]
        self._questions += 1
        self._asked[f"sync-{self._questions}"] = conversation
        cursors = {conversation: {"epoch": seen.epoch, "rev": seen.rev}}
        wire.say({"type": "sync", "id": f"sync-{self._questions}", "cursors": cursors})

    def _ask_again(self, conversation: str) -> None:
        if self._wire is not None and conversation in self.seen:
            self._sync(self._wire, conversation)

    def _pushed_message(self, wire: Wire, frame: Frame) -> None:
        conversation, rev = frame["conversation"], frame["rev"]
        if (conversation, rev) in self._pushed:
            self._odd(f"{conversation} rev {rev} was pushed twice on one socket")
        self._pushed.add((conversation, rev))
        seen = self.seen.get(conversation)
        if seen is None:
            self.strays.append((conversation, rev))
            return
        if rev <= seen.rev:
            return
        if rev > seen.rev + 1 and not seen.ahead:
            self._sync(wire, conversation)
        seen.ahead[rev] = frame
        self._advance(wire, seen)

    def _changes(self, wire: Wire, frame: Frame) -> None:
        seen = self.seen.get(frame["conversation"])
        if seen is None:
            # Read when it was not yet gone, and overtaken by the word that it is.
            self.past.append(
                (frame["conversation"], Seen(frame["epoch"], since=frame["from"], taken=frame["messages"]))
            )
            return
        if frame["from"] > seen.rev:
            return
        fresh = [message for message in frame["messages"] if message["rev"] > seen.rev]
        for message in sorted(fresh, key=_rev):
            self._take_message(wire, seen, message)
        seen.rev = max(seen.rev, frame["to"])
        seen.ahead = {rev: message for rev, message in seen.ahead.items() if rev > seen.rev}
        self._advance(wire, seen)
        if frame["more"] or seen.ahead:
            self._sync(wire, frame["conversation"])

    def _advance(self, wire: Wire, seen: Seen) -> None:
        while (message := seen.ahead.pop(seen.rev + 1, None)) is not None:
            self._take_message(wire, seen, message)
            seen.rev += 1

    def _fill_in(self, wire: Wire) -> None:
        """What came before the end, past the holes of what was changed since: nobody can ask for these any more."""
        for seen in self.seen.values():
            for rev in sorted(seen.ahead):
                self._take_message(wire, seen, seen.ahead.pop(rev))

    def _take_message(self, wire: Wire, seen: Seen, message: Frame) -> None:
        seen.taken.append(message)
        seen.messages[message["seq"]] = message
        word = self.reading.take(message)
        if word is not None:
            wire.say(word)

    def _stored(self, frame: Frame) -> None:
        self.outbox.pop(frame["id"], None)
        self._account.sent[frame["id"]].stored.add((frame["seq"], frame["rev"]))

    def _accepted(self, sent: Sent) -> None:
        if not sent.accepted:
            sent.accepted, sent.accepted_at = True, asyncio.get_running_loop().time()

    def _odd(self, what: str) -> None:
        self._account.oddities.append(f"{self.title}: {what}")


def _fields(wish: Wish, text: str) -> dict[str, Any]:
    """What a frame says beside its type, its id and its conversation."""
    match wish.kind:
        case "message":
            return {"text": text}
        case "edit":
            return {"seq": wish.seq, "text": text}
        case "react":
            return {"seq": wish.seq, "emoji": wish.emoji, "on": wish.on}
    return {"seq": wish.seq}


def _rev(message: dict[str, Any]) -> int:
    rev: int = message["rev"]
    return rev
