"""The client's side of the protocol, without any I/O: calls and frames go in, frames and events come out.

What it guarantees, whatever the server repeats, leaves out or reorders, and however often the socket breaks:

- each change of a conversation (by its rev) is told once, in rev order; where one is missing, those after it wait until
  a `sync` has brought it, or the server has said `reset`;
- a command is kept until `stored` or `rejected` names it, and sent again under the same id: after each `connected`
  (all that are left, in order), after an error that a retry may help, and when no outcome comes for too long.

A conversation is followed from the rev at which its first summary shows it. One that appears later is caught up with
from its beginning when that is at most NEWCOMER_CHANGES back, else it begins with a reset: its history is to be read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import singledispatchmethod
from random import Random
from typing import Any, Literal, NamedTuple

import orjson

from parley_client import events, frames
from parley_client.acknowledging import Acknowledgements
from parley_client.errors import FrameTooLarge
from parley_client.events import Event, SendState, SentMessage
from parley_client.models import Message, Summary
from parley_client.numbering import Numbering
from parley_client.outbox import Outbox
from parley_client.receipts import Receipts
from parley_client.syncing import Standing, Syncs
from parley_client.typists import Typists
from schemas.frames import MAX_CLIENT_FRAME_BYTES, MAX_CURSORS, PROTOCOL

NEWCOMER_CHANGES = 200
OUTBOX_LIMIT = 1000

Frame = Mapping[str, Any]
Change = Literal["edit", "delete", "react"]


class Output(NamedTuple):
    """What is to be sent, and what the application is to be told, each in order."""

    frames: Sequence[Frame]
    events: Sequence[Event]


class ClientState:
    """All that one client knows. `now` is any steady clock's seconds; ids are drawn from `new_id`."""

    def __init__(self, new_id: Callable[[], str], random: Random, outbox_limit: int = OUTBOX_LIMIT) -> None:
        self._new_id = new_id
        self._outbox = Outbox(random, outbox_limit)
        self._syncs = Syncs(random)
        self._typists = Typists()
        self._acknowledgements = Acknowledgements()
        self._receipts = Receipts()
        self._numberings: dict[str, Numbering] = {}  # the one that moved last comes last
        self.connected = False
        """Whether there is a socket on which the server has said `connected`."""
        self._met = False
        self._named: Sequence[str] = ()  # the cursors that the last `connect` had room for
        self._frames: list[Frame] = []
        self._events: list[Event] = []

    @property
    def cursors(self) -> dict[str, dict[str, Any]]:
        """How far each conversation has been told, the one that moved last at the end."""
        return {
            conversation: _cursor(numbering)
            for conversation, numbering in self._numberings.items()
            if not numbering.gone
        }

    @property
    def unsettled(self) -> Sequence[SentMessage]:
        """The commands that have no outcome yet, in order."""
        return self._outbox.unsettled()

    @property
    def duplicates(self) -> int:
        """How many pushes came again and were dropped."""
        return sum(numbering.duplicates for numbering in self._numberings.values())

    # What the application and the socket's driver do.

    def connect_frame(self, token: str, device: str) -> Frame:
        """The first frame of a new socket; with too many cursors for it, the rest is asked for after `connected`."""
        named = dict(list(self.cursors.items())[-MAX_CURSORS:])
        self._named = tuple(named)
        frame = {"type": "connect", "protocol": PROTOCOL, "token": token, "device": device}
        return frame | {"cursors": named} if named else frame

    def send(
        self,
        conversation: str,
        text: str | None,
        now: float,
        *,
        media: Sequence[str] = (),
        reply_to: int | None = None,
        mentions: Sequence[str] = (),
        command: str | None = None,
    ) -> tuple[SentMessage, Output]:
        """Keep a message until its outcome is known, and send it now if there is a socket.

        `command` is its id, which nothing else may have; one is drawn when it is None. Raises OutboxFull and
        FrameTooLarge: then nothing is kept.
        """
        optional: Frame = {"text": text, "media": list(media), "reply_to": reply_to, "mentions": list(mentions)}
        given = {name: value for name, value in optional.items() if value}
        return self._command("message", conversation, given, text, now, command)

    def change(
        self, kind: Change, conversation: str, seq: int, now: float, *, command: str | None = None, **given: Any
    ) -> tuple[SentMessage, Output]:
        """Edit (`text`), delete or react to (`emoji`, `on`) a message; kept and sent like a message of one's own."""
        return self._command(kind, conversation, {"seq": seq, **given}, given.get("text"), now, command)

    def _command(
        self, kind: str, conversation: str, given: Frame, text: str | None, now: float, command: str | None
    ) -> tuple[SentMessage, Output]:
        command = command or self._new_id()
        frame = {"type": kind, "id": command, "conversation": conversation, **given}
        if len(orjson.dumps(frame)) > MAX_CLIENT_FRAME_BYTES:
            raise FrameTooLarge(f"a message takes at most {MAX_CLIENT_FRAME_BYTES} bytes")
        sent = SentMessage(command, conversation, text, kind)
        at_once = self._outbox.put(sent, frame, now)
        self._events.append(events.SendChanged(sent))
        if self.connected and at_once:
            self._frames.append(frame)
        return sent, self._out(now)

    def handed(self, message: Message, now: float) -> Output:
        """The application has this message: the server is told soon, unless it is one's own."""
        if message.sender != self._receipts.me:
            self._acknowledgements.reach(message.conversation, now, delivered=message.seq)
        return self._out(now)

    def read(self, conversation: str, seq: int, now: float) -> Output:
        """The user has read everything up to this seq: the server is told soon."""
        self._acknowledgements.reach(conversation, now, read=seq)
        return self._out(now)

    def status(self, conversation: str, seq: int) -> SendState:
        """How far a stored message of one's own has come with all others, as far as is known here."""
        return self._receipts.status(conversation, seq)

    def type(self, conversation: str, now: float, *, on: bool) -> Output:
        """Say that the user types, or has stopped: if there is a socket, and not more often than is of use."""
        if self.connected and self._typists.say(conversation, now, on=on):
            self._frames.append({"type": "typing", "conversation": conversation, "on": on})
        return self._out(now)

    def refresh(self, token: str) -> Output:
        """Go on under a new access token."""
        return Output([{"type": "refresh", "token": token}] if self.connected else [], [])

    def learn(self, summaries: Iterable[Summary], now: float) -> Output:
        """Follow conversations that `connected` had no room for, from where their summaries show them."""
        for summary in summaries:
            if summary.id not in self._numberings:
                self._numberings[summary.id] = Numbering(summary.epoch, summary.rev)
                self._events.append(events.ConversationChanged(self._receipts.meet(summary)))
        return self._out(now)

    def disconnected(self) -> None:
        """The socket is gone. What is kept is the cursors and the outbox."""
        self.connected = False
        self._syncs.interrupt()
        self._typists.hushed()
        for numbering in self._numberings.values():
            numbering.interrupt()

    def tick(self, now: float) -> Output:
        """Do what has become due. To be called at `next_due`; earlier and oftener does no harm."""
        if self.connected:
            self._syncs.give_up_late(now)
            self._frames.extend(self._outbox.resend_due(now))
            self._frames.extend(self._acknowledgements.take_due(now))
        self._events.extend(events.TypingChanged(*typist, on=False) for typist in self._typists.expired(now))
        return self._out(now)

    def next_due(self) -> float | None:
        """When `tick` has something to do; None: not before something else happens."""
        clocks = (self._outbox, self._syncs, self._acknowledgements) if self.connected else ()
        of_socket = [clock.next_due() for clock in clocks]
        dues = [due for due in (*of_socket, self._typists.next_due()) if due is not None]
        return min(dues, default=None)

    def receive(self, frame: Frame, now: float) -> Output:
        """Take one frame of the server. Raises BadFrame: the socket is to be given up."""
        self._take(frames.read_frame(frame), now)
        return self._out(now)

    # What the server sends.

    @singledispatchmethod
    def _take(self, frame: frames.ServerFrame, now: float) -> None:
        raise TypeError(f"no handler for {type(frame).__name__}")

    @_take.register
    def _(self, frame: frames.Connected, now: float) -> None:
        self.connected = True
        self._receipts.me = frame.user.id
        self._acknowledgements.begin(self._receipts.me, frame.conversations, now)
        self._events.append(events.Connected(frame.user, frame.edge, frame.session, frame.online, frame.more))
        for conversation in self._named:
            self._numberings[conversation].answered()
        for conversation in self._numberings:
            self._check(conversation, now)
        for summary in frame.conversations:
            self._meet(summary, now, first=not self._met)
        self._met = True
        self._frames.extend(self._outbox.resend_all(now))

    @_take.register
    def _(self, frame: frames.Accepted, now: float) -> None:
        self._tell_sent(self._outbox.accepted(frame.id, frame.at))

    @_take.register
    def _(self, frame: frames.Stored, now: float) -> None:
        stored = self._outbox.stored(frame.id, frame.seq, frame.rev)
        is_message = stored is not None and stored.kind == "message"
        self._tell_sent(self._receipts.follow(stored) if stored and is_message else stored)

    @_take.register
    def _(self, frame: frames.RejectedFrame, now: float) -> None:
        self._tell_sent(self._outbox.rejected(frame.id, frame.error))

    @_take.register
    def _(self, frame: frames.ErrorFrame, now: float) -> None:
        if frame.id is not None:
            if self._syncs.failed(frame.id, now):
                return
            self._outbox.failed(frame.id, frame.error, now)
        self._events.append(events.Failed(frame.error, frame.id))

    @_take.register
    def _(self, frame: frames.MessagePush, now: float) -> None:
        numbering = self._numberings.get(frame.conversation)
        if numbering is None:
            numbering = self._begin(frame.conversation, frame.epoch, frame.rev - 1)
        if not numbering.gone:
            self._tell(frame.conversation, numbering.push(frame), now)
            self._hear_typing(frame.conversation, frame.sender, now, on=False)

    @_take.register
    def _(self, frame: frames.ConversationPush, now: float) -> None:
        self._meet(frame, now, first=False)

    @_take.register
    def _(self, frame: frames.Changes, now: float) -> None:
        numbering = self._numberings.get(frame.conversation)
        if numbering is None:
            numbering = self._begin(frame.conversation, frame.epoch, frame.after)
        if not numbering.gone:
            found = numbering.changes(frame.epoch, frame.after, frame.to, frame.messages, more=frame.more)
            self._tell(frame.conversation, found, now)

    @_take.register
    def _(self, frame: frames.Reset, now: float) -> None:
        numbering = self._numberings.setdefault(frame.conversation, Numbering(frame.epoch, frame.rev))
        if numbering.epoch != frame.epoch:
            self._acknowledgements.forget(frame.conversation)
            self._receipts.forget(frame.conversation)
        self._events.append(events.ConversationReset(frame.conversation, frame.epoch, frame.rev))
        self._tell(frame.conversation, numbering.reset(frame.epoch, frame.rev), now)

    @_take.register
    def _(self, frame: frames.Gone, now: float) -> None:
        numbering = self._numberings.get(frame.conversation)
        if numbering is not None and not numbering.gone:
            numbering.leave()
            self._acknowledgements.forget(frame.conversation)
            self._receipts.forget(frame.conversation)
            self._events.append(events.ConversationGone(frame.conversation, frame.reason))

    @_take.register
    def _(self, frame: frames.Ended, now: float) -> None:
        self._events.append(events.ChatEnded(frame.conversation, frame.by))

    @_take.register
    def _(self, frame: frames.Notice, now: float) -> None:
        self._events.append(events.Noticed(frame.conversation, frame.code, frame.at))

    @_take.register
    def _(self, frame: frames.Synced, now: float) -> None:
        for conversation, stood in self._syncs.answered(frame.id).items():
            numbering = self._numberings[conversation]
            numbering.answered()
            if numbering.cursor != stood.cursor:
                self._syncs.settled(conversation)
                self._check(conversation, now)
                continue
            numbering.up_to_date(stood.foreign)
            if numbering.behind:
                self._syncs.again(conversation, now)

    @_take.register
    def _(self, frame: frames.Refreshed, now: float) -> None:
        pass  # the new token is in force; there is nothing to do about it

    @_take.register
    def _(self, frame: frames.Typing, now: float) -> None:
        self._hear_typing(frame.conversation, frame.user, now, on=frame.on)

    @_take.register
    def _(self, frame: frames.UserStatus, now: float) -> None:
        self._events.append(events.StatusChanged(frame.user, frame.status == "online", frame.last_online))

    @_take.register
    def _(self, frame: frames.Receipt, now: float) -> None:
        if frame.user == self._receipts.me:
            self._acknowledgements.shown(frame.conversation, frame.delivered, frame.read)
        reached = self._receipts.heard(frame.conversation, frame.user, frame.delivered, frame.read)
        if reached is not None:
            self._events.append(events.ReceiptChanged(frame.conversation, frame.user, *reached, frame.at))
            self._tell_moved(frame.conversation)

    @_take.register
    def _(self, frame: frames.SignedOut, now: float) -> None:
        self._events.append(events.SignedOut())

    @_take.register
    def _(self, frame: frames.Unknown, now: float) -> None:
        self._events.append(events.Pushed(frame.frame))

    def _hear_typing(self, conversation: str, user: str, now: float, *, on: bool) -> None:
        if self._typists.heard((conversation, user), now, on=on):
            self._events.append(events.TypingChanged(conversation, user, on))

    def _meet(self, summary: Summary, now: float, *, first: bool) -> None:
        """A summary: of a conversation that is followed already, comes back, or begins here."""
        self._events.append(events.ConversationChanged(self._receipts.meet(summary)))
        self._tell_moved(summary.id)
        numbering = self._numberings.get(summary.id)
        if numbering is None and first:
            self._numberings[summary.id] = Numbering(summary.epoch, summary.rev)
        elif numbering is None:
            late = summary.rev > NEWCOMER_CHANGES
            self._begin(summary.id, summary.epoch, summary.rev if late else 0).expect(summary.rev)
            self._check(summary.id, now)
        elif numbering.gone:
            numbering.come_back(summary.rev)
            self._check(summary.id, now)

    def _begin(self, conversation: str, epoch: str, rev: int) -> Numbering:
        """Follow a conversation from `rev` on; what is below was never told, and that is said."""
        if rev > 0:
            self._events.append(events.ConversationReset(conversation, epoch, rev))
        return self._numberings.setdefault(conversation, Numbering(epoch, rev))

    # What comes out.

    def _tell_sent(self, news: SentMessage | None) -> None:
        if news is not None:
            self._events.append(events.SendChanged(news))

    def _tell_moved(self, conversation: str) -> None:
        self._events.extend(events.SendChanged(sent) for sent in self._receipts.moved(conversation))

    def _tell(self, conversation: str, messages: Sequence[Message], now: float) -> None:
        self._numberings[conversation] = self._numberings.pop(conversation)
        self._events.extend(events.MessageChanged(message) for message in messages)
        self._check(conversation, now)

    def _check(self, conversation: str, now: float) -> None:
        if self._numberings[conversation].behind:
            self._syncs.want(conversation, now)
        else:
            self._syncs.settled(conversation)

    def _ask(self, now: float) -> None:
        while self.connected and (about := self._syncs.take(now)):
            question = self._new_id()
            stood = {conversation: self._stand(conversation) for conversation in about}
            self._syncs.asked(question, stood, now)
            cursors = {conversation: _cursor(self._numberings[conversation]) for conversation in about}
            self._frames.append({"type": "sync", "id": question, "cursors": cursors})

    def _stand(self, conversation: str) -> Standing:
        numbering = self._numberings[conversation]
        return Standing(numbering.cursor, numbering.foreign())

    def _out(self, now: float) -> Output:
        self._ask(now)
        output = Output(self._frames, self._events)
        self._frames, self._events = [], []
        return output


def _cursor(numbering: Numbering) -> dict[str, Any]:
    return {"epoch": numbering.epoch, "rev": numbering.rev}
