"""An ephemeral chat as one of the two sees it: sealed on its way to Kafka, opened on its way to him."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.sealing import ChatCipher, Place, Unopenable
from producer_gateway.seat_tokens import SeatPass
from schemas import metrics
from schemas.commands import Command, EditMessage, React, SendMessage
from schemas.frames import Changes, ResumeAnswer
from schemas.messages import Message, Summary, UserView

Frame = Mapping[str, Any]

_COMING = {"online": "peer_joined", "offline": "peer_left"}


class ChatView:
    """Holds the chat's key for as long as somebody's socket is open."""

    __slots__ = ("_cipher", "_names", "_seat")

    def __init__(self, seat: SeatPass) -> None:
        self._seat = seat
        self._cipher = ChatCipher(seat.key)
        self._names = {seat.user: seat.name, seat.peer: seat.peer_name}

    @property
    def conversation(self) -> str:
        return self._seat.conversation

    @property
    def user(self) -> UserView:
        return UserView(id=self._seat.user, username=self._seat.name, created_at=self._seat.created_at)

    def sealed(self, command: Command) -> Command:
        """The command as Kafka may have it: nothing in it can be read without the chat's key."""
        match command:
            case SendMessage(text=str(text)):
                place = Place(command.conversation, command.sender, command.client_id)
                return command.model_copy(update={"text": self._cipher.seal(text, place)})
            case EditMessage():
                place = Place.edited(command.conversation, command.sender, command.seq)
                return command.model_copy(update={"text": self._cipher.seal(command.text, place)})
            case React():
                emoji = self._cipher.seal_emoji(command.emoji, command.conversation, command.seq)
                return command.model_copy(update={"emoji": emoji})
        return command

    def messages(self, messages: Iterable[Message]) -> tuple[Message, ...]:
        return tuple(self._message(message) for message in messages)

    def summaries(self, summaries: Iterable[Summary]) -> tuple[Summary, ...]:
        return tuple(self._summary(summary) for summary in summaries)

    def answers(self, answers: Iterable[ResumeAnswer]) -> Sequence[ResumeAnswer]:
        return [
            answer.model_copy(update={"messages": self.messages(answer.messages)})
            if isinstance(answer, Changes)
            else answer
            for answer in answers
        ]

    def ended_by(self, by: str) -> str:
        """The name of whoever ended it; a reason stays what it is."""
        return self._names.get(by, by)

    def frames(self, frame: Frame) -> list[Frame]:
        """What a frame from the edge's topic is to him; that the other came or went is told in a chat's own way too."""
        match frame:
            case {"type": "message"}:
                return [{**frame, **self._content(frame)}]
            case {"type": "conversation"}:
                return [self._shown(frame)]
            case {"type": "ended", "by": str(by)}:
                return [{**frame, "by": self.ended_by(by)}]
            case {"type": "user_status", "status": str(status)} if status in _COMING:
                return [frame, {"type": "notice", "conversation": self.conversation, "code": _COMING[status]}]
        return [frame]

    def _shown(self, conversation: Frame) -> Frame:
        """A summary that came through Kafka: names are put in here."""
        last = conversation["last_message"]
        members = [{**each, "username": self._names.get(each["user"], "")} for each in conversation["members"]]
        opened = None if last is None else {**last, **self._content(last)}
        return {**conversation, "members": members, "last_message": opened}

    def _summary(self, summary: Summary) -> Summary:
        last = summary.last_message
        return summary if last is None else summary.model_copy(update={"last_message": self._message(last)})

    def _message(self, message: Message) -> Message:
        return message.model_copy(update=self._content(dict(message)))

    def _content(self, message: Frame) -> dict[str, Any]:
        """The text and the reactions of a message, opened."""
        text, reactions = message.get("text"), message.get("reactions") or {}
        conversation, seq = message["conversation"], message["seq"]
        opened = {self._emoji(emoji, conversation, seq): users for emoji, users in reactions.items()}
        return {"text": None if text is None else self._text(text, message), "reactions": opened}

    def _text(self, sealed: str, message: Frame) -> str | None:
        conversation, sender = message["conversation"], message["sender"]
        edited = message.get("edited_at") is not None
        where = Place.edited(conversation, sender, message["seq"])
        try:
            return self._cipher.open(sealed, where if edited else Place(conversation, sender, message["client_id"]))
        except Unopenable:
            metrics.CHAT_UNOPENABLE.inc()
            return None

    def _emoji(self, sealed: str, conversation: str, seq: int) -> str:
        try:
            return self._cipher.open_emoji(sealed, conversation, seq)
        except Unopenable:
            metrics.CHAT_UNOPENABLE.inc()
            return "\N{REPLACEMENT CHARACTER}"
