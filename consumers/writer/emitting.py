"""Telling everyone what a batch did: senders, members, and whoever reads `events`."""

from collections.abc import Iterable, Sequence

from bus.mail import Mail, fragment, post
from bus.ports import Producer
from consumers.writer import events
from consumers.writer.deliveries import Summaries, address
from consumers.writer.planning import Told
from consumers.writer.records import Submission
from schemas.errors import ErrorBody, ErrorCode
from schemas.frames import Rejected
from store.ports import Conversations, Sessions


class Emitter:
    """Emits at least once, in the order it is told to; readers drop what they have by (conversation, rev)."""

    def __init__(self, sessions: Sessions, conversations: Conversations, producer: Producer) -> None:
        self._sessions = sessions
        self._conversations = conversations
        self._producer = producer

    async def tell(self, told: Sequence[Told]) -> None:
        """Everything a stored batch has to say. Returns when Kafka has all of it.

        The sessions are looked up now, after the batch was stored: a session registered before this is seen here,
        one registered later finds the batch in its snapshot. Raises Unavailable, UnknownOutcome, StoreUnavailable.
        """
        users = {user for one in told if one.to_members for user in one.outcome.addressees}
        sessions = await self._sessions.of(users) if users else {}
        summaries = await self._summaries(told, {user for user, found in sessions.items() if found})
        await post(self._producer, [*address(told, sessions, summaries).records(), *events.records(told)])

    async def refuse(self, submission: Submission, code: ErrorCode) -> None:
        """Tell the sender alone that his command failed."""
        if submission.reply_to is None:
            return
        rejected = Rejected(id=submission.command.client_id, error=ErrorBody.of(code))
        mail = Mail()
        mail.put(submission.reply_to.topic, (submission.reply_to.address,), fragment(rejected), submission.trace)
        await post(self._producer, [*mail.records()])

    async def _summaries(self, told: Iterable[Told], online: set[str]) -> Summaries:
        """How the online members of created conversations see them."""
        wanted = [
            (one.outcome.conversation, user)
            for one in told
            if one.creates and one.to_members
            for user in one.outcome.addressees
            if user in online
        ]
        found = {
            (conversation, user): await self._conversations.summary(user, conversation) for conversation, user in wanted
        }
        return {pair: summary for pair, summary in found.items() if summary is not None}
