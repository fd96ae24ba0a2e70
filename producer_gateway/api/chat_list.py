"""What a member noted of a conversation, on all of his devices."""

from bus.mail import Mail, fragment, post
from bus.ports import Producer
from schemas.frames import ConversationPush
from schemas.messages import Summary
from store.ports import Store

_TRIES = 5


class ChatList:
    """Tells a user's sockets how a conversation stands in his list now."""

    def __init__(self, store: Store, producer: Producer) -> None:
        self._store = store
        self._producer = producer

    async def changed(self, user: str, conversation: str) -> Summary | None:
        """To be called when the change is stored. Returns what was told; None when it is not his any more. Raises
        StoreUnavailable, Unavailable, UnknownOutcome: then the change may be made again.

        A socket that has been told of a later message drops an older summary. So it is told again until no message has
        come between: one that comes later stands behind the summary in the edge's topic.
        """
        summary = await self._store.conversations.summary(user, conversation)
        for _ in range(_TRIES):
            if summary is None:
                return None
            await self._tell(user, summary)
            latest = await self._store.conversations.summary(user, conversation)
            if latest is None or latest.rev == summary.rev:
                return latest
            summary = latest
        return summary

    async def _tell(self, user: str, summary: Summary) -> None:
        """Sessions are looked up after the change is stored: who connects later finds it in his snapshot."""
        sessions = (await self._store.sessions.of([user])).get(user, ())
        mail = Mail()
        mail.put_to_all(sessions, fragment(ConversationPush.model_construct(**dict(summary))))
        await post(self._producer, mail.records())
