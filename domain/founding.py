"""How conversations begin."""

from collections.abc import Callable

from domain.conversation import Conversation, Member
from domain.decision import Decision, Stamp, outcome_at, refuse, unchanged
from schemas.commands import CreateConversation
from schemas.errors import ErrorCode
from schemas.messages import ConversationKind, Role


def create(state: Conversation | None, command: CreateConversation, stamp: Stamp) -> Decision:
    if state is not None:
        return _found(state, command, stamp)
    created, members = begin(command, stamp)
    return Decision(created, outcome_at(command, stamp, 0, 0, tuple(created.members)), members=members)


def begin(command: CreateConversation, stamp: Stamp) -> tuple[Conversation, tuple[Member, ...]]:
    """A conversation before its first message, and who is in it."""
    role = _role_in(command)
    joined = tuple(
        Member(user, role(user), 0, stamp.sent_at, command.sender) for user in dict.fromkeys(command.members)
    )
    created = Conversation(
        id=command.conversation,
        kind=command.kind,
        name=command.name,
        description=command.description,
        epoch=command.epoch,
        seq=0,
        rev=0,
        applied=stamp.place,
        members={member.user: member for member in joined},
        former={},
        last_message=None,
        created_at=stamp.sent_at,
        updated_at=stamp.sent_at,
        password=command.password,
    )
    return created, joined


def _found(state: Conversation, command: CreateConversation, stamp: Stamp) -> Decision:
    """Two people who click at once get one chat, unless one has blocked the other; a group's id is nobody else's to
    take."""
    if command.kind is not ConversationKind.DIRECT or command.sender not in state.members:
        return refuse(state, command, stamp, ErrorCode.CONFLICT)
    if state.blocked_by - {command.sender}:
        return refuse(state, command, stamp, ErrorCode.FORBIDDEN)
    return unchanged(state, command, stamp)


def _role_in(command: CreateConversation) -> Callable[[str], Role]:
    """In a group its founder is the admin; two people who talk have no admin."""
    if command.kind is not ConversationKind.GROUP:
        return lambda _: Role.MEMBER
    return lambda user: Role.ADMIN if user == command.sender else Role.MEMBER
