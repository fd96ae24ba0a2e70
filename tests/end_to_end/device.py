"""A program at a socket, which keeps everything it is sent."""

import asyncio
from collections import Counter
from typing import Any, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

WAIT = 20.0

Frame = dict[str, Any]


class Device:
    """One device of a user, from `open` to `close`."""

    def __init__(self, socket: ClientConnection, user: str, edge_topic: str) -> None:
        self.user = user
        self.edge_topic = edge_topic
        self.frames: list[Frame] = []
        self._socket = socket
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls, url: str, edge_topic: str, user: str, token: str, name: str, cursors: dict[str, Any] | None = None
    ) -> Self:
        device = cls(await connect(url, proxy=None), user, edge_topic)
        named = {} if cursors is None else {"cursors": cursors}
        await device.send("connect", protocol=1, token=token, device=name, **named)
        await device.told("connected")
        return device

    @property
    def session(self) -> str:
        return str(self.frames[0]["session"])

    async def send(self, kind: str, **fields: Any) -> None:
        await self._socket.send(orjson.dumps({"type": kind, **fields}).decode())

    async def told(self, kind: str, **fields: Any) -> Frame:
        """The first frame of this kind with these fields, as soon as it has come."""
        try:
            async with asyncio.timeout(WAIT):
                while not (found := self.all(kind, **fields)):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {kind} with {fields} among {self.frames}") from None
        return found[0]

    def all(self, kind: str, **fields: Any) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == kind and fields.items() <= _flat(frame).items()]

    async def done(self, kind: str, client_id: str, **fields: Any) -> Frame:
        """Send a command and wait until it is stored, or rejected: that frame."""
        await self.send(kind, id=client_id, **fields)
        async with asyncio.timeout(WAIT):
            while not (found := [*self.all("stored", id=client_id), *self.all("rejected", id=client_id)]):
                self._news.clear()
                await self._news.wait()
        return found[0]

    async def asked(self, kind: str, client_id: str, **fields: Any) -> Frame:
        """Send a question and wait for its answer."""
        await self.send(kind, id=client_id, **fields)
        return await self.told(kind, id=client_id)

    def messages(self, conversation: str) -> dict[int, Frame]:
        """The conversation as this device has it by now: of each seq the latest that came."""
        found: dict[int, Frame] = {}
        for message in self._shown(conversation):
            if message["rev"] > found.get(message["seq"], {"rev": 0})["rev"]:
                found[message["seq"]] = message
        return dict(sorted(found.items()))

    def everything(self) -> dict[str, dict[int, Frame]]:
        """All conversations of which a message came."""
        heard = {frame["conversation"] for frame in [*self.all("message"), *self.all("changes")]}
        return {conversation: self.messages(conversation) for conversation in heard}

    def texts(self, conversation: str) -> list[str | None]:
        return [one.get("text") for one in self.messages(conversation).values() if one["kind"] == "text"]

    def cursors(self, conversation: str) -> dict[str, Any]:
        """What it may come back with."""
        latest = max(self._shown(conversation), key=lambda message: int(message["rev"]))
        return {conversation: {"epoch": latest["epoch"], "rev": latest["rev"]}}

    def doubled(self) -> list[tuple[str, int]]:
        """The changes that it was pushed more than once."""
        pushed = Counter((frame["conversation"], frame["rev"]) for frame in self.all("message"))
        return [change for change, times in pushed.items() if times > 1]

    def revs(self, conversation: str) -> list[int]:
        return [frame["rev"] for frame in self.all("message", conversation=conversation)]

    async def close(self) -> None:
        await self._socket.close()
        await self._reading

    async def _read(self) -> None:
        try:
            async for data in self._socket:
                self.frames.append(orjson.loads(data))
                self._news.set()
        except ConnectionClosed:
            return

    def _shown(self, conversation: str) -> list[Frame]:
        pushed = self.all("message", conversation=conversation)
        return pushed + [one for frame in self.all("changes", conversation=conversation) for one in frame["messages"]]


def _flat(frame: Frame) -> dict[str, Any]:
    """The fields that a frame can be told by."""
    return {name: value for name, value in frame.items() if isinstance(value, str | int | None)}
