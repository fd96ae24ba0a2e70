"""What a push says: who wrote where, and how to get there; the text only where the installation wants that."""

from dataclasses import dataclass

from consumers.notifications.facts import Facts
from domain.conversation import Conversation
from domain.identity import User
from domain.notifying import Notification
from schemas.ids import message_id
from schemas.messages import ConversationKind, Message
from schemas.pushes import MAX_TEXT, PushMessage, PushSender


@dataclass(frozen=True, slots=True)
class Wording:
    """What notifications may say."""

    public_url: str
    """Where the app is."""
    with_text: bool = False
    """Whether the beginnings of messages are told too."""

    def link(self, conversation: str) -> str:
        return f"{self.public_url.rstrip('/')}/chats/{conversation}"


def name_of(user: User | None) -> str:
    """What a person is called in a notification."""
    return "Somebody" if user is None else user.name or user.username


def compose(notification: Notification, facts: Facts, sender: User | None, wording: Wording) -> PushMessage:
    """For a message that its user is to be told of."""
    message = facts.messages[notification.conversation, notification.seq]
    conversation = facts.conversations[notification.conversation]
    return PushMessage(
        id=message_id(message.conversation, message.seq),
        conversation=message.conversation,
        kind=conversation.kind,
        name=_name(conversation),
        sender=PushSender(id=message.sender, name=name_of(sender)),
        mentioned=notification.user in message.mentions,
        sent_at=message.sent_at,
        tag=notification.topic,
        url=wording.link(message.conversation),
        text=_beginning(message) if wording.with_text else None,
    )


def urgency(push: PushMessage) -> str:
    """RFC 8030 section 5.3: what is for one person alone may wake his device up."""
    return "high" if push.mentioned or push.kind is ConversationKind.DIRECT else "normal"


def _name(conversation: Conversation) -> str | None:
    return None if conversation.kind is ConversationKind.DIRECT else conversation.name


def _beginning(message: Message) -> str | None:
    return None if message.text is None else message.text[:MAX_TEXT]
