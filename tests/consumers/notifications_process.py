"""The notifications process as it is, but that every endpoint leads to one port of this machine, one authority's
certificates are believed, pushes are sent one at a time, and everything happens sooner:
`python -m tests.consumers.notifications_process <port> <CA>`.
"""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from consumers.notifications.digester import DigesterConfig
from consumers.notifications.notifications import NotificationsConfig
from consumers.notifications.ripening import RipeningConfig
from consumers.notifications.sender import SenderConfig
from parley.settings import load_settings
from parley.trial_notifications import run


def sooner(config: NotificationsConfig) -> NotificationsConfig:
    return replace(
        config,
        ripening=RipeningConfig(age_seconds=1.0),
        sender=SenderConfig(at_once=1, lease=timedelta(seconds=4), longest=timedelta(seconds=3), poll_seconds=0.1),
        digester=DigesterConfig(every=timedelta(seconds=1), poll_seconds=0.2, lease=timedelta(seconds=4)),
    )


if __name__ == "__main__":
    run(load_settings(), int(sys.argv[1]), Path(sys.argv[2]), sooner)
