"""A side of an ephemeral chat whose socket may break at any time, as the protocol asks it of clients."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import cycle
from random import Random
from typing import Any

import orjson

from loadtests.entries import of_frame
from loadtests.history import Entry
from loadtests.seats import Side
from loadtests.socket import connect_frame, open_socket

ANSWER_SECONDS = 15.0
"""An edge that has not answered by then is left for the next one."""
AGAIN_SECONDS = 0.5
PAUSE_SECONDS = (0.1, 0.5)


class ResumingSide(Side):
    """Connects again, from where he is, until he has been told of the end, and sends again, under the same ids and in
    order, what has no outcome. What he has he drops by its rev."""

    def __init__(self, token: str, user: str, name: str, conversation: str, link: str) -> None:
        super().__init__(token, user, name, conversation, link)
        self.sockets = 0
        """So many were opened."""
        self.unread = 0
        """Answers to his cursor that had more than one page: nothing here asks for the next."""
        self._outbox: dict[str, bytes] = {}
        self._cursors: dict[str, dict[str, Any]] = {}
        self._edges: Iterator[str] = iter(())
        self._random = Random(user)
        self._answered = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    async def connect(self, urls: Sequence[str]) -> None:
        """To the first of these edges; whenever that breaks, to the next."""
        self._edges = cycle(urls)
        self.come_back()
        await self.until(lambda side: side.connected)

    def come_back(self) -> None:
        self._life = asyncio.create_task(self._live(), name=f"side {self.user}")

    def leave(self) -> None:
        super().leave()
        self.connected = False
        if self._life is not None:
            self._life.cancel()

    async def _live(self) -> None:
        while not self.ends:
            with suppress(OSError):  # it cannot be opened, or nobody answers
                await self._one_socket(next(self._edges))
            await asyncio.sleep(self._random.uniform(*PAUSE_SECONDS))

    async def _one_socket(self, url: str) -> None:
        """Until it is lost. Raises OSError (ConnectionError, TimeoutError) when he cannot be connected."""
        lost = asyncio.Event()
        self._answered.clear()
        async with asyncio.timeout(ANSWER_SECONDS):
            socket = self._socket = await open_socket(url, self._receive, lambda _: self._lose(lost))
        self.sockets += 1
        try:
            socket.send(connect_frame(self.token, self.user, self._cursors))
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._answered.wait()
            if self.connected:
                await lost.wait()
        finally:
            self.connected = False
            socket.abort()

    def _lose(self, lost: asyncio.Event) -> None:
        lost.set()
        self._answered.set()

    def _send(self, **frame: str) -> None:
        data = orjson.dumps({"conversation": self.conversation, **frame})
        self._outbox[frame["id"]] = data
        self._post(data)

    def _post(self, data: bytes) -> None:
        if self._socket is not None and self.connected:
            self._socket.send(data)

    def _post_again(self, client_id: str) -> None:
        if client_id in self._outbox:
            self._post(self._outbox[client_id])

    def _receive(self, frame: dict[str, Any], at: float) -> None:
        match frame:
            case {"type": "rejected", "id": str(client_id), "error": {"retry": True}}:
                # Neither done nor refused: as the protocol has it, the same again.
                asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._post_again, client_id)
                return
            case {"type": "stored" | "rejected", "id": client_id}:
                self._outbox.pop(client_id, None)
            case {"type": "changes", "messages": messages, "more": more}:
                self.unread += bool(more)
                for message in messages:
                    self._see(of_frame(message))
            case {"type": "ended"}:
                self.told_late |= not self.connected
            case {"type": "error", "error": {"code": "conversation_ended"}}:
                self.told_late = True
        super()._receive(frame, at)
        if frame["type"] == "connected":
            self._begin(frame)

    def _begin(self, connected: dict[str, Any]) -> None:
        for summary in connected["conversations"]:
            self._cursors.setdefault(summary["id"], {"epoch": summary["epoch"], "rev": summary["rev"]})
        self._answered.set()
        for data in self._outbox.values():
            self._post(data)

    def _see(self, entry: Entry) -> None:
        super()._see(entry)
        cursor = self._cursors.get(entry.conversation, {"epoch": entry.epoch, "rev": 0})
        self._cursors[entry.conversation] = cursor | {"rev": max(cursor["rev"], entry.rev)}
