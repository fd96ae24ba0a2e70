"""Somebody who writes without a browser, as much as is wanted."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.web.people import PASSWORD

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who says numbered lines in a direct chat."""

    conversation: str
    socket: ClientConnection

    async def say(self, first: int, last: int) -> None:
        stored = first - 1
        for number in range(first, last + 1):
            line = {"conversation": self.conversation, "text": f"line {number}"}
            await self.socket.send(frame(type="message", id=f"l{number}", **line))
            while number - stored > AT_ONCE:
                stored += await self._answered()
        while stored < last:
            stored += await self._answered()

    async def _answered(self) -> int:
        async with asyncio.timeout(30):
            told = orjson.loads(await self.socket.recv())
        assert told["type"] not in ("error", "rejected"), told
        return int(told["type"] == "stored")


@asynccontextmanager
async def writing_to(reader: str, app: str) -> AsyncIterator[Writer]:
    """A new account, connected, with a new direct chat with this reader."""
    async with httpx.AsyncClient(base_url=f"{app}/api", timeout=30, trust_env=False) as api:
        name = f"writer{secrets.token_hex(3)}"
        (await api.post("/users", json={"username": name, "password": PASSWORD})).raise_for_status()
        signed_in = (await api.post("/login", json={"username": name, "password": PASSWORD})).json()
        api.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
        users = (await api.get("/users", params={"q": reader})).json()["users"]
        opened = await api.post("/conversations", json={"kind": "direct", "with": users[0]["id"]})
        url = (await api.get("/connect")).json()["urls"][0]
    async with connect(url, max_size=None, max_queue=None) as socket:
        await socket.send(frame(type="connect", protocol=1, token=signed_in["access_token"], device="writer"))
        yield Writer(str(opened.json()["id"]), socket)


def frame(**fields: Any) -> str:
    return orjson.dumps(fields).decode()
