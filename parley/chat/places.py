"""The conversations one knows, by the names people use for them."""

from collections.abc import Iterable, Sequence

from parley.chat import lines
from parley_client.models import Message, Summary, User


class Places:
    """One person's conversations."""

    def __init__(self, me: User) -> None:
        self.me = me
        self._known: dict[str, Summary] = {}

    def __contains__(self, conversation: str) -> bool:
        return conversation in self._known

    def learn(self, summary: Summary) -> str:
        """Keep a conversation's newest summary; returns its id."""
        self._known[summary.id] = summary
        return summary.id

    def learn_all(self, newest: Iterable[Summary]) -> None:
        """These come first, in this order; others that are known stay."""
        first = {summary.id: summary for summary in newest}
        others = {found.id: found for found in self._known.values() if found.id not in first}
        self._known = first | others

    def forget(self, conversation: str) -> None:
        self._known.pop(conversation, None)

    def find(self, name: str, kinds: Sequence[str] = ()) -> str | None:
        """The conversation of that id, number in the list, or title (without regard to case)."""
        if name in self._known:
            return name
        if not kinds and name.isdecimal() and 1 <= int(name) <= len(self._known):
            return list(self._known)[int(name) - 1]
        wanted = name.casefold()
        matching = (summary for summary in self._known.values() if not kinds or summary.kind in kinds)
        return next((found.id for found in matching if self.title(found.id).casefold() == wanted), None)

    def title(self, conversation: str) -> str:
        found = self._known.get(conversation)
        return conversation if found is None else lines.title(found, self.me.id)

    def others(self, conversation: str) -> frozenset[str]:
        """The other members, as far as they are known."""
        found = self._known.get(conversation)
        return frozenset(member.user for member in found.members) - {self.me.id} if found is not None else frozenset()

    def name(self, message: Message) -> str:
        """What its sender is called."""
        return self.name_of(message.sender, message.conversation)

    def name_of(self, user: str, conversation: str) -> str:
        """What a member is called."""
        if user == self.me.id:
            return self.me.username
        found = self._known.get(conversation)
        members = found.members if found is not None else ()
        return next((member.username for member in members if member.user == user), "") or user

    def listed(self) -> list[str]:
        return [lines.listed(number, summary, self.me.id) for number, summary in enumerate(self._known.values(), 1)]
