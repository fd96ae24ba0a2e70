"""The edge process: sockets in front, Kafka and MongoDB behind, its own topic for what comes back."""

import asyncio
import resource
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import structlog

from bus.ports import Bus
from domain.limits import Rate
from parley.keys import token_secret
from parley.limits import content_config, edge_limits, networks
from parley.process import connected, run_process
from parley.settings import Settings
from producer_gateway.attachments import Attachments
from producer_gateway.content import ContentRules
from producer_gateway.edge.node import EdgeConfig, EdgeNode
from producer_gateway.edge.server import EdgeServer, ServerConfig
from producer_gateway.incarnation import LifeConfig, ProcessLife
from producer_gateway.submitting import MembershipConfig, Memberships, Submitter
from producer_gateway.tokens import AccessTokens
from producer_gateway.topic_opener import OpenerConfig
from producer_gateway.user_topics import CommandTopics, command_topics
from schemas.topics import Layout
from store.errors import StoreError
from store.ports import Store

log = structlog.get_logger(__name__)

_DRAIN_SECONDS = 3.0
_MANY_FILES = 65_536


@dataclass(frozen=True, slots=True)
class Edge:
    """What an edge is made of, but for its transport. After `life.begin()`, `run` keeps it going until cancelled."""

    node: EdgeNode
    life: ProcessLife
    topics: CommandTopics
    content: ContentRules

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.life.run(self.node.resident), name="life")
            tasks.create_task(self.topics.run(), name="user-topics")
            tasks.create_task(self.node.run(), name="node")
            tasks.create_task(self.content.run(), name="content")


def compose(
    bus: Bus,
    store: Store,
    tokens: AccessTokens,
    tasks: asyncio.TaskGroup,
    *,
    random: Random,
    now: Callable[[], datetime],
    url: str,
    config: EdgeConfig,
    layout: Layout = Layout.PER_USER,
) -> Edge:
    """Put an edge together over any bus and store. What its sockets set off runs in `tasks`."""
    producer = bus.producer()
    life = ProcessLife(bus, store.edges, random, LifeConfig(node=config.node, url=url))
    topics = command_topics(layout, store.user_topics, producer, bus.admin(), random, OpenerConfig())
    memberships = Memberships(store.conversations, MembershipConfig())
    content = ContentRules(config.content)
    submitter = Submitter(producer, topics, memberships, Attachments(store.media, now), content)
    node = EdgeNode(store, producer, topics, submitter, memberships, tokens, life, tasks, now, random, config)
    return Edge(node, life, topics, content)


def main(settings: Settings, node: str, port: int) -> None:
    _allow_many_files()
    run_process(node, settings, serve_edge(settings, node, port))


async def serve_edge(settings: Settings, name: str, port: int) -> None:
    """Serve until cancelled; `/readyz` says 503 until Kafka and MongoDB are there, and again while it drains.

    Raises OSError when the port is taken.
    """
    origins = frozenset(settings.allowed_origins)
    async with asyncio.TaskGroup() as tasks:
        config = ServerConfig(
            host=settings.host,
            port=port,
            origins=origins,
            connections=Rate.parse(settings.limit_connections),
            proxies=networks(settings.trusted_proxies),
            exempt=networks(settings.limit_exempt),
        )
        server = EdgeServer(tasks, config)
        await server.start()
        try:
            async with connected(settings) as (bus, store):
                tokens = AccessTokens(token_secret(settings), lifetime_seconds=0)  # it issues none
                edge = compose(
                    bus,
                    store,
                    tokens,
                    tasks,
                    random=Random(),
                    now=_now,
                    url=_url(settings, port),
                    config=EdgeConfig(node=name, limits=edge_limits(settings), content=content_config(settings)),
                    layout=settings.layout,
                )
                await _serve_sockets(edge, server, tasks)
        finally:
            await server.stop(0)


async def _serve_sockets(edge: Edge, server: EdgeServer, tasks: asyncio.TaskGroup) -> None:
    await edge.life.begin()
    running = tasks.create_task(edge.run(), name="edge")
    server.open(edge.node)
    try:
        await asyncio.get_running_loop().create_future()  # until cancelled
    finally:
        try:
            await server.stop(_DRAIN_SECONDS)
            await edge.life.end()
        except StoreError as error:
            log.warning("end_not_stored", error=repr(error))  # the lease runs out by itself
        running.cancel()


def _url(settings: Settings, port: int) -> str:
    known = dict(zip(settings.edge_ports, settings.edge_urls, strict=False))
    return known.get(port, f"ws://{settings.host}:{port}/ws")


def _allow_many_files() -> None:
    """Each socket is a file; the soft limit is often 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MANY_FILES if hard == resource.RLIM_INFINITY else min(hard, _MANY_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _now() -> datetime:
    return datetime.now(UTC)
