"""What a recipient says of the messages he gets, as an attentive person's client does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from loadtests.history import Reached


@dataclass(frozen=True, slots=True)
class Attention:
    """How soon a device says `delivered`, and its user has read."""

    gather_seconds: float = 0.0
    """What comes within so long is acknowledged together; 0: each message at once."""
    least_read_seconds: float = 1.0
    most_read_seconds: float = 3.0


class Acknowledging:
    """One device's word on one conversation after another. `say` sends a frame, `note` keeps what it said."""

    def __init__(
        self,
        attention: Attention,
        random: Random,
        say: Callable[[dict[str, Any]], None],
        note: Callable[[str, Reached], None],
    ) -> None:
        self._attention = attention
        self._random = random
        self._say = say
        self._note = note
        self._got: dict[str, int] = {}
        self._unsaid: set[str] = set()
        self._unread: set[str] = set()

    def got(self, conversation: str, seq: int) -> None:
        """A message of somebody else has come."""
        self._got[conversation] = max(seq, self._got.get(conversation, 0))
        if not self._attention.gather_seconds:
            self._delivered(conversation)
        elif conversation not in self._unsaid:
            self._unsaid.add(conversation)
            _later(self._attention.gather_seconds, self._delivered, conversation)
        if conversation not in self._unread:
            self._unread.add(conversation)
            attention = self._attention
            seconds = self._random.uniform(attention.least_read_seconds, attention.most_read_seconds)
            _later(seconds, self._read, conversation)

    @property
    def is_done(self) -> bool:
        """Whether everything that came was acknowledged and read."""
        return not self._unsaid and not self._unread

    def _delivered(self, conversation: str) -> None:
        self._unsaid.discard(conversation)
        self._speak("delivered", conversation, Reached(self._got[conversation]))

    def _read(self, conversation: str) -> None:
        self._unread.discard(conversation)
        seq = self._got[conversation]
        self._speak("read", conversation, Reached(seq, seq))

    def _speak(self, kind: str, conversation: str, reached: Reached) -> None:
        self._note(conversation, reached)
        self._say({"type": kind, "conversation": conversation, "seq": reached.delivered})


def _later(seconds: float, call: Callable[[str], None], conversation: str) -> None:
    asyncio.get_running_loop().call_later(seconds, call, conversation)
