"""Messages as they are shown, in the form in which they are judged."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from loadtests.history import Entry, Happened, Reactions, reactions


class _Event(Protocol):
    @property
    def type(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def role(self) -> str | None: ...
    @property
    def successor(self) -> str | None: ...


class _Message(Protocol):
    """The server's and the client's models, which know nothing of each other."""

    @property
    def conversation(self) -> str: ...
    @property
    def epoch(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def rev(self) -> int: ...
    @property
    def sender(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def text(self) -> str | None: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def deleted_at(self) -> datetime | None: ...
    @property
    def reactions(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def event(self) -> _Event | None: ...


def of_message(message: _Message) -> Entry:
    event = message.event
    return Entry(
        message.conversation,
        message.epoch,
        message.seq,
        message.rev,
        message.sender,
        message.client_id,
        message.text,
        message.cause,
        message.deleted_at is not None,
        _reactions(message.reactions),
        None if event is None else Happened(event.type, event.by, event.user, event.role, event.successor),
    )


def of_frame(frame: Mapping[str, Any]) -> Entry:
    """A pushed message."""
    event = frame.get("event")
    return Entry(
        frame["conversation"],
        frame["epoch"],
        frame["seq"],
        frame["rev"],
        frame["sender"],
        frame["client_id"],
        frame["text"],
        frame.get("cause"),
        "deleted_at" in frame,
        _reactions(frame.get("reactions", {})),
        None if event is None else _happened(event),
    )


def _happened(event: Mapping[str, Any]) -> Happened:
    return Happened(event["type"], event["by"], event.get("user"), event.get("role"), event.get("successor"))


def _reactions(shown: Mapping[str, Iterable[str]]) -> Reactions:
    return reactions((emoji, user) for emoji, users in shown.items() for user in users) if shown else ()
