"""Who types: what others are known to do, until it expires, and what of one's own typing is worth saying."""

from collections.abc import Sequence

from schemas.frames import TYPING_SECONDS

SAY_AGAIN_SECONDS = 3.0

Typist = tuple[str, str]
"""Conversation and user."""


class Typists:
    """Who types expires by itself: the word that he stopped may be lost. `now` is any steady clock's seconds."""

    def __init__(self) -> None:
        self._others: dict[Typist, float] = {}
        self._said: dict[str, float] = {}

    def heard(self, typist: Typist, now: float, *, on: bool) -> bool:
        """Take a word; returns whether it says something new."""
        known = self._others.pop(typist, None) is not None
        if on:
            self._others[typist] = now + TYPING_SECONDS
        return known != on

    def expired(self, now: float) -> Sequence[Typist]:
        """Those of whom nothing was heard for too long, from now on known no more."""
        over = [typist for typist, until in self._others.items() if until <= now]
        for typist in over:
            del self._others[typist]
        return over

    def next_due(self) -> float | None:
        return min(self._others.values(), default=None)

    def say(self, conversation: str, now: float, *, on: bool) -> bool:
        """Whether this word of one's own has to be sent."""
        said = self._said.pop(conversation, None)
        if not on:
            return said is not None
        again = said is None or now - said >= SAY_AGAIN_SECONDS
        self._said[conversation] = now if said is None or again else said
        return again

    def hushed(self) -> None:
        """The socket is gone: whatever was said on it has expired with it."""
        self._said.clear()
