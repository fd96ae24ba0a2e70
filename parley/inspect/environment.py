"""What an inspection needs from outside: Kafka, MongoDB, the time, and who is asking."""

import os
import pwd
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from bus.kafka import KafkaBus
from bus.ports import Bus
from parley.settings import Settings, load_settings
from store.mongo import MongoStore
from store.mongo.client import connect
from store.ports import Store


@dataclass(frozen=True, slots=True)
class Environment:
    """Each inspection opens what it needs, so that a look at Kafka works while MongoDB is away."""

    bus: Callable[[], AbstractAsyncContextManager[Bus]]
    store: Callable[[], AbstractAsyncContextManager[Store]]
    now: Callable[[], datetime]
    operator: str
    audit_log: Path


def environment_of(context: typer.Context) -> Environment:
    """The environment a command was given, else that of the settings."""
    given = context.find_object(Environment)
    return environment(load_settings()) if given is None else given


def environment(settings: Settings) -> Environment:
    """The platform that the settings name. It is looked at only: nothing is created in it."""

    @asynccontextmanager
    async def bus() -> AsyncIterator[Bus]:
        opened = KafkaBus(settings.kafka_bootstrap, client_id="parley-inspect")
        try:
            yield opened
        finally:
            await opened.close()

    @asynccontextmanager
    async def store() -> AsyncIterator[Store]:
        opened = MongoStore(connect(settings.mongo_url), settings.mongo_database)  # without migrating anything
        try:
            yield opened
        finally:
            await opened.close()

    return Environment(bus, store, _now, _operator(), settings.var / "log" / "audit.log")


def _now() -> datetime:
    return datetime.now(UTC)


def _operator() -> str:
    """The operating system's name for whoever runs this, not what the environment says of him."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
