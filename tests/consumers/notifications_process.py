"""The notifications process as it is, but that every endpoint leads to one port of this machine, one authority's
certificates are believed, pushes are sent one at a time, and everything happens sooner:
`python -m tests.consumers.notifications_process <port> <CA>`.
"""

import ssl
import sys
from dataclasses import replace
from datetime import timedelta

from bus.ports import Bus
from consumers.notifications.addresses import Address
from consumers.notifications.digester import DigesterConfig
from consumers.notifications.push_client import PushClient, PushClientConfig
from consumers.notifications.ripening import RipeningConfig
from consumers.notifications.sender import SenderConfig
from parley.health import Health
from parley.notifications import config_of, notify
from parley.process import run_consumer, run_process
from parley.settings import load_settings
from store.ports import Store


def main(port: int, authority: str) -> None:
    settings = load_settings()

    async def here(host: str, _: int) -> Address:
        return Address("127.0.0.1", port)

    async def work(bus: Bus, store: Store, health: Health) -> None:
        tls = ssl.create_default_context(cafile=authority)
        config = replace(
            config_of(settings),
            ripening=RipeningConfig(age_seconds=1.0),
            sender=SenderConfig(at_once=1, lease=timedelta(seconds=4), longest=timedelta(seconds=3), poll_seconds=0.1),
            digester=DigesterConfig(every=timedelta(seconds=1), poll_seconds=0.2, lease=timedelta(seconds=4)),
        )
        await notify(settings, bus, store, health, PushClient(here, tls, PushClientConfig()), config)

    run_process("notifications", settings, run_consumer(settings, settings.notifications_port, work))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
