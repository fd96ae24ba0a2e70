"""The way of a validated command into Kafka, the same for sockets and HTTP."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from bus.errors import BusError, RecordTooLarge, UnknownOutcome, UnknownTopic
from bus.ports import Outgoing, Position, Producer
from producer_gateway.attachments import Attachments
from producer_gateway.content import ContentRules, ForbiddenContent
from producer_gateway.topic_opener import UserGone
from producer_gateway.user_topics import CommandTopics
from schemas import commands
from schemas.commands import Block, Command, CreateConversation, JoinGroup, SendMessage
from schemas.errors import CATALOGUE, ErrorCode
from schemas.headers import ReplyTo, headers
from store.errors import StoreUnavailable
from store.ports import Conversations, Membership

_SCHEMA = f"{commands.SCHEMA_NAME}/{commands.SCHEMA_VERSION}"


class NotSubmitted(Exception):
    """The command is not in Kafka, or (`unknown_outcome`) perhaps is; `code` is what its sender is told."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code)
        self.code = code

    @property
    def final(self) -> bool:
        """Whether trying again, with the same id, cannot help."""
        return not CATALOGUE[self.code].retry


_REFUSALS: dict[Membership | None, ErrorCode | None] = {
    "member": None,
    "former": ErrorCode.NOT_A_MEMBER,
    "ended": ErrorCode.CONVERSATION_ENDED,
    None: ErrorCode.NOT_FOUND,
}


_UNDECIDED = frozenset({ErrorCode.NOT_A_MEMBER, ErrorCode.CONVERSATION_ENDED})
"""What only the ordered decision can say: who was a member may ask again for what was done while he still was one, and
is told the outcome it had."""


def refusal_of(membership: Membership | None) -> ErrorCode | None:
    """What he is told who may not act in a conversation: strangers, that it does not exist; former members, that they
    are none any more."""
    return _REFUSALS[membership]


@dataclass(frozen=True, slots=True)
class MembershipConfig:
    capacity: int = 20_000
    seconds: float = 60.0
    """How long a membership seen in the store is believed."""
    wait_seconds: float = 2.0
    """How long the store is waited for; the ordered decision judges anyway."""


class Memberships:
    """Who is a member where, remembered for a while, to refuse early and for nothing else.

    Only memberships are remembered: a refusal always asks the store. When the store cannot say, the command passes,
    for the writer decides in order.
    """

    def __init__(self, conversations: Conversations, config: MembershipConfig) -> None:
        self._conversations = conversations
        self._config = config
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def refusal(self, conversation: str, user: str) -> ErrorCode | None:
        """Why the user may not act there, as far as it is known now. Strangers are told that it does not exist."""
        now = asyncio.get_running_loop().time()
        if self._seen.get((conversation, user), now) > now:
            return None
        try:
            async with asyncio.timeout(self._config.wait_seconds):
                code = await self.ask(conversation, user)
        except (StoreUnavailable, TimeoutError):
            return None
        if code is None:
            self._remember((conversation, user), now + self._config.seconds)
        return code

    async def ask(self, conversation: str, user: str) -> ErrorCode | None:
        """The store's word. Raises StoreUnavailable."""
        return refusal_of(await self._conversations.membership(conversation, user))

    def forget(self, conversation: str, user: str) -> None:
        """He is no member any more, as far as is known: ask again."""
        self._seen.pop((conversation, user), None)

    def _remember(self, membership: tuple[str, str], until: float) -> None:
        self._seen[membership] = until
        self._seen.move_to_end(membership)
        if len(self._seen) > self._config.capacity:
            self._seen.popitem(last=False)


class Submission(NamedTuple):
    """A command on its way."""

    acknowledgement: "asyncio.Future[Position]"
    masked: bool
    """Whether words in it were masked."""


class Submitter:
    """Appends commands to their senders' topics. Those of one sender stand in the order in which they were submitted,
    provided that each `submit` is awaited before the next one begins; acknowledgements need not be."""

    def __init__(
        self,
        producer: Producer,
        topics: CommandTopics,
        memberships: Memberships,
        attachments: Attachments,
        content: ContentRules,
    ) -> None:
        self._content = content
        self._producer = producer
        self._topics = topics
        self._memberships = memberships
        self._attachments = attachments

    async def submit(
        self,
        command: Command,
        reply_to: ReplyTo | None,
        traceparent: str,
        *,
        known_member: bool = False,
        sealed: Callable[[Command], Command] | None = None,
    ) -> Submission:
        """Hand a command to the producer; returns what its acknowledgement will be.

        Waits for the sender's topic to be open and for room in the send buffer. With `known_member` the membership is
        not looked up. What `sealed` makes of the command, when its content has been judged, is what Kafka gets. Raises
        NotSubmitted at once; the acknowledgement raises it too, within the producer's delivery
        timeout, and may be dropped unawaited. A position's timestamp is the time of `accepted`.
        """
        refusal = await self._refusal(command, known_member=known_member)
        if refusal is not None:
            raise NotSubmitted(refusal)
        try:
            command, masked = self._content.applied(command)
        except ForbiddenContent:
            raise NotSubmitted(ErrorCode.CONTENT_FORBIDDEN) from None
        if sealed is not None:
            command = sealed(command)
        try:
            topic, acknowledgement = await self._enqueue(command, reply_to, traceparent)
        except (BusError, UserGone) as error:
            raise NotSubmitted(_code(error)) from error
        return Submission(self._settled(acknowledgement, command.sender, topic), masked)

    async def _refusal(self, command: Command, *, known_member: bool) -> ErrorCode | None:
        if isinstance(command, CreateConversation | JoinGroup | Block):
            return None
        refusal = None if known_member else await self._memberships.refusal(command.conversation, command.sender)
        if refusal is not None and refusal not in _UNDECIDED:
            return refusal
        return await self._attachments.refusal(command) if isinstance(command, SendMessage) else None

    async def _enqueue(
        self, command: Command, reply_to: ReplyTo | None, traceparent: str
    ) -> tuple[str, Awaitable[Position]]:
        value = command.__pydantic_serializer__.to_json(command)
        by_sender = self._topics.keyed_by_sender
        key = (command.sender if by_sender else command.conversation).encode()
        about = headers(
            schema=_SCHEMA,
            traceparent=traceparent,
            reply_to=None if reply_to is None else str(reply_to),
            conversation=command.conversation if by_sender else None,
        )
        topic = self._topics.opened(command.sender) or await self._topics.topic(command.sender)
        try:
            acknowledgement = await self._producer.enqueue(Outgoing(topic, value, key, about))
        except UnknownTopic:
            self._topics.mistrust(command.sender, topic)
            topic = await self._topics.topic(command.sender)
            acknowledgement = await self._producer.enqueue(Outgoing(topic, value, key, about))
        self._topics.appended(topic)
        return topic, acknowledgement

    def _settled(self, acknowledgement: Awaitable[Position], user: str, topic: str) -> "asyncio.Future[Position]":
        settled: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        asyncio.ensure_future(acknowledgement).add_done_callback(partial(self._settle, settled, user, topic))
        return settled

    def _settle(
        self, settled: "asyncio.Future[Position]", user: str, topic: str, done: "asyncio.Future[Position]"
    ) -> None:
        error = UnknownOutcome() if done.cancelled() else done.exception()
        if isinstance(error, UnknownTopic):
            self._topics.mistrust(user, topic)
        if settled.done():
            return
        if error is None:
            settled.set_result(done.result())
        else:
            settled.set_exception(NotSubmitted(_code(error)))
            settled.exception()  # it may have been dropped unawaited


def _code(error: BaseException) -> ErrorCode:
    match error:
        case UnknownOutcome():
            return ErrorCode.UNKNOWN_OUTCOME
        case RecordTooLarge():
            return ErrorCode.TOO_LARGE
        case UserGone():
            return ErrorCode.UNAUTHENTICATED
        case BusError():
            return ErrorCode.UNAVAILABLE
        case _:
            return ErrorCode.UNKNOWN_OUTCOME
