"""Who is in a group, in which role, and what the group is called.

Members talk, admins manage: they add, remove, change roles, the name, the description and the password, and end the
group. Whoever leaves or joins does so himself. A group always has an admin: when the last one leaves or is removed, the
member who has been in longest becomes one. With its last member the group ends.

Every change is a system message with its own seq and rev, so that it has its place among the messages.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.conversation import Conversation, Departure, Leaving, Member
from domain.decision import Decision, Stamp, appended, membership_error, refuse, unchanged
from domain.ending import end
from schemas.commands import (
    AddMember,
    ChangeGroup,
    DeleteGroup,
    GroupCommand,
    JoinGroup,
    LeaveGroup,
    RemoveMember,
    SetRole,
)
from schemas.errors import ErrorCode
from schemas.messages import ConversationKind, Message, MessageKind, Role, SystemEvent

MAX_MEMBERS = 1000

ManagingCommand = AddMember | RemoveMember | LeaveGroup | SetRole | ChangeGroup | DeleteGroup


def manage(state: Conversation | None, command: GroupCommand, stamp: Stamp) -> Decision:
    if isinstance(command, JoinGroup):
        return _join(state, command, stamp)
    error = membership_error(state, command.sender)
    if state is None or error is not None:
        return refuse(state, command, stamp, error or ErrorCode.NOT_FOUND)
    if state.kind is not ConversationKind.GROUP or not _may(state, command):
        return refuse(state, command, stamp, ErrorCode.FORBIDDEN)
    return _carry_out(state, command, stamp)


def _carry_out(state: Conversation, command: ManagingCommand, stamp: Stamp) -> Decision:
    match command:
        case AddMember():
            decision = _add(state, command, stamp)
        case RemoveMember():
            decision = _remove(state, command, stamp)
        case LeaveGroup():
            decision = _part(state, command, stamp, command.sender)
        case SetRole():
            decision = _set_role(state, command, stamp)
        case ChangeGroup():
            decision = _describe(state, command, stamp)
        case _:
            decision = end(state, command, stamp, Leaving.DELETED)
    return decision


def _may(state: Conversation, command: GroupCommand) -> bool:
    himself = isinstance(command, LeaveGroup) or (isinstance(command, RemoveMember) and command.user == command.sender)
    return himself or state.members[command.sender].role is Role.ADMIN


def _join(state: Conversation | None, command: JoinGroup, stamp: Stamp) -> Decision:
    if state is not None and command.sender in state.members:
        return unchanged(state, command, stamp)
    error = _joining_error(state, command)
    if state is None or error is not None:
        return refuse(state, command, stamp, error or ErrorCode.NOT_FOUND)
    return _enter(state, command, stamp, command.sender, "joined")


def _joining_error(state: Conversation | None, command: JoinGroup) -> ErrorCode | None:
    """Who was removed comes back only when an admin adds him. A group without a password does not exist to others."""
    if state is None:
        return ErrorCode.NOT_FOUND
    before = state.former.get(command.sender)
    if before is not None and before.left is not None and before.left.how is not Leaving.LEFT:
        return membership_error(state, command.sender)
    if state.password is None or state.ended_at is not None:
        return membership_error(state, command.sender)
    if state.password != command.password:
        return ErrorCode.WRONG_PASSWORD
    return ErrorCode.TOO_LARGE if len(state.members) >= MAX_MEMBERS else None


def _add(state: Conversation, command: AddMember, stamp: Stamp) -> Decision:
    if command.user in state.members:
        return unchanged(state, command, stamp)
    if len(state.members) >= MAX_MEMBERS:
        return refuse(state, command, stamp, ErrorCode.TOO_LARGE)
    return _enter(state, command, stamp, command.user, "added")


def _remove(state: Conversation, command: RemoveMember, stamp: Stamp) -> Decision:
    if command.user in state.members:
        return _part(state, command, stamp, command.user)
    if command.user in state.former:
        return unchanged(state, command, stamp)
    return refuse(state, command, stamp, ErrorCode.NOT_FOUND)


def _set_role(state: Conversation, command: SetRole, stamp: Stamp) -> Decision:
    member = state.members.get(command.user)
    if member is None:
        return refuse(state, command, stamp, ErrorCode.NOT_FOUND)
    if member.role is command.role:
        return unchanged(state, command, stamp)
    if command.role is Role.MEMBER and not _admins(state, without=command.user):
        return refuse(state, command, stamp, ErrorCode.CONFLICT)
    changed = replace(member, role=command.role)
    event = SystemEvent(type="role", by=command.sender, user=command.user, role=command.role)
    return _tell(replace(state, members={**state.members, command.user: changed}), command, stamp, event, (changed,))


def _describe(state: Conversation, command: ChangeGroup, stamp: Stamp) -> Decision:
    wanted = {field: getattr(command, field) for field in command.fields}
    changed = {field: value for field, value in wanted.items() if getattr(state, field) != value}
    if not changed:
        return unchanged(state, command, stamp)
    fields = tuple(field for field in command.fields if field in changed)
    event = SystemEvent(type="changed", by=command.sender, fields=fields, name=changed.get("name"))
    after = replace(
        state,
        name=changed.get("name", state.name),
        description=changed.get("description", state.description),
        password=changed.get("password", state.password),
    )
    return _tell(after, command, stamp, event)


def _enter(state: Conversation, command: AddMember | JoinGroup, stamp: Stamp, user: str, how: str) -> Decision:
    member = Member(user, Role.MEMBER, state.rev + 1, stamp.sent_at, command.sender)
    former = {name: found for name, found in state.former.items() if name != user}
    event = SystemEvent(type="joined" if how == "joined" else "added", by=command.sender, user=user)
    after = replace(state, members={**state.members, user: member}, former=former)
    return _tell(after, command, stamp, event, (member,))


def _part(state: Conversation, command: LeaveGroup | RemoveMember, stamp: Stamp, user: str) -> Decision:
    how = Leaving.LEFT if user == command.sender else Leaving.REMOVED
    if len(state.members) == 1:
        return end(state, command, stamp, how)
    gone = _departed(state.members[user], state.rev + 1, command, stamp, how)
    staying = {name: member for name, member in state.members.items() if name != user}
    successor = _successor(state, staying)
    if successor is not None:
        staying[successor.user] = successor
    event = SystemEvent(
        type="left" if how is Leaving.LEFT else "removed",
        by=command.sender,
        user=user,
        successor=None if successor is None else successor.user,
    )
    after = replace(state, members=staying, former={**state.former, user: gone})
    return _tell(after, command, stamp, event, (gone,) if successor is None else (gone, successor))


def _successor(state: Conversation, staying: Mapping[str, Member]) -> Member | None:
    """Who becomes admin of a group that lost its last one: whoever has been in longest."""
    if any(member.role is Role.ADMIN for member in staying.values()):
        return None
    longest = min(staying.values(), key=lambda member: (member.joined_rev, member.user))
    return replace(longest, role=Role.ADMIN)


def _admins(state: Conversation, without: str) -> list[str]:
    return [m.user for m in state.members.values() if m.role is Role.ADMIN and m.user != without]


def _departed(member: Member, rev: int, command: GroupCommand, stamp: Stamp, how: Leaving) -> Member:
    return replace(member, left=Departure(rev, stamp.sent_at, command.sender, how))


def _tell(
    state: Conversation, command: GroupCommand, stamp: Stamp, event: SystemEvent, members: tuple[Member, ...] = ()
) -> Decision:
    """The change as a message among the messages."""
    message = Message(
        conversation=state.id,
        epoch=state.epoch,
        seq=state.seq + 1,
        rev=state.rev + 1,
        kind=MessageKind.SYSTEM,
        sender=command.sender,
        client_id=command.client_id,
        event=event,
        sent_at=stamp.sent_at,
    )
    return appended(state, message, stamp, members)
