"""What a conversation must be: its commands, done again one after the other in the order of their revs.

This is the rule book of edits, deletions, reactions and groups a second time, written from the protocol's page and
without a look at the code that is judged by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeGuard

from loadtests.findings import Fault, Finding
from loadtests.history import Done, Entry, Happened, Reactions, Sent, StoredConversation, reactions

Commands = Mapping[tuple[str, str, str], Sent]

ADMIN, MEMBER = "admin", "member"


class Spell(NamedTuple):
    """A membership: with the change that made it, to the one that ended it, of which he is still told."""

    since: int
    until: int | None = None


@dataclass(slots=True)
class _Member:
    role: str
    since: int


def is_talk(target: Entry | None) -> TypeGuard[Entry]:
    """Whether it is a message that can be changed: said by somebody, and not deleted."""
    return target is not None and target.event is None and not target.deleted


def reacted(before: Entry, one: Sent) -> Reactions:
    """The reactions to a message after one of them was put there or taken away: of each user each once."""
    mine = one.wish.emoji, one.sender
    kept = [(emoji, user) for emoji, users in before.reactions for user in users if (emoji, user) != mine]
    return reactions([*kept, mine] if one.wish.on else kept)


def _stands(target: Entry, one: Sent) -> bool:
    return reacted(target, one) == target.reactions


class Life:
    """A conversation from its first change to its last."""

    def __init__(self, conversation: StoredConversation, sent: Commands) -> None:
        self.findings: list[Finding] = []
        self.states: dict[int, Entry] = {}
        """By rev: the message which that change made or changed, as it was after it."""
        self.final: dict[int, Entry] = {}
        """By seq: each message after everything."""
        self.spells: dict[str, list[Spell]] = {}
        self.stations: dict[str, set[str | None]] = {}
        """By user: every role he ever had; None: he was no member."""
        self.left: set[str] = set()
        """Who was ever a member no more."""
        self.deleted: set[int] = set()
        self.one_admin = False
        """Whether there ever was but one."""
        self._id = conversation.id
        self.comes_and_goes = conversation.founders is not None
        self._members: dict[str, _Member] = {}
        self._put_out: set[str] = set()
        """Who was removed, and not added since."""
        founders = conversation.founders or dict.fromkeys(sorted(conversation.members), MEMBER)
        self.founders = frozenset(founders)
        for user, role in founders.items():
            self._enter(user, role, 0)
        self._count_admins()
        self._run(conversation, sent)

    @property
    def roles(self) -> Mapping[str, str]:
        return {user: member.role for user, member in self._members.items()}

    def may_see(self, user: str, rev: int) -> bool:
        """Whether a change may be shown to him at any time: who comes is shown what was before, who goes nothing of
        what is after."""
        return any(spell.until is None or rev <= spell.until for spell in self.spells.get(user, ()))

    def _run(self, conversation: StoredConversation, sent: Commands) -> None:
        made = {entry.seq: entry for entry in conversation.messages}
        idle = sorted((each for each in conversation.done if not each.changed), key=lambda each: each.rev)
        for step in sorted(conversation.steps(), key=lambda each: each.rev):
            while idle and idle[0].rev < step.rev:
                self._stand_still(idle.pop(0), sent)
            one = sent.get((self._id, step.sender, step.client_id))
            self._take(step, one, made)
        for each in idle:
            self._stand_still(each, sent)

    def _take(self, step: Done, one: Sent | None, made: Mapping[int, Entry]) -> None:
        if one is None:
            self._find(Fault.INVENTED, step.client_id, f"took rev {step.rev}")
            state = made.get(step.seq, self.final.get(step.seq))
            if state is not None:
                self._put(state._replace(rev=step.rev))
            return
        complaint = self._complaint(one)
        if complaint is not None:
            self._find(complaint, step.client_id, f"{one.wish.kind} of {one.sender}, done at rev {step.rev}")
        if one.wish.kind in ("edit", "delete", "react"):
            self._change(step, one)
        else:
            epoch = made[step.seq].epoch if step.seq in made else ""
            self._append(step, one, epoch)

    def _put(self, entry: Entry) -> None:
        self.states[entry.rev] = self.final[entry.seq] = entry

    # What is said.

    def _append(self, step: Done, one: Sent, epoch: str) -> None:
        talk = one.wish.kind == "message"
        event = None if talk else self._reshape(one, step.rev)
        text = one.text if talk else None
        self._put(Entry(self._id, epoch, step.seq, step.rev, one.sender, one.client_id, text, event=event))

    def _change(self, step: Done, one: Sent) -> None:
        before = self.final.get(one.wish.seq)
        if before is None or step.seq != one.wish.seq:
            self._find(Fault.ALTERED, step.client_id, f"is about seq {one.wish.seq}, done to {step.seq}")
            return
        after = before._replace(rev=step.rev, cause=one.client_id)
        match one.wish.kind:
            case "edit":
                after = after._replace(text=one.text)
            case "delete":
                self.deleted.add(step.seq)
                after = after._replace(text=None, deleted=True, reactions=())
            case _:
                after = after._replace(reactions=reacted(before, one))
        self._put(after)

    # Who is in it.

    def _reshape(self, one: Sent, rev: int) -> Happened:
        """Do it, and say what has to be told of it."""
        match one.wish.kind:
            case "join":
                self._enter(one.sender, MEMBER, rev)
                event = Happened("joined", one.sender, one.sender)
            case "add":
                self._enter(one.wish.user, MEMBER, rev)
                event = Happened("added", one.sender, one.wish.user)
            case "leave":
                event = self._depart(one.sender, one.sender, rev)
            case "remove":
                event = self._depart(one.sender, one.wish.user, rev)
            case _:
                self._promote(one.wish.user, one.wish.role)
                event = Happened("role", one.sender, one.wish.user, one.wish.role)
        self._count_admins()
        return event

    def _enter(self, user: str, role: str, rev: int) -> None:
        self._members[user] = _Member(role, rev)
        self._put_out.discard(user)
        self.stations.setdefault(user, {None} if rev else set()).add(role)
        self.spells.setdefault(user, []).append(Spell(rev))

    def _depart(self, by: str, user: str, rev: int) -> Happened:
        if self._members.pop(user, None) is not None:
            self.spells[user][-1] = self.spells[user][-1]._replace(until=rev)
            self.stations[user].add(None)
            self.left.add(user)
            self._put_out.update(() if by == user else (user,))
        successor = None
        if self._members and not any(member.role == ADMIN for member in self._members.values()):
            successor = min(self._members, key=lambda name: (self._members[name].since, name))
            self._promote(successor, ADMIN)
        return Happened("left" if by == user else "removed", by, user, successor=successor)

    def _promote(self, user: str, role: str) -> None:
        if user in self._members:
            self._members[user].role = role
            self.stations[user].add(role)

    def _count_admins(self) -> None:
        self.one_admin |= sum(member.role == ADMIN for member in self._members.values()) == 1

    # Who may.

    def _complaint(self, one: Sent) -> Fault | None:
        """Why this must not have been done at this point."""
        kind, here = one.wish.kind, one.sender in self._members
        if kind == "join":
            return Fault.USURPED if here or one.sender in self._put_out else None
        if not here and self.comes_and_goes:
            return Fault.INTRUDED
        return None if self._may(one) else Fault.USURPED

    def _may(self, one: Sent) -> bool:
        member, wish = self._members.get(one.sender), one.wish
        admin = member is not None and member.role == ADMIN
        if wish.kind in ("edit", "delete", "react"):
            return self._may_change(one, admin=admin)
        here = self._members.get(wish.user)
        match wish.kind:
            case "add":
                return admin and here is None
            case "remove":
                return here is not None and (admin or wish.user == one.sender)
            case "role":
                return here is not None and admin and here.role != wish.role
        return True

    def _may_change(self, one: Sent, *, admin: bool) -> bool:
        target = self.final.get(one.wish.seq)
        if not is_talk(target):
            return False
        if one.wish.kind == "react":
            return not _stands(target, one)
        return target.sender == one.sender or (one.wish.kind == "delete" and admin)

    def _stand_still(self, step: Done, sent: Commands) -> None:
        """A command that was done without taking a number: it must have been so already."""
        one = sent.get((self._id, step.sender, step.client_id))
        if one is not None and not self._is_so(one):
            self._find(Fault.IDLE, step.client_id, f"{one.wish.kind} of {one.sender}, at rev {step.rev}")

    def _is_so(self, one: Sent) -> bool:
        wish, target = one.wish, self.final.get(one.wish.seq)
        if wish.kind in ("delete", "react"):
            return target is not None and (target.deleted if wish.kind == "delete" else _stands(target, one))
        here = self._members.get(one.sender if wish.kind == "join" else wish.user)
        match wish.kind:
            case "join" | "add":
                return here is not None
            case "remove":
                return here is None and wish.user in self.left
            case "role":
                return here is not None and here.role == wish.role
        return False

    def _find(self, fault: Fault, subject: str, detail: str) -> None:
        self.findings.append(Finding(fault, self._id, subject, detail))
