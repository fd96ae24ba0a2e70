"""An ephemeral chat through the whole of `parley up`: read by the two, and by nobody who has every byte there is.

MongoDB runs uncompressed here, and what an account says is the control: the same scan has to find that.
"""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import bson
import httpx
import orjson
import pytest
from pymongo import MongoClient
from websockets.asyncio.client import ClientConnection, connect

from bus.kafka import KafkaBus
from consumers.session_expiry.chat_endings import ChatDestroyer, ChatDestroyerConfig
from domain import sealing
from domain.sealing import Cost, WrappedKey
from parley.local import mongod
from parley.local.children import Child
from parley.local.mongod import MongodNode
from parley.local.readiness import until_ready
from producer_gateway.seat_tokens import Purpose, SeatTokens
from store.mongo import open_store
from tests.local.running import stack_environment
from tests.local.scanning import found_in, found_on_disk, needles
from tests.local.test_up import running

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

UNCOMPRESSED = (
    *("--wiredTigerCollectionBlockCompressor", "none", "--wiredTigerJournalCompressor", "none"),
    *("--wiredTigerIndexPrefixCompression", "false"),
)
TALKATIVE = ("--slowms", "-1")
"""It logs every operation, as it does in bad times with slow ones."""
CONTROL = "an account says: the kingfisher dives at dusk"
PHRASES = (
    "the heron lands behind the third mill",
    "bring the blue envelope and no umbrella",
    "changed my mind: the fourth mill instead",
    "the terminal says that the boat is late",
    "over http the pigeon says that all is well",
)
REFUSED = {
    "a word that the operator refuses": "no zeppelin ever came to this harbour",
    "a frame that is none": "whoever wrote this page forgot the type",
    "a text that is too long": "and so on, without an end in sight ",
}
REACTION = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}"
TOO_LONG = 20_000
WAIT = 60.0


@dataclass
class Place:
    """A running stack, and all the bytes it leaves."""

    api: httpx.AsyncClient
    var: Path
    data: Path
    mongo: str
    kafka: str

    def secrets_found(self, secrets: Mapping[str, frozenset[bytes]]) -> dict[str, list[str]]:
        """In Kafka's logs, MongoDB's files and journal, its oplog, and every service's log."""
        with MongoClient[dict[str, Any]](self.mongo, timeoutMS=30_000) as client:
            client.admin.command("fsync")
            oplog = b"".join(bson.encode(entry) for entry in client.local["oplog.rs"].find())
        found = found_on_disk([self.var, self.data], secrets)
        for name in found_in([oplog], secrets):
            found.setdefault(name, []).append("oplog")
        return found

    def in_logs(self, secrets: Mapping[str, frozenset[bytes]]) -> dict[str, list[str]]:
        """In the services' logs, MongoDB's among them."""
        found = found_on_disk([self.var], secrets)
        kept = {name: [path for path in paths if path.endswith(".log")] for name, paths in found.items()}
        return {name: paths for name, paths in kept.items() if paths}

    def wraps(self, conversation: str) -> dict[str, frozenset[bytes]]:
        """What opens with a link and a code."""
        seats = self.one("ephemeral_chats", conversation)["seats"]
        return {f"{part} {n}": needles(bytes(seat[part])) for n, seat in enumerate(seats) for part in ("salt", "key")}

    def documents(self) -> dict[str, str]:
        """Every collection, as text."""
        with MongoClient[dict[str, Any]](self.mongo, timeoutMS=30_000) as client:
            names = client["parley"].list_collection_names()
            return {name: repr(list(client["parley"][name].find())) for name in names}

    def one(self, collection: str, key: str) -> dict[str, Any]:
        with MongoClient[dict[str, Any]](self.mongo, timeoutMS=30_000) as client:
            found = client["parley"][collection].find_one({"_id": key})
            assert found is not None
            return found

    async def post(self, path: str, body: Mapping[str, Any], token: str | None = None) -> httpx.Response:
        self.api.cookies.clear()  # each request another browser's
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self.api.post(path, json=body, headers=headers)

    async def socket(self, token: str) -> ClientConnection:
        found = await self.api.get("/api/connect", headers={"Authorization": f"Bearer {token}"})
        socket = await connect(found.json()["urls"][0])
        await say(socket, type="connect", protocol=1, token=token, device=os.urandom(4).hex())
        await until(socket, "connected")
        return socket


async def say(socket: ClientConnection, **frame: Any) -> None:
    await socket.send(orjson.dumps(frame).decode())


async def until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of that kind."""
    async with asyncio.timeout(WAIT):
        while (frame := orjson.loads(await socket.recv()))["type"] != kind:
            pass
    found: dict[str, Any] = frame
    return found


@asynccontextmanager
async def a_place(directory: Path) -> AsyncIterator[Place]:
    settings = stack_environment(directory)
    node = MongodNode(
        directory / "mongod", int(settings["PARLEY_MONGOD_PORT"]), cache_gigabytes=0.25, oplog_megabytes=64
    )
    program = mongod.prepare(node, directory / "mongod.log")
    database = await Child.start(replace(program, command=(*program.command, *UNCOMPRESSED, *TALKATIVE)))
    words = directory / "refused"
    words.write_text("zeppelin\n", encoding="utf-8")
    settings |= {"PARLEY_MONGO_URL": node.url, "PARLEY_LOG_LEVEL": "debug", "PARLEY_REJECT_WORDS": str(words)}
    try:
        await until_ready(database, WAIT)
        stack = running(settings, directory / "up.log")
        found = await asyncio.to_thread(stack.__enter__)
        try:
            async with httpx.AsyncClient(base_url=found.app, timeout=WAIT, trust_env=False) as api:
                yield Place(api, directory, node.directory, node.url, f"127.0.0.1:{settings['PARLEY_KAFKA_PORT']}")
        finally:
            stack.__exit__(None, None, None)
    finally:
        await database.stop()


async def control(place: Place) -> None:
    """Two accounts talk."""
    tokens, users = [], []
    for name in ("alice", "bob"):
        credentials = {"username": name, "password": "correct horse battery"}
        users.append((await place.post("/api/users", credentials)).json()["id"])
        tokens.append((await place.post("/api/login", credentials)).json()["access_token"])
    direct = await place.post("/api/conversations", {"kind": "direct", "with": users[1]}, tokens[0])
    said = await place.post(f"/api/conversations/{direct.json()['id']}/messages", {"text": CONTROL}, tokens[0])
    assert said.status_code == 201, said.text


async def test_nothing_of_it_is_found_by_whoever_has_everything(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        await control(place)
        chat = (await place.post("/api/chats", {"names": ["Ann", "Ben"]})).json()
        conversation = chat["chat"]
        links = [f"/api/chats/seats/{seat['url'].rpartition('/')[2]}" for seat in chat["seats"]]
        assert (await place.post(f"{links[0]}/enter", {"code": "0000-0000"})).status_code == 403
        entered = [
            await place.post(f"{link}/enter", {"code": seat["code"]})
            for link, seat in zip(links, chat["seats"], strict=True)
        ]
        tokens = [answer.json()["access_token"] for answer in entered]
        users = [answer.json()["user"]["id"] for answer in entered]
        cookies = [cookie.value for answer in entered for cookie in answer.cookies.jar if cookie.value]
        secret = (tmp_path / "var" / "secrets" / "token_secret").read_text(encoding="ascii").strip()
        seat = SeatTokens(secret).open(tokens[0], Purpose.ACCESS)
        assert seat is not None
        kept = {
            **{phrase: phrase for phrase in (*PHRASES, *REFUSED.values(), REACTION)},
            **{f"token {n}": link.rpartition("/")[2] for n, link in enumerate(links)},
            **{f"code {n}": seat["code"] for n, seat in enumerate(chat["seats"])},
            **{f"code {n} as used": sealing.normal_code(seat["code"]) for n, seat in enumerate(chat["seats"])},
            **{f"access token {n}": token[-40:] for n, token in enumerate(tokens)},
            **{f"cookie {n}": cookie[-40:] for n, cookie in enumerate(cookies)},
        }
        secrets = {name: needles(value.encode()) for name, value in kept.items()} | {"the key": needles(seat.key)}
        looked_for = secrets | {"the control": needles(CONTROL.encode())}

        ann, ben = [await place.socket(token) for token in tokens]
        for number, phrase in enumerate(PHRASES[:2]):
            await say(ann, type="message", id=f"m{number}", conversation=conversation, text=phrase)
            assert (await until(ben, "message"))["text"] == phrase
        await say(ann, type="edit", id="e", conversation=conversation, seq=1, text=PHRASES[2])
        assert (await until(ben, "message"))["text"] == PHRASES[2]
        await _from_a_terminal(chat["seats"][0], PHRASES[3])
        assert (await until(ben, "message"))["text"] == PHRASES[3]
        sent = await place.post(f"/api/conversations/{conversation}/messages", {"text": PHRASES[4]}, tokens[0])
        assert sent.status_code == 201, sent.text
        assert (await until(ben, "message"))["text"] == PHRASES[4]
        await say(ben, type="react", id="r", conversation=conversation, seq=1, emoji=REACTION, on=True)
        while REACTION not in (await until(ann, "message"))["reactions"]:
            pass
        await _is_refused(ann, conversation)
        await say(ben, type="read", conversation=conversation, seq=3)
        await until(ann, "receipt")
        await say(ben, type="history", id="h", conversation=conversation)
        assert [message["text"] for message in (await until(ben, "history"))["messages"]] == [
            PHRASES[2],
            PHRASES[1],
            *PHRASES[3:],
        ]
        wraps = place.wraps(conversation)
        assert place.in_logs(wraps) == {}
        _nothing_opens_without_link_and_code(place, conversation, chat, secret)

        running_found = await asyncio.to_thread(place.secrets_found, looked_for)
        assert set(running_found) == {"the control"}, running_found
        assert any("kafka" in path for path in running_found["the control"])
        assert any("/mongod/" in path for path in running_found["the control"])
        assert "oplog" in running_found["the control"]

        await say(ben, type="end", id="end", conversation=conversation)
        await until(ben, "stored")
        for link, named in zip(links, chat["seats"], strict=True):
            assert (await place.post(f"{link}/enter", {"code": named["code"]})).status_code == 404
            assert (await place.api.get(link)).status_code == 404
        assert "ephemeral_chats" not in {name for name, text in place.documents().items() if conversation in text}
        assert (await until(ann, "ended"))["by"] == (await until(ben, "ended"))["by"] == "Ben"

        await _destroyed(place, conversation)
        documents = place.documents()
        for user in users:
            assert [name for name, text in documents.items() if user in text] == ["conversations"] * (user == users[1])
        assert [name for name, text in documents.items() if conversation in text] == ["conversations"]
        tombstone = place.one("conversations", conversation)
        assert (tombstone["name"], tombstone["last_message"], tombstone["member_count"]) == (None, None, 0)
        for token in tokens:
            found = await place.api.get("/api/connect", headers={"Authorization": f"Bearer {token}"})
            socket = await connect(found.json()["urls"][0])
            await say(socket, type="connect", protocol=1, token=token, device="again")
            assert (await until(socket, "ended"))["by"] == "Ben"
            await socket.wait_closed()
            assert socket.close_code == 4401
        bus = KafkaBus(place.kafka)
        topics = await bus.admin().topics("user.")
        await bus.close()
        assert not [topic for topic in topics if any(user in topic for user in users)], "a topic came back"
        assert set(await asyncio.to_thread(place.secrets_found, looked_for)) == {"the control"}
        assert place.in_logs(wraps) == {}


async def _is_refused(socket: ClientConnection, conversation: str) -> None:
    """What nobody was meant to read, and Kafka never had, stands in no log either."""
    word, frame, length = REFUSED.values()
    await say(socket, type="message", id="w", conversation=conversation, text=word)
    assert (await until(socket, "rejected"))["error"]["code"] == "content_forbidden"
    await say(socket, type="mesage", id="f", conversation=conversation, text=frame)
    assert (await until(socket, "error"))["error"]["code"] == "invalid_frame"
    await say(socket, type="message", id="l", conversation=conversation, text=length * (TOO_LONG // len(length)))
    assert (await until(socket, "rejected"))["error"]["code"] in ("too_large", "invalid_frame")


async def _from_a_terminal(seat: dict[str, Any], text: str) -> None:
    """Say something by `parley chat --link`."""
    talk = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "parley", "chat", "--link", seat["url"]),
        env={"PATH": os.environ["PATH"], "PARLEY_CHAT_CODE": seat["code"]},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(WAIT):
        said, _ = await talk.communicate(f"{text}\n/quit\n".encode())
    assert talk.returncode == 0, said.decode()
    assert "— Ben —" in said.decode()
    assert PHRASES[2] in said.decode(), "it shows the chat as it was"


def _nothing_opens_without_link_and_code(place: Place, conversation: str, chat: dict[str, Any], secret: str) -> None:
    """What an operator can try who has every document and every setting."""
    kept = place.one("ephemeral_chats", conversation)
    for seat, other in zip(kept["seats"], reversed(kept["seats"]), strict=True):
        wrapped = WrappedKey(seat["salt"], seat["nonce"], seat["key"])
        given = next(one for one in chat["seats"] if one["name"] == seat["name"])
        token, code = given["url"].rpartition("/")[2], given["code"]
        for tried, guess in (
            (seat["token_hash"], code),
            (secret, code),
            (token, secret),
            (token, ""),
            (token, "0000-0000"),
            ("", code),
            (other["token_hash"], code),
        ):
            assert sealing.unwrap(wrapped, tried, guess, seat["user"], Cost()) is None
        assert sealing.unwrap(wrapped, token, code, seat["user"], Cost()) is not None, "both together do open"


async def _destroyed(place: Place, conversation: str) -> None:
    """What is waited for by the clock is not waited for here: another destroyer is told that it is over."""
    bus, store = KafkaBus(place.kafka), await open_store(place.mongo, "parley")
    try:
        config = ChatDestroyerConfig(kept=timedelta(), closed_seconds=1.0)
        destroyer = ChatDestroyer(store, bus.admin(), bus.producer(), lambda: datetime.now(UTC), Random(), config)
        async with asyncio.timeout(WAIT):
            while await store.chats.close_topics(conversation):
                await destroyer.sweep()
                await asyncio.sleep(0.5)
    finally:
        await bus.close()
        await store.close()


def test_the_scan_finds_what_is_there() -> None:
    for way in (b"x%by", b"%b"):
        for shift in range(4):
            secret = b"the heron lands"
            text = b"." * shift + way % secret
            for written in (text, text.hex().encode(), base64.b64encode(text), base64.urlsafe_b64encode(text)):
                assert found_in([written[:9], written[9:]], {"it": needles(secret)}) == {"it"}
                assert found_in([written[:-12]], {"it": needles(secret)}) == set()
