"""The api process: HTTP in front, its own edge topic behind, so that requests learn what became of their commands."""

import asyncio
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import structlog
from fastapi import FastAPI

from bus.ports import Bus
from parley.health import Health
from parley.keys import token_secret, vapid_key
from parley.limits import api_limits, content_config
from parley.process import connected, run_process
from parley.settings import Settings
from producer_gateway import passwords
from producer_gateway.api.app import create_app
from producer_gateway.api.chat_list import ChatList
from producer_gateway.api.code_tries import CodeTries
from producer_gateway.api.limiting import Limits
from producer_gateway.api.sending import Commands
from producer_gateway.api.services import ApiConfig, Services
from producer_gateway.api.serving import Gate, serve
from producer_gateway.api.signing_out import SigningOut
from producer_gateway.api.starting_chats import ChatsConfig, ChatStarter
from producer_gateway.api.uploading import MediaConfig, Uploads
from producer_gateway.api.waiting import Outcomes
from producer_gateway.api.web_app import WebApp
from producer_gateway.attachments import Attachments
from producer_gateway.chat_keys import ChatKeys
from producer_gateway.content import ContentRules
from producer_gateway.incarnation import LifeConfig, ProcessLife, Resident
from producer_gateway.notices import Notices
from producer_gateway.passwords import Passwords
from producer_gateway.receipts import ReceiptSender
from producer_gateway.revocations import Revocations
from producer_gateway.submitting import MembershipConfig, Memberships, Submitter
from producer_gateway.threads import Threads
from producer_gateway.tokens import ACCESS_TOKEN_SECONDS, AccessTokens
from producer_gateway.topic_opener import OpenerConfig
from producer_gateway.user_topics import CommandTopics, command_topics
from schemas.topics import Layout
from store.errors import StoreError
from store.ports import Store

log = structlog.get_logger(__name__)

_NOTICE_SECONDS = 0.5
_DRAIN_SECONDS = 5.0
"""More than the longest that a request waits for its outcome."""


def main(settings: Settings) -> None:
    try:
        listener = socket.create_server((settings.host, settings.app_port))
    except OSError as error:
        sys.exit(f"api: cannot listen on {settings.host}:{settings.app_port}: {error.strerror}")
    run_process("api", settings, serve_api(settings, listener))


async def serve_api(settings: Settings, listener: socket.socket) -> None:
    """Serve until cancelled; `/readyz` says 503 until Kafka and MongoDB are there, and again while it drains."""
    health = Health()
    gate = Gate()
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(_work(settings, gate, health), name="api")

        async def leave() -> None:
            health.ready = False
            await asyncio.sleep(_NOTICE_SECONDS)

        try:
            await serve(gate, listener, leave, drain_seconds=_DRAIN_SECONDS)
        finally:
            work.cancel()


async def _work(settings: Settings, gate: Gate, health: Health) -> None:
    hashing, images = Passwords(passwords.recommended()), Threads("images", concurrent=2, waiting=16)
    tokens = AccessTokens(token_secret(settings), ACCESS_TOKEN_SECONDS)
    push_key = vapid_key(settings).public
    config = _config(settings)
    chat_keys = ChatKeys(config.chats.cost)
    try:
        async with connected(settings) as (bus, store):
            api = compose(
                bus,
                store,
                tokens,
                hashing,
                config,
                push_key=push_key,
                images=images,
                chat_keys=chat_keys,
                random=Random(),
                now=_now,
                ready=lambda: health.ready,
                layout=settings.layout,
            )
            await api.life.begin()
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(api.run())
                    gate.open(api.app)
                    health.ready = True
            finally:
                await _end(api.life)
    finally:
        hashing.close()
        images.close()
        chat_keys.close()


def _config(settings: Settings) -> ApiConfig:
    return ApiConfig(
        origins=settings.allowed_origins,
        secure_cookies=settings.public_url.startswith("https:"),
        media=MediaConfig(
            max_bytes=settings.media_max_bytes,
            max_pixels=settings.media_max_pixels,
            types=frozenset(settings.media_types),
        ),
        limits=api_limits(settings),
        chats=_chats(settings),
        content=content_config(settings),
        web_app=WebApp.read(),
    )


def _chats(settings: Settings) -> ChatsConfig:
    return ChatsConfig(
        public_url=settings.public_url,
        inactivity=timedelta(minutes=settings.chat_inactivity_minutes),
        unclaimed=timedelta(hours=settings.chat_unclaimed_hours),
        longest=timedelta(hours=settings.chat_longest_hours),
    )


@dataclass(frozen=True, slots=True)
class Api:
    """What an api process is made of. After `life.begin()`, `run` keeps it going until cancelled."""

    app: FastAPI
    life: ProcessLife
    topics: CommandTopics
    outcomes: Outcomes
    content: ContentRules

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.life.run(Resident(self.outcomes.deliver)), name="life")
            tasks.create_task(self.topics.run(), name="user-topics")
            tasks.create_task(self.content.run(), name="content")


def compose(
    bus: Bus,
    store: Store,
    tokens: AccessTokens,
    hashing: Passwords,
    config: ApiConfig,
    *,
    push_key: str,
    images: Threads,
    chat_keys: ChatKeys,
    random: Random,
    now: Callable[[], datetime],
    ready: Callable[[], bool],
    wait_seconds: float = 3.0,
    layout: Layout = Layout.PER_USER,
) -> Api:
    """Put an api together over any bus and store. `push_key`: the public key of Web Push; `wait_seconds`: how long a
    request waits for its outcome."""
    producer = bus.producer()
    life = ProcessLife(bus, store.edges, random, LifeConfig(node="api"))
    topics = command_topics(layout, store.user_topics, producer, bus.admin(), random, OpenerConfig())
    memberships = Memberships(store.conversations, MembershipConfig())
    content = ContentRules(config.content)
    submitter = Submitter(producer, topics, memberships, Attachments(store.media, now), content)
    outcomes = Outcomes()
    commands = Commands(submitter, outcomes, life.reply_to, wait_seconds)
    services = Services(
        store=store,
        commands=commands,
        tokens=tokens,
        passwords=hashing,
        push_key=push_key,
        receipts=ReceiptSender(producer),
        chat_list=ChatList(store, producer),
        uploads=Uploads(store.media, images, now, config.media),
        now=now,
        random=random,
        ready=ready,
        limits=Limits(config.limits),
        revocations=Revocations(store.logins),
        signing_out=SigningOut(store, producer),
        chat_keys=chat_keys,
        chat_starter=ChatStarter(store, commands, chat_keys, config.chats),
        code_tries=CodeTries(store.attempts),
        content=content,
        notices=Notices(store.sessions, producer),
        config=config,
    )
    return Api(create_app(services), life, topics, outcomes, content)


async def _end(life: ProcessLife) -> None:
    try:
        await life.end()
    except StoreError as error:
        log.warning("incarnation_not_ended", error=repr(error))  # its lease runs out by itself


def _now() -> datetime:
    return datetime.now(UTC)
