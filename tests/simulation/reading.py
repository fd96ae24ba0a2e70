"""What a device says of the messages it takes, and hears of others': only ever more."""

from random import Random
from typing import Any

from loadtests.history import Reached, Told
from tests.simulation.network import Frame


class Reading:
    """`said` is shared by all devices: by conversation and user, how far any of his has said that he is."""

    def __init__(self, user: str, random: Random, said: dict[tuple[str, str], Reached]) -> None:
        self._user = user
        self._random = random
        self._said = said
        self._own: dict[str, Reached] = {}
        self.known: dict[tuple[str, str], Reached] = {}
        self.receipts: list[Told] = []
        """What was news, in order: what comes late or twice is none."""

    def take(self, message: Frame) -> Frame | None:
        """A message was taken: what there is to say of it. Every other one of somebody else is read at once."""
        if message["sender"] == self._user:
            return None
        conversation, seq = message["conversation"], message["seq"]
        own = self._own.get(conversation, Reached())
        read = self._random.random() < 0.5
        self._own[conversation] = own.raised(Reached(seq, seq if read else 0))
        self._said[conversation, self._user] = self._said.get((conversation, self._user), Reached()).raised(
            self._own[conversation]
        )
        return _frame("read" if read else "delivered", conversation, seq)

    def snapshot(self, summary: Frame) -> list[Frame]:
        """A summary on a new socket: what it does not show is said again."""
        conversation, shown = summary["id"], Reached()
        for member in summary["members"]:
            reached = Reached(member["delivered"], member["read"])
            self._learn(conversation, member["user"], reached)
            shown = reached if member["user"] == self._user else shown
        own = self._own.get(conversation, Reached())
        return [
            *([_frame("read", conversation, own.read)] if own.read > shown.read else []),
            *([_frame("delivered", conversation, own.delivered)] if own.delivered > shown.delivered else []),
        ]

    def hear(self, receipt: Frame) -> None:
        told = Reached(receipt["delivered"], receipt["read"])
        if self._learn(receipt["conversation"], receipt["user"], told):
            key = receipt["conversation"], receipt["user"]
            self.receipts.append(Told(*key, self.known[key]))

    def _learn(self, conversation: str, user: str, reached: Reached) -> bool:
        before = self.known.get((conversation, user), Reached())
        self.known[conversation, user] = before.raised(reached)
        return not before.covers(reached)


def _frame(kind: str, conversation: str, seq: int) -> dict[str, Any]:
    return {"type": kind, "conversation": conversation, "seq": seq}
