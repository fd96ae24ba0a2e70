"""The notifications process that stands in for the stack's own while a load test receives what it sends:
`python -m loadtests.notifications_process <its port> <the push service's port> <the authority's file> <SMTP port>`."""

import sys
from pathlib import Path

from parley.settings import load_settings
from parley.trial_notifications import mailing_to, run, with_short_leases


def main(port: int, push_port: int, authority: Path, smtp_port: int) -> None:
    settings = mailing_to(load_settings(), smtp_port, notifications_port=port)
    run(settings, push_port, authority, with_short_leases)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
