"""A way to mongod that loses what it is told to lose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import bson
from pymongo import MongoClient

_COMMIT = b"commitTransaction"
_COMMAND_AT = 21
"""In an OP_MSG: after the header of 16 bytes, the flags of 4, and the kind of the section."""


@dataclass(slots=True)
class Proxy:
    """Forwards to mongod, but cuts the connection that carries one of the next `cuts` commits: `before` it arrives
    (it is not done) or `after` (it is done, and not told)."""

    address: tuple[str, int]
    moment: Literal["before", "after"] = "after"
    cuts: int = 0
    seen: int = 0
    port: int = 0
    sessions: list[dict[str, Any]] = field(default_factory=list)
    """Those whose commits it cut."""
    connections: set[asyncio.Task[None]] = field(default_factory=set)
    listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    async def open(self) -> None:
        self.listener = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def cut_off(self) -> None:
        """Close every connection, and take no more."""
        assert self.listener is not None
        self.listener.close()
        for connection in self.connections:
            connection.cancel()
        await asyncio.gather(*self.connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._carry(reader, writer))
        self.connections.add(connection)
        connection.add_done_callback(self.connections.discard)

    async def _carry(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, commands = await asyncio.open_connection(*self.address)
        back = asyncio.create_task(self._copy(server, answers))
        try:
            while message := await _message(client):
                cut = _COMMIT in message and self._next_is_cut(message)
                if cut and self.moment == "before":
                    return
                commands.write(message)
                if cut:
                    back.cancel()
                    await _message(server)
                    return
        finally:
            back.cancel()
            answers.close()
            commands.close()

    def _next_is_cut(self, message: bytes) -> bool:
        self.seen += 1
        if self.seen > self.cuts:
            return False
        self.sessions.append(bson.decode(message[_COMMAND_AT:])["lsid"])
        return True

    def end_transactions(self) -> None:
        """End what was left open, as the server does by itself after transactionLifetimeLimitSeconds."""
        if not self.sessions:
            return  # The command would end everybody's.
        host, port = self.address
        with MongoClient[dict[str, Any]](host, port, directConnection=True, timeoutMS=30_000) as client:
            client.admin.command("killSessions", self.sessions)

    async def _copy(self, server: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        while data := await server.read(65_536):
            answers.write(data)


async def _message(stream: asyncio.StreamReader) -> bytes:
    """One message of the wire protocol, which begins with its length; empty at the end of the stream."""
    try:
        length = await stream.readexactly(4)
        return length + await stream.readexactly(int.from_bytes(length, "little") - 4)
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    target = urlsplit(url)
    assert target.hostname is not None
    assert target.port is not None
    proxy = Proxy((target.hostname, target.port))
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.cut_off()
        await asyncio.to_thread(proxy.end_transactions)
