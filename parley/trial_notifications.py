"""The notifications process as it is, but that every endpoint leads to one port of this machine and one authority's
certificates are believed: for a load test or a test that receives what it sends. No setting and no command of `parley`
leads here."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bus.ports import Bus
from consumers.notifications.addresses import Address
from consumers.notifications.notifications import NotificationsConfig
from consumers.notifications.push_client import PushClient, PushClientConfig
from consumers.notifications.sender import SenderConfig
from parley.health import Health
from parley.notifications import config_of, notify
from parley.process import run_consumer, run_process
from parley.settings import Settings
from store.ports import Store

AT_ONCE = SenderConfig().per_host
"""Pushes that are in flight to the one port at most."""
LONGEST_SECONDS = SenderConfig().longest.total_seconds()
"""That one is in flight at most."""


def run(
    settings: Settings, port: int, authority: Path, configured: Callable[[NotificationsConfig], NotificationsConfig]
) -> None:
    """Run until told to stop (SIGTERM)."""

    async def here(host: str, _: int) -> Address:
        return Address("127.0.0.1", port)

    async def work(bus: Bus, store: Store, health: Health) -> None:
        client = PushClient(here, ssl.create_default_context(cafile=authority), PushClientConfig())
        await notify(settings, bus, store, health, client, configured(config_of(settings)))

    run_process("notifications", settings, run_consumer(settings, settings.notifications_port, work))


def mailing_to(settings: Settings, smtp_port: int, **changed: Any) -> Settings:
    """The same settings with e-mail, soon and often, by a server on this machine that encrypts nothing."""
    mailing: Mapping[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_security": "none",
        "smtp_username": None,
        "smtp_password": None,
        "smtp_from": "parley@load.example",
        "digest_after_minutes": 0.1,
        "digest_every_hours": 0.003,
    }
    return settings.model_copy(update={**mailing, **changed})


def with_short_leases(config: NotificationsConfig) -> NotificationsConfig:
    """What was in hand when the process died is sent again soon."""
    lease = timedelta(seconds=15)
    return replace(
        config,
        sender=replace(config.sender, lease=lease),
        digester=replace(config.digester, lease=lease, poll_seconds=1.0),
    )
