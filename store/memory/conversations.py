"""What clients read, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.blocking import hides
from domain.conversation import Conversation, Leaving, Member
from domain.receipts import MemberCursor, Reader, status_of
from schemas.frames import Cursor, ResumeAnswer
from schemas.ids import command_key, direct_conversation_id
from schemas.messages import ConversationKind, MemberView, Message, MessageKind, Summary
from schemas.receipts import MessageStatus
from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase
from store.paging import Place, parse_place
from store.ports import FOREVER, MAX_UNREAD, STATUS_MEMBERS, SUMMARY_MEMBERS, Belonging, Membership, Page
from store.resuming import Missed, Standing, answer_to
from store.windows import Stretch, window


class MemoryConversations:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def membership(self, conversation: str, user: str) -> Membership | None:
        return await self._wire.ask("conversations.membership", lambda: self._membership(conversation, user))

    def _membership(self, conversation: str, user: str) -> Membership | None:
        if self._of_member(conversation, user) is not None:
            return "member"
        left = self._left(conversation, user)
        if left is None:
            return None
        return "ended" if left.with_the_conversation else "former"

    def _of_member(self, conversation: str, user: str) -> Conversation | None:
        state = self._database.conversations.get(conversation)
        return state if state is not None and user in state.members else None

    def _left(self, conversation: str, user: str) -> Leaving | None:
        state = self._database.conversations.get(conversation)
        member = None if state is None else state.former.get(user)
        return None if member is None or member.left is None else member.left.how

    async def summary(self, user: str, conversation: str) -> Summary | None:
        return await self._wire.ask("conversations.summary", lambda: self._summary(user, conversation))

    def _summary(self, user: str, conversation: str) -> Summary | None:
        state = self._of_member(conversation, user)
        return None if state is None or hides(state, user) else self._summarise(user, state)

    def _summarise(self, user: str, state: Conversation) -> Summary:
        first = sorted(state.members.values(), key=lambda member: (member.joined_rev, member.user))
        return Summary(
            id=state.id,
            kind=state.kind,
            name=state.name,
            description=state.description,
            epoch=state.epoch,
            seq=state.seq,
            rev=state.rev,
            members=tuple(
                self._view(user, state.id, member) for member in first[:SUMMARY_MEMBERS] if self._exists(member)
            ),
            member_count=len(state.members),
            last_message=state.last_message,
            last_message_status=self._status(user, state),
            unread=self._unread(state, state.members[user]),
            **self._noted(Reader(state.id, user)),
            blocked=user in state.blocked_by,
            created_at=state.created_at,
            updated_at=state.updated_at,
        )

    def _noted(self, reader: Reader) -> dict[str, Any]:
        until = self._database.muted_until.get(reader, self._database.now())
        muted = until > self._database.now()
        return {
            "marked_unread": reader in self._database.marked_unread,
            "muted": muted,
            "muted_until": until if muted and until != FOREVER else None,
        }

    def _exists(self, member: Member) -> bool:
        return member.user in self._database.accounts

    def _view(self, viewer: str, conversation: str, member: Member) -> MemberView:
        user = self._database.accounts[member.user].user
        delivered, read = self._shown(viewer, conversation, member.user)
        return MemberView(
            user=user.id,
            username=user.username,
            name=user.name,
            picture=user.picture,
            role=member.role,
            delivered=delivered,
            read=read,
        )

    def _shown(self, viewer: str, conversation: str, user: str) -> MemberCursor:
        """How far a member has come, as another sees it."""
        account = self._database.accounts.get(user)
        private = account is not None and not account.preferences.read_receipts and user != viewer
        return MemberCursor() if private else self._cursor(conversation, user)

    def _status(self, user: str, state: Conversation) -> MessageStatus | None:
        last = state.last_message
        if last is None or last.sender != user or len(state.members) > STATUS_MEMBERS:
            return None
        others = [self._shown(user, state.id, member) for member in state.members if member != user]
        return status_of(last.seq, others)

    def _cursor(self, conversation: str, user: str) -> MemberCursor:
        return self._database.cursors.get(Reader(conversation, user), MemberCursor())

    def _unread(self, state: Conversation, member: Member) -> int:
        since = max(member.joined_rev, state.rev - MAX_UNREAD)
        read = self._cursor(state.id, member.user).read
        return sum(
            message.seq > read
            and message.rev > since
            and message.sent_at >= member.joined_at
            and message.kind is MessageKind.TEXT
            and message.sender != member.user
            and message.deleted_at is None
            for message in self._messages(state.id)
        )

    async def summaries(self, user: str, limit: int, before: str | None = None) -> Page[Summary]:
        place = None if before is None else parse_place(before)
        return await self._wire.ask("conversations.summaries", lambda: self._summaries(user, limit, place))

    def _summaries(self, user: str, limit: int, before: Place | None) -> Page[Summary]:
        states = self._database.conversations.values()
        mine = (state for state in states if user in state.members and not hides(state, user))
        places = sorted((Place(state.updated_at, state.id) for state in mine), reverse=True)
        rest = [place for place in places if before is None or place < before]
        page = rest[:limit]
        summaries = (self._summarise(user, self._database.conversations[place.conversation]) for place in page)
        return Page(tuple(summaries), str(page[-1]) if len(rest) > limit else None)

    async def resume(self, user: str, cursors: Mapping[str, Cursor], limit: int) -> Sequence[ResumeAnswer]:
        return await self._wire.ask("conversations.resume", lambda: self._resume(user, cursors, limit))

    def _resume(self, user: str, cursors: Mapping[str, Cursor], limit: int) -> list[ResumeAnswer]:
        answers = (self._answer(user, conversation, cursor, limit) for conversation, cursor in cursors.items())
        return [answer for answer in answers if answer is not None]

    def _answer(self, user: str, conversation: str, cursor: Cursor, limit: int) -> ResumeAnswer | None:
        answer = answer_to(conversation, cursor, self._standing(user, conversation), limit)
        if not isinstance(answer, Missed):
            return answer
        messages = self._messages(conversation)
        return answer.answer(message for message in messages if answer.start < message.rev <= answer.end)

    def _standing(self, user: str, conversation: str) -> Standing:
        state = self._of_member(conversation, user)
        return Standing(None if state is None else (state.epoch, state.rev), self._left(conversation, user))

    async def history(
        self, conversation: str, *, before: int | None, after: int | None, around: int | None, limit: int
    ) -> tuple[tuple[Message, ...], bool]:
        stretches = window(before, after, around, limit)
        return await self._wire.ask("conversations.history", lambda: self._history(conversation, stretches))

    def _history(self, conversation: str, stretches: Sequence[Stretch]) -> tuple[tuple[Message, ...], bool]:
        read = [self._stretch(conversation, stretch) for stretch in stretches]
        kept = (found[: stretch.limit] for stretch, found in zip(stretches, read, strict=True))
        messages = sorted((message for found in kept for message in found), key=lambda message: message.seq)
        more = any(len(found) > stretch.limit for stretch, found in zip(stretches, read, strict=True))
        return tuple(messages), more

    def _stretch(self, conversation: str, stretch: Stretch) -> list[Message]:
        inside = (message for message in self._messages(conversation) if stretch.holds(message.seq))
        return sorted(inside, key=lambda message: message.seq, reverse=stretch.descending)

    async def groups_of(self, user: str, limit: int) -> Sequence[Belonging]:
        return await self._wire.ask("conversations.groups_of", lambda: self._groups_of(user)[:limit])

    def _groups_of(self, user: str) -> list[Belonging]:
        states = self._database.conversations.values()
        groups = (state for state in states if state.kind is ConversationKind.GROUP and user in state.members)
        return [Belonging(state.id, state.members[user].joined_rev) for state in groups]

    async def blocking(self, pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        return await self._wire.ask("conversations.blocking", lambda: frozenset(filter(self._blocks, pairs)))

    def _blocks(self, pair: tuple[str, str]) -> bool:
        state = self._database.conversations.get(direct_conversation_id(*pair))
        return state is not None and pair[0] in state.blocked_by

    async def heads(self, conversations: Iterable[str]) -> Mapping[str, int]:
        return await self._wire.ask("conversations.heads", lambda: self._heads(conversations))

    def _heads(self, conversations: Iterable[str]) -> dict[str, int]:
        states = self._database.conversations
        return {conversation: states[conversation].seq for conversation in conversations if conversation in states}

    async def message(self, conversation: str, seq: int) -> Message | None:
        return await self._wire.ask(
            "conversations.message", lambda: self._database.messages.get(conversation, {}).get(seq)
        )

    async def message_by_client_id(self, conversation: str, sender: str, client_id: str) -> Message | None:
        key = command_key(conversation, sender, client_id)
        return await self._wire.ask("conversations.message_by_client_id", lambda: self._by_key(key))

    def _by_key(self, key: str) -> Message | None:
        place = self._database.commands.get(key)
        return None if place is None else self._database.messages[place[0]][place[1]]

    def _messages(self, conversation: str) -> Iterable[Message]:
        return self._database.messages.get(conversation, {}).values()
