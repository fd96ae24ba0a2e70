"""Telling everyone what a batch did: senders, members, and whoever reads `events`."""

import asyncio
from collections.abc import Iterable, Sequence

from bus.mail import Mail, fragment, post
from bus.ports import Producer
from consumers.writer import events
from consumers.writer.deliveries import Summaries, address
from consumers.writer.planning import Told
from consumers.writer.records import Submission
from consumers.writer.reshaping import audience
from schemas.errors import ErrorBody, ErrorCode
from schemas.frames import Rejected
from schemas.messages import Summary
from store.ports import Conversations, Sessions

_READ_AT_ONCE = 8


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
        """How members who are online see conversations that began or changed."""
        heard = ((one.outcome.conversation, audience(one)) for one in told if one.reshapes)
        wanted = dict.fromkeys(
            (conversation, user)
            for conversation, them in heard
            for user in (*them.newcomers, *them.others)
            if user in online
        )
        room = asyncio.Semaphore(_READ_AT_ONCE)
        read = [self._summary(conversation, user, room) for conversation, user in wanted]
        found = zip(wanted, await asyncio.gather(*read), strict=True)
        return {pair: summary for pair, summary in found if summary is not None}

    async def _summary(self, conversation: str, user: str, room: asyncio.Semaphore) -> Summary | None:
        async with room:
            return await self._conversations.summary(user, conversation)
