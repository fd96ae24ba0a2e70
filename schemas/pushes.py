"""What a browser's service worker finds in a push once it is decrypted: JSON."""

from typing import Literal

from schemas.base import Produced, absent
from schemas.ids import ConversationId, UserId
from schemas.messages import ConversationKind
from schemas.times import Instant

MAX_TEXT = 300


class PushSender(Produced):
    id: UserId
    name: str


class PushMessage(Produced):
    """A message that has not reached any of the user's devices."""

    type: Literal["message"] = "message"
    id: str
    conversation: ConversationId
    kind: ConversationKind
    name: str | None
    """A group's; None for a direct conversation."""
    sender: PushSender
    mentioned: bool
    """Whether it mentions the user."""
    sent_at: Instant
    tag: str
    """The same whenever the same is told again: `showNotification(…, {tag})` shows it once."""
    url: str
    text: str | None = absent()
    """The beginning, where the installation has it told."""
