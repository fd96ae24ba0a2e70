"""One socket's side of the protocol, without any I/O: what comes in goes in, what is to be done comes out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from producer_gateway.edge.asking import command_of
from producer_gateway.edge.coverage import Coverage
from producer_gateway.edge.decoding import Malformed, decode
from producer_gateway.edge.effects import (
    Acknowledge,
    Authenticate,
    Close,
    CloseLater,
    Effect,
    LoadChanges,
    LoadHistory,
    Reauthenticate,
    Send,
    Submit,
    TellTyping,
)
from producer_gateway.edge.fitting import encode, fitting_changes, fitting_connected, fitting_history
from producer_gateway.edge.pushes import Push
from schemas.errors import CATALOGUE, CloseCode, ErrorBody, ErrorCode
from schemas.frames import (
    PROTOCOL,
    Accepted,
    Changes,
    ClientFrame,
    CommandFrame,
    Connect,
    Connected,
    ConversationPush,
    Cursor,
    DeleteFrame,
    Delivered,
    EditFrame,
    EndFrame,
    ErrorFrame,
    Gone,
    History,
    HistoryRequest,
    ReactFrame,
    Read,
    Refresh,
    Refreshed,
    Rejected,
    Reset,
    ResumeAnswer,
    SendMessageFrame,
    Sync,
    Synced,
    Typing,
)
from schemas.messages import Summary


class State(Enum):
    NEW = auto()
    """No `connect` yet."""
    CONNECTING = auto()
    """Who it is, and what it missed, is being found out. The driver gives it nothing to `receive` meanwhile."""
    LIVE = auto()
    COMPARING = auto()
    """Live, but deliveries may have been missed: what comes is held back until the store has been asked."""
    ENDED = auto()
    """Its chat has ended. Nothing is taken or told any more, but what becomes of the commands that are under way."""
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class SessionConfig:
    max_held_bytes: int = 1024 * 1024
    """What may queue up while the session connects, compares, or waits for an acknowledgement."""
    max_conversations: int = 2000
    """How many conversations' revs are remembered."""
    max_undecided: int = 1000
    """How many commands are remembered that have no outcome yet."""
    last_words_seconds: float = 10.0
    """For so long outcomes are waited for when a chat has ended."""


class EdgeSession:
    """The protocol from `connect` to the end, for one socket.

    What the client can rely on: what `connected`, `changes`, `reset` and `gone` cover is not pushed again; pushes of
    a conversation go out in the order in which they were delivered, their revs only growing; the outcome of a command
    never comes before its `accepted`; after the end of a chat nothing comes but outcomes. Whoever drives the session
    carries its effects out, in order.
    """

    __slots__ = ("_config", "_coverage", "_held", "_held_bytes", "_unacknowledged", "_undecided", "state", "user")

    def __init__(self, config: SessionConfig) -> None:
        self._config = config
        self._coverage = Coverage(config.max_conversations)
        self._held: list[Push] = []
        self._held_bytes = 0
        self._unacknowledged: dict[str, int] = {}
        self._undecided: dict[str, None] = {}
        self.state = State.NEW
        self.user = ""

    # What the client sends.

    def receive(self, data: str | bytes) -> Sequence[Effect]:
        """Take one message of the socket."""
        if self.state is State.CLOSED:
            return ()
        frame = decode(data)
        if isinstance(frame, Malformed):
            return self._refuse(frame)
        if self.state is State.ENDED:
            return self._too_late(frame)
        return self._begin(frame) if self.state is State.NEW else (self._act(frame),)

    def _refuse(self, found: Malformed) -> Sequence[Effect]:
        if found.fatal or self.state is State.NEW:
            return self._fail(found.error, CloseCode.BAD_FRAME, found.id)
        if found.is_command and found.id is not None:
            return (_rejected(found.id, found.error),)
        return (_error(found.error, found.id),)

    def _too_late(self, frame: ClientFrame) -> Sequence[Effect]:
        error = ErrorBody.of(ErrorCode.CONVERSATION_ENDED)
        return (_rejected(frame.id, error),) if isinstance(frame, CommandFrame) else ()

    def _begin(self, frame: ClientFrame) -> Sequence[Effect]:
        if not isinstance(frame, Connect):
            error = ErrorBody.of(ErrorCode.INVALID_FRAME, "the first frame is `connect`")
            return self._fail(error, CloseCode.BAD_FRAME, frame.id)
        if frame.protocol != PROTOCOL:
            return self._fail(ErrorBody.of(ErrorCode.UNSUPPORTED_PROTOCOL), CloseCode.BAD_FRAME, frame.id)
        self.state = State.CONNECTING
        return (Authenticate(frame),)

    def _act(self, frame: ClientFrame) -> Effect:
        match frame:
            case SendMessageFrame() | EditFrame() | DeleteFrame() | ReactFrame() | EndFrame():
                return self._submit(frame)
            case HistoryRequest():
                return LoadHistory(frame)
            case Sync():
                return LoadChanges(frame)
            case Refresh():
                return Reauthenticate(frame)
            case Typing() | Delivered() | Read():
                return self._note(frame)
            case Connect():
                return _error(ErrorBody.of(ErrorCode.INVALID_FRAME, "this socket is connected already"), frame.id)

    def _note(self, frame: Typing | Delivered | Read) -> Effect:
        if isinstance(frame, Typing):
            return TellTyping(frame)
        return Acknowledge(frame, frame.conversation in self._coverage)

    def _submit(self, frame: CommandFrame) -> Submit:
        self._unacknowledged[frame.id] = self._unacknowledged.get(frame.id, 0) + 1
        self._undecided[frame.id] = None
        if len(self._undecided) > self._config.max_undecided:
            del self._undecided[next(iter(self._undecided))]
        return Submit(command_of(frame, self.user), frame.conversation in self._coverage)

    # Connecting, and comparing later.

    def refused(self, code: ErrorCode, close: CloseCode, client_id: str | None = None) -> Sequence[Effect]:
        """`connect` did not succeed."""
        return self._fail(ErrorBody.of(code), close, client_id)

    def connected(self, frame: Connected, cursors: Iterable[str]) -> Sequence[Effect]:
        """The snapshot, read after the session was registered. The conversations of `cursors` are left to `resumed`:
        there the client has what it says it has, not what the snapshot shows."""
        if self.state is not State.CONNECTING:
            return ()
        frame, encoded = fitting_connected(frame)
        named = frozenset(cursors)
        for summary in frame.conversations:
            if summary.id not in named:
                self._coverage.advance(summary.id, summary.epoch, summary.rev)
        return (Send(encoded),)

    def resumed(self, cursors: Mapping[str, Cursor], answers: Iterable[ResumeAnswer]) -> Sequence[Effect]:
        """What the store has to say to these cursors; one it says nothing to is up to date."""
        if self.state in _OVER:
            return ()
        effects = {answer.conversation: self._answer(answer) for answer in answers}
        for conversation, cursor in cursors.items():
            if conversation not in effects:
                self._coverage.advance(conversation, cursor.epoch, cursor.rev)
        return tuple(effects.values())

    def _answer(self, answer: ResumeAnswer) -> Send:
        match answer:
            case Changes():
                cut, encoded = fitting_changes(answer)
                self._coverage.advance(cut.conversation, cut.epoch, cut.to)
                return Send(encoded)
            case Reset():
                self._coverage.restart(answer.conversation, answer.epoch, answer.rev)
            case Gone():
                self._coverage.end(answer.conversation)
        return Send(encode(answer))

    def go_live(self) -> Sequence[Effect]:
        """All that was missed is covered now: let go what was held back."""
        if self.state in (State.CONNECTING, State.COMPARING):
            self.state = State.LIVE
        return self._release()

    def begin_comparing(self) -> None:
        """Deliveries may be missing from here on: hold back those that come, until `go_live`."""
        if self.state is State.LIVE:
            self.state = State.COMPARING

    def appeared(self, summaries: Sequence[Summary], changes: int) -> Sequence[Effect]:
        """The user's newest conversations. One the client has not been told of is announced now, and counts among
        `cursors` from then on, at most so many changes back; another is shown again when receipts may have been
        missed in it."""
        if self.state is not State.COMPARING:
            return ()
        unknown = [summary for summary in summaries if summary.id not in self._coverage]
        shown = [summary for summary in summaries if summary.id not in self._coverage or _has_receipts(summary)]
        for summary in unknown:
            self._coverage.advance(summary.id, summary.epoch, max(0, summary.rev - changes))
        return [Send(encode(ConversationPush.model_construct(**dict(summary)))) for summary in shown]

    def cursors(self) -> Mapping[str, Cursor]:
        """How far the client has been told of each conversation."""
        return self._coverage.cursors()

    # Commands.

    def accepted(self, client_id: str, at: datetime, *, masked: bool = False) -> Sequence[Effect]:
        """Kafka has the command."""
        self._acknowledge(client_id)
        if self.state is State.CLOSED:
            return ()
        send = Send(encode(Accepted(id=client_id, at=at, masked=masked or None)))
        return (send, *self._release()) if self._held else (send,)

    def failed(self, client_id: str, code: ErrorCode, retry_after: float | None = None) -> Sequence[Effect]:
        """Kafka has not got the command, or perhaps has: it is refused for good, or the client's to send again, after
        so many seconds where they are known."""
        self._acknowledge(client_id)
        if self.state is State.CLOSED:
            return ()
        if any(push.answers == client_id for push in self._held):  # it was there: its outcome has come already
            return self._release()
        self._undecided.pop(client_id, None)
        error = ErrorBody.of(code, retry_after=retry_after)
        send = _error(error, client_id) if CATALOGUE[code].retry else _rejected(client_id, error)
        return (send, *self._release(), *self._close_when_all_is_decided())

    def _acknowledge(self, client_id: str) -> None:
        left = self._unacknowledged.pop(client_id) - 1
        if left:
            self._unacknowledged[client_id] = left

    # Questions.

    def history(self, answer: History, request: HistoryRequest) -> Sequence[Effect]:
        return () if self.state in _OVER else (Send(fitting_history(answer, request)),)

    def synced(self, client_id: str) -> Sequence[Effect]:
        """All cursors of a `sync` have been answered by `resumed`."""
        return () if self.state in _OVER else (Send(encode(Synced(id=client_id))),)

    def unanswered(self, client_id: str | None, code: ErrorCode, retry_after: float | None = None) -> Sequence[Effect]:
        """A question, or a `refresh`, that failed."""
        error = ErrorBody.of(code, retry_after=retry_after)
        return () if self.state in _OVER else (_error(error, client_id),)

    def refreshed(self, client_id: str | None) -> Sequence[Effect]:
        return () if self.state in _OVER else (Send(encode(Refreshed(id=client_id))),)

    # Deliveries.

    def deliver(self, push: Push) -> Sequence[Effect]:
        """A frame from the edge's topic."""
        if self.state is State.CLOSED:
            return ()
        if self.state is State.ENDED and push.answers is None:
            return ()
        if self.state not in _TELLING or self._held or push.answers in self._unacknowledged:
            return () if push.type in _FLEETING else self._hold(push)
        return self._pass(push)

    def _pass(self, push: Push) -> Sequence[Effect]:
        match push.type:
            case "message":
                if self._coverage.covers(push.conversation, push.epoch, push.rev):
                    return ()
                self._coverage.advance(push.conversation, push.epoch, push.rev)
            case "conversation":
                # The client knows better, or has seen it off: then this is its last sight of it again.
                seen_off = self._coverage.is_gone(push.conversation)
                if self._coverage.covers(push.conversation, push.epoch, push.rev + (not seen_off)):
                    return ()
                # It was read later than the pushes that follow it: none of them is covered by it.
                if push.conversation not in self._coverage:
                    self._coverage.advance(push.conversation, push.epoch, 0)
            case "gone":
                if self._coverage.is_gone(push.conversation) or self._coverage.is_past(push.conversation, push.rev):
                    return ()
                self._coverage.end(push.conversation)
            case "ended":  # whoever sits in an ephemeral chat is in no other
                return (Send(push.data), *self._end())
            case _ if push.answers is not None:
                self._undecided.pop(push.answers, None)
                return (Send(push.data), *self._close_when_all_is_decided())
        return (Send(push.data),)

    def _end(self) -> Sequence[Effect]:
        """What was accepted has an outcome: it is told before the socket closes."""
        self.state = State.ENDED
        last_words = CloseLater(self._config.last_words_seconds, CloseCode.AUTHENTICATE, _HAS_ENDED)
        return self._close_when_all_is_decided() or (last_words,)

    def _close_when_all_is_decided(self) -> Sequence[Effect]:
        if self.state is not State.ENDED or self._undecided:
            return ()
        return self.close(CloseCode.AUTHENTICATE, _HAS_ENDED)

    def _hold(self, push: Push) -> Sequence[Effect]:
        self._held.append(push)
        self._held_bytes += len(push.data)
        if self._held_bytes > self._config.max_held_bytes:
            return self.close(CloseCode.TOO_SLOW, "too much at once")
        return ()

    def _release(self) -> Sequence[Effect]:
        """Let go what was held back, up to the next outcome that came before its acknowledgement."""
        if self.state not in _TELLING or not self._held:
            return ()
        held, self._held, self._held_bytes = self._held, [], 0
        return [effect for push in held for effect in self.deliver(push)]

    # The end.

    def token_expired(self) -> Sequence[Effect]:
        if self.state is State.CLOSED:
            return ()
        return self._fail(ErrorBody.of(ErrorCode.TOKEN_EXPIRED), CloseCode.AUTHENTICATE)

    def too_fast(self, retry_after: float) -> Sequence[Effect]:
        """The client floods."""
        if self.state is State.CLOSED:
            return ()
        return self._fail(ErrorBody.of(ErrorCode.RATE_LIMITED, retry_after=retry_after), CloseCode.TOO_FAST)

    def close(self, code: CloseCode, reason: str) -> Sequence[Effect]:
        if self.state is State.CLOSED:
            return ()
        self.state = State.CLOSED
        self._held, self._held_bytes = [], 0
        return (Close(code, reason),)

    def _fail(self, error: ErrorBody, close: CloseCode, client_id: str | None = None) -> Sequence[Effect]:
        return (_error(error, client_id), *self.close(close, error.code))


_HAS_ENDED = "the chat has ended"
_TELLING = frozenset({State.LIVE, State.ENDED})
_OVER = frozenset({State.ENDED, State.CLOSED})
_FLEETING = frozenset({"typing"})
"""Of no use when it comes late."""


def _has_receipts(summary: Summary) -> bool:
    return any(member.delivered for member in summary.members)


def _error(error: ErrorBody, client_id: str | None) -> Send:
    return Send(encode(ErrorFrame(id=client_id, error=error)))


def _rejected(client_id: str, error: ErrorBody) -> Send:
    return Send(encode(Rejected(id=client_id, error=error)))
