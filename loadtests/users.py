"""Users of a run: each a socket, and what he hears on it."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

import orjson

from loadtests.acknowledging import Acknowledging, Attention
from loadtests.clock import now
from loadtests.entries import of_frame
from loadtests.history import Device, Entry, Reached, Sent, Told
from loadtests.recording import Recorder
from loadtests.socket import Socket, connect_frame, open_socket


class User:
    """One user with one device on a lean socket. One that ends, and was not cut on purpose, is counted as an error."""

    def __init__(
        self,
        id: str,  # noqa: A002 (it is his id)
        token: str,
        url: str,
        recorder: Recorder,
        attention: Attention | None = None,
    ) -> None:
        """With `attention` he says of every message that he got it, and later that he read it."""
        self.id = id
        self.conversation = ""
        self._token = token
        self._url = url
        self._recorder = recorder
        self._device = Device(id, "load", [])
        self._seen: list[Entry] = []
        self._device.seen = self._seen
        self._cursors: dict[str, dict[str, Any]] = {}
        self._socket: Socket | None = None
        self._ready: asyncio.Future[None] | None = None
        self.settled_early = 0
        """Messages whose outcome came before their socket was cut."""
        self.outbox: dict[str, bytes] = {}
        """Frames without an outcome."""
        self._empty = asyncio.Event()
        self._receipts: list[Told] = []
        self._known: dict[tuple[str, str], Reached] = {}
        self._device.receipts, self._device.known = self._receipts, self._known
        self._acknowledging = (
            None if attention is None else Acknowledging(attention, Random(id), self._speak, self._said)
        )
        recorder.devices.append(self._device)

    async def connect(self) -> None:
        """Open the socket and be connected. Raises OSError when that fails."""
        self._ready = asyncio.get_running_loop().create_future()
        self._socket = await open_socket(self._url, self._hear, self._lost)
        self._socket.send(connect_frame(self._token, "load", self._cursors))
        async with asyncio.timeout(60):
            await self._ready

    def say(self, one: Sent, due: float) -> None:
        """Send a message that was due at that time."""
        frame = orjson.dumps(
            {"type": "message", "id": one.client_id, "conversation": one.conversation, "text": one.text}
        )
        self._recorder.sending(one, due)
        self.outbox[one.client_id] = frame
        self._empty.clear()
        self.repeat(frame)

    def repeat(self, frame: bytes) -> None:
        if self._socket is not None:
            self._socket.send(frame)

    @property
    def is_done(self) -> bool:
        """Whether he has nothing more to say about what he got."""
        return self._acknowledging is None or self._acknowledging.is_done

    def _speak(self, frame: dict[str, Any]) -> None:
        if self._socket is not None:
            self._socket.send(orjson.dumps(frame))

    def _said(self, conversation: str, reached: Reached) -> None:
        self._recorder.said(conversation, self.id, reached, now())

    async def emptied(self) -> None:
        """Wait until every message has an outcome."""
        await self._empty.wait()

    def cut(self) -> None:
        """Cut the socket on purpose: that is no error."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.abort()

    def _hear(self, frame: dict[str, Any], at: float) -> None:
        match frame["type"]:
            case "message":
                self._message(frame, at)
            case "accepted":
                self._recorder.accepted(frame["id"], at)
            case "stored" | "rejected":
                self._outcome(frame)
            case "changes":
                for message in frame["messages"]:
                    self._message(message, at)
                if frame["more"]:
                    self._recorder.count("a resume of more than one page")
            case "receipt":
                self._receipt(frame, at)
            case "connected":
                self._connected(frame)
            case "error":
                self._recorder.count(f"error: {frame['error']['code']}")

    def _outcome(self, frame: dict[str, Any]) -> None:
        self._settle(frame["id"])
        if frame["type"] == "stored":
            self._recorder.stored(frame["id"], frame["seq"], frame["rev"])
        else:
            self._recorder.rejected(frame["id"], frame["error"]["code"])

    def _settle(self, client_id: str) -> None:
        self.outbox.pop(client_id, None)
        if not self.outbox:
            self._empty.set()

    def _message(self, frame: dict[str, Any], at: float) -> None:
        cursor = self._cursors.setdefault(frame["conversation"], {"epoch": frame["epoch"], "rev": 0})
        if frame["rev"] <= cursor["rev"]:
            self._device.duplicates += 1
            return
        cursor["rev"] = frame["rev"]
        self._seen.append(of_frame(frame))
        if frame["sender"] != self.id:
            self._recorder.seen(frame["client_id"], at)
            if self._acknowledging is not None:
                self._acknowledging.got(frame["conversation"], frame["seq"])

    def _receipt(self, frame: dict[str, Any], at: float) -> None:
        told = Told(frame["conversation"], frame["user"], Reached(frame["delivered"], frame["read"]))
        self._receipts.append(told)
        self._learn(told)
        if told.user != self.id:
            self._recorder.heard(told, at)

    def _learn(self, told: Told) -> None:
        key = told.conversation, told.user
        self._known[key] = self._known.get(key, Reached()).raised(told.reached)

    def _connected(self, frame: dict[str, Any]) -> None:
        for summary in frame["conversations"]:
            self._cursors.setdefault(summary["id"], {"epoch": summary["epoch"], "rev": summary["rev"]})
            for member in summary["members"]:
                self._learn(Told(summary["id"], member["user"], Reached(member["delivered"], member["read"])))
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    def _lost(self, socket: Socket) -> None:
        if socket is not self._socket:  # it was cut, or never opened
            return
        self._socket = None
        self._recorder.count(f"socket lost: {socket.close_code}")
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(ConnectionError(f"closed with {socket.close_code}"))


async def connect_all(users: Sequence[User], at_once: int) -> None:
    """Connect everyone, so many at a time. Raises an ExceptionGroup when someone cannot."""
    free = asyncio.Semaphore(at_once)

    async def connect(user: User) -> None:
        async with free:
            await user.connect()

    async with asyncio.TaskGroup() as tasks:
        for user in users:
            tasks.create_task(connect(user))
