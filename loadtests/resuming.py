"""Users on the real client, which resumes by itself: for runs in which sockets break."""

import asyncio
import secrets
from collections.abc import Sequence
from random import Random

from loadtests.clock import now
from loadtests.entries import of_message
from loadtests.history import Device, Entry, Reached, Sent, Told
from loadtests.recording import Recorder
from loadtests.stack import PASSWORD, Person
from loadtests.traffic import TEXT_CHARACTERS
from parley_client import Client, SendState, SentMessage
from parley_client.errors import ParleyError
from parley_client.events import (
    Connected,
    ConversationChanged,
    ConversationReset,
    Disconnected,
    Event,
    MessageChanged,
    ReceiptChanged,
    SendChanged,
)
from parley_client.models import Message

LEAVE_SECONDS = 5.0


class ResumingUser:
    """One user with one device."""

    def __init__(self, url: str, person: Person, conversation: str, recorder: Recorder) -> None:
        self.conversation = conversation
        self.connected = asyncio.Event()
        self._person = person
        self._recorder = recorder
        self._client = Client(url, username=person.name, password=PASSWORD)
        self._seen: list[Entry] = []
        self._receipts: list[Told] = []
        self._known: dict[tuple[str, str], Reached] = {}
        self._device = Device(person.id, "client", self._seen, receipts=self._receipts, known=self._known)
        self._random = Random(person.id)
        self._read: dict[str, int] = {}
        recorder.devices.append(self._device)

    async def live(self) -> None:
        """Connect and take part until cancelled. A client that ends by itself is counted as an error."""
        try:
            await self._client.connect()
            async for event in self._client:
                self._hear(event)
        except ParleyError as error:
            self._recorder.count(f"ended: {error}")
        finally:
            self._device.duplicates = self._client.duplicates
            await self._client.close()

    def say(self, text: str, due: float) -> None:
        """Send a message that was due at that time."""
        try:
            sent = self._client.submit(self.conversation, text)
        except ParleyError as error:
            self._recorder.count(f"not taken: {type(error).__name__}")
            return
        self._recorder.sending(Sent(self.conversation, self._person.id, sent.id, text, sent_at=now()), due)

    def _hear(self, event: Event) -> None:
        match event:
            case MessageChanged(message):
                self._see(message)
            case SendChanged(sent):
                self._follow(sent)
            case ReceiptChanged(conversation, user, delivered, read):
                told = Told(conversation, user, Reached(delivered, read))
                self._receipts.append(told)
                self._learn(told)
            case ConversationChanged(summary):
                for member in summary.members:
                    self._learn(Told(summary.id, member.user, Reached(member.delivered, member.read)))
            case Connected():
                self.connected.set()
            case ConversationReset():
                self._recorder.count("a conversation was reset")
            case Disconnected(retry_in=None):
                pass  # he was told to leave
            case Disconnected(code=code):
                self._recorder.count(f"resumed after {code or 'a break'}")

    def _see(self, message: Message) -> None:
        self._seen.append(of_message(message))
        if message.sender != self._person.id:
            self._recorder.seen(message.client_id, now())
            self._acknowledge(message)

    def _acknowledge(self, message: Message) -> None:
        """That it came the client says by itself; every other one is read."""
        conversation, seq = message.conversation, message.seq
        if self._random.random() < 0.5:
            self._client.read(conversation, seq)
            self._read[conversation] = seq
        reached = Reached(seq, self._read.get(conversation, 0))
        self._recorder.said(conversation, self._person.id, reached, now())

    def _learn(self, told: Told) -> None:
        key = told.conversation, told.user
        self._known[key] = self._known.get(key, Reached()).raised(told.reached)
        if told.user != self._person.id:
            self._recorder.heard(told, now())

    def _follow(self, sent: SentMessage) -> None:
        if sent.state is SendState.ACCEPTED:
            self._recorder.accepted(sent.id, now())
        elif sent.state.is_stored and sent.seq is not None and sent.rev is not None:
            self._recorder.stored(sent.id, sent.seq, sent.rev)
        elif sent.error is not None:
            self._recorder.rejected(sent.id, sent.error.code)


class ResumingTalk:
    """Everybody says something in turn, each message a text of its own."""

    def __init__(self, users: Sequence[ResumingUser]) -> None:
        self._users = users
        self._run = secrets.token_hex(4)
        self._said = 0

    def say(self, due: float) -> None:
        number, self._said = self._said, self._said + 1
        self._users[number % len(self._users)].say(f"{self._run}-{number}".ljust(TEXT_CHARACTERS, "."), due)
