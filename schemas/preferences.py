"""What a person wants of Parley: kept with his account, read by whatever notifies him or shows his receipts."""

from enum import StrEnum

from pydantic import StrictBool

from schemas.base import Consumed, Produced


class Notifications(StrEnum):
    """Which messages a person who is not there is notified of."""

    ALL = "all"
    MENTIONS = "mentions"
    """Those that mention him."""
    NONE = "none"


class Preferences(Produced):
    """Who never said anything has these defaults. E-mail is sent to those only who asked for it and gave an address."""

    notifications: Notifications = Notifications.ALL
    email_digest: bool = False
    """Whether what stays unread is summed up by e-mail."""
    read_receipts: bool = True
    """Whether others learn how far he got and read. His own devices always do."""


class PreferencesChange(Consumed):
    """What to change; what is left out stays as it is."""

    notifications: Notifications | None = None
    email_digest: StrictBool | None = None
    read_receipts: StrictBool | None = None
