"""What a client asks to read: history, and what it missed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from producer_gateway.edge.effects import LoadChanges, LoadHistory
from producer_gateway.edge.mishaps import note_mishap
from producer_gateway.edge.socket import Socket
from producer_gateway.submitting import Memberships
from schemas.errors import ErrorCode
from schemas.frames import Cursor, History, HistoryRequest
from store.errors import StoreUnavailable
from store.ports import Conversations


@dataclass(frozen=True, slots=True)
class ReadingConfig:
    at_once: int = 32
    """Reads of the store under way, of all sockets."""
    cursors_at_once: int = 20
    changes: int = 100
    """How many changes of one conversation are told in one answer."""


class Readings:
    """The store's answers to cursors, in parts, so that neither memory nor outbox has to hold all of it."""

    def __init__(self, conversations: Conversations, config: ReadingConfig) -> None:
        self._conversations = conversations
        self._config = config
        self.most_changes = config.changes
        self.at_once = asyncio.Semaphore(config.at_once)

    async def tell_changes(self, socket: Socket, cursors: Mapping[str, Cursor]) -> None:
        """Send what was missed since the cursors, as fast as the client takes it. Raises StoreUnavailable."""
        remaining = iter(cursors.items())
        while (part := dict(islice(remaining, self._config.cursors_at_once))) and not socket.over:
            async with self.at_once:
                answers = await self._conversations.resume(socket.session.user, part, self._config.changes)
            shown = answers if socket.view is None else socket.view.answers(answers)
            await socket.perform_paced(socket.session.resumed(part, shown))


class Questions:
    """Answers each socket's questions in their order, one at a time, beside its commands and pushes."""

    def __init__(
        self, conversations: Conversations, memberships: Memberships, readings: Readings, tasks: asyncio.TaskGroup
    ) -> None:
        self._conversations = conversations
        self._memberships = memberships
        self._readings = readings
        self._tasks = tasks

    async def ask(self, socket: Socket, question: LoadHistory | LoadChanges) -> None:
        """Returns when the question is under way. Waits while too many of the socket's are."""
        await socket.questions.take()
        self._tasks.create_task(self._answer(socket, question), name="question")

    async def _answer(self, socket: Socket, question: LoadHistory | LoadChanges) -> None:
        try:
            async with socket.question:
                if isinstance(question, LoadHistory):
                    await self._answer_history(socket, question.frame)
                else:
                    await self._readings.tell_changes(socket, question.frame.cursors)
                    socket.perform(socket.session.synced(question.frame.id))
        except StoreUnavailable:
            socket.perform(socket.session.unanswered(question.frame.id, ErrorCode.UNAVAILABLE))
        except Exception as error:  # noqa: BLE001 - one socket's trouble must not end the others'
            note_mishap("question_failed", error)
            socket.perform(socket.session.unanswered(question.frame.id, ErrorCode.INTERNAL))
        finally:
            socket.questions.give()

    async def _answer_history(self, socket: Socket, request: HistoryRequest) -> None:
        async with self._readings.at_once:
            code = await self._memberships.ask(request.conversation, socket.session.user)
            if code is not None:
                return socket.perform(socket.session.unanswered(request.id, code))
            messages, more = await self._conversations.history(
                request.conversation,
                before=request.before,
                after=request.after,
                around=request.around,
                limit=request.limit,
            )
            # Who was put out meanwhile is shown nothing that came after it.
            code = await self._memberships.ask(request.conversation, socket.session.user)
        if code is not None:
            return socket.perform(socket.session.unanswered(request.id, code))
        shown = messages if socket.view is None else socket.view.messages(messages)
        answer = History(id=request.id, conversation=request.conversation, messages=shown, more=more)
        return await socket.perform_paced(socket.session.history(answer, request))
