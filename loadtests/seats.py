"""The two sides of an ephemeral chat on bare sockets, and what they did, as history."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from loadtests.clock import now
from loadtests.entries import of_frame
from loadtests.history import Device, Entry, History, Sent, StoredConversation
from loadtests.socket import Socket, connect_frame, open_socket

STEP_SECONDS = 60.0


class Side:
    """One of the two, on a socket."""

    def __init__(self, token: str, user: str, name: str, conversation: str, link: str) -> None:
        self.token = token
        self.user = user
        self.name = name
        self.conversation = conversation
        self.link = link
        """The token of his link."""
        self.connected = False
        self.said: dict[str, Sent] = {}
        self.seen: dict[int, Entry] = {}
        self.ends: list[tuple[str, str]] = []
        self.told_late = False
        """The end was all that he was told: what was said before it, and he had not seen, nobody can tell him."""
        self.notices: list[str] = []
        self._strays: list[tuple[str, int]] = []
        self._duplicates = 0
        self._socket: Socket | None = None
        self._news = asyncio.Event()

    async def connect(self, urls: Sequence[str]) -> None:
        """To the first of these edges."""
        self._socket = await open_socket(urls[0], self._receive, lambda socket: None)
        self._socket.send(connect_frame(self.token, self.user, {}))
        await self.until(lambda side: side.connected)

    def say(self, client_id: str, text: str) -> None:
        self.said[client_id] = Sent(self.conversation, self.user, client_id, text, sent_at=now())
        self._send(type="message", id=client_id, text=text)

    def end(self) -> None:
        self._send(type="end", id="the-end")

    def _send(self, **frame: str) -> None:
        if self._socket is not None:
            self._socket.send(orjson.dumps({"conversation": self.conversation, **frame}))

    def leave(self) -> None:
        """Cut the socket."""
        if self._socket is not None:
            self._socket.abort()

    def has(self, client_id: str) -> bool:
        return any(entry.client_id == client_id for entry in self.seen.values())

    def device(self) -> Device:
        seen = list(self.seen.values())
        return Device(
            self.user,
            "device",
            seen,
            duplicates=self._duplicates,
            caught_up=not self.told_late,
            strays=self._strays,
            ends=self.ends,
        )

    def _receive(self, frame: dict[str, Any], at: float) -> None:
        match frame:
            case {"type": "connected"}:
                self.connected = True
            case {"type": "message"}:
                self._see(of_frame(frame))
            case {"type": "ended", "conversation": conversation, "by": by}:
                self.ends.append((conversation, by))
            case {"type": "notice", "code": code}:
                self.notices.append(code)
            case {"type": "accepted" | "stored" | "rejected", "id": client_id} if client_id in self.said:
                _answered(self.said[client_id], frame, at)
        self._news.set()

    def _see(self, entry: Entry) -> None:
        self._duplicates += entry.rev in self.seen
        self.seen.setdefault(entry.rev, entry)
        if self.ends:
            self._strays.append((entry.conversation, entry.rev))

    async def until(self, seen: "Callable[[Side], bool]") -> None:
        async with asyncio.timeout(STEP_SECONDS):
            while not seen(self):
                self._news.clear()
                await self._news.wait()


def _answered(one: Sent, frame: Mapping[str, Any], at: float) -> None:
    match frame["type"]:
        case "accepted":
            one.accepted, one.accepted_at = True, at
        case "stored":
            one.stored.add((frame["seq"], frame["rev"]))
        case _:
            one.rejected.add(frame["error"]["code"])


def opened(sealed: Iterable[Entry], shown: Iterable[Entry], sides: Iterable[Side]) -> list[Entry]:
    """The messages that the store kept sealed, with the texts that it showed while it could; what it never showed (it
    came with the end) with those that were said, so that nothing is judged of them there."""
    texts = {entry.seq: entry.text for entry in shown}
    said = {one.command: one.text for side in sides for one in side.said.values()}
    return [entry._replace(text=texts.get(entry.seq, said.get(entry.command))) for entry in sealed]


def history(chats: Iterable[tuple[Sequence[Side], StoredConversation]]) -> History:
    """Of these chats, each with what its sides were shown of it by the store."""
    found = list(chats)
    sides = [side for both, _ in found for side in both]
    return History(
        sent=[one for side in sides for one in side.said.values()],
        devices=[side.device() for side in sides],
        stored=[stored for _, stored in found],
    )
