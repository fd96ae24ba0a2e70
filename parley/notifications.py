"""The notifications process."""

import random
import ssl
from datetime import UTC, datetime, timedelta

from bus.ports import Bus
from consumers.notifications.addresses import public_only
from consumers.notifications.digester import DigesterConfig
from consumers.notifications.mailer import SmtpConfig, SmtpMailer
from consumers.notifications.notifications import Mailing, Notifications, NotificationsConfig
from consumers.notifications.push_client import PushClient, PushClientConfig
from consumers.notifications.pushes import Wording
from consumers.notifications.sender import SenderConfig
from parley.health import Health
from parley.keys import vapid_key
from parley.process import run_consumer, run_process
from parley.settings import Settings
from store.ports import Store


def main(settings: Settings) -> None:
    async def work(bus: Bus, store: Store, health: Health) -> None:
        client = PushClient(public_only(), ssl.create_default_context(), PushClientConfig())
        await notify(settings, bus, store, health, client, config_of(settings))

    run_process("notifications", settings, run_consumer(settings, settings.notifications_port, work))


async def notify(
    settings: Settings, bus: Bus, store: Store, health: Health, client: PushClient, config: NotificationsConfig
) -> None:
    """Notify until cancelled; closes the client. To where endpoints may lead, and whose certificates are believed
    there, the client knows, and no setting."""
    notifications = Notifications(
        bus,
        store,
        client,
        vapid_key(settings),
        mailing_of(settings),
        Wording(settings.public_url, settings.notification_texts),
        random.Random(),
        _now,
        config,
    )
    health.ready = True
    try:
        await notifications.run()
    finally:
        await client.close()


def mailing_of(settings: Settings) -> Mailing | None:
    """None where no server is set: then there is no e-mail."""
    if settings.smtp_host is None or settings.smtp_from is None:
        return None
    password = settings.smtp_password
    config = SmtpConfig(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=None if password is None else password.get_secret_value(),
        name=settings.smtp_from.rpartition("@")[2],
    )
    return Mailing(SmtpMailer(config), settings.smtp_from)


def config_of(settings: Settings) -> NotificationsConfig:
    max_age = timedelta(minutes=settings.notification_max_age_minutes)
    every = timedelta(hours=settings.digest_every_hours)
    return NotificationsConfig(
        max_age=max_age,
        digest_after=timedelta(minutes=settings.digest_after_minutes),
        digest_every=every,
        sender=SenderConfig(max_age=max_age),
        digester=DigesterConfig(every=every),
    )


def _now() -> datetime:
    return datetime.now(UTC)
