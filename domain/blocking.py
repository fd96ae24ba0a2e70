"""Two people of whom one wants to hear nothing of the other. While it is so, neither writes in their conversation.

It takes no number and is no message: the blocked one is not told, he finds out when he is refused. A conversation that
begins with a block is shown to him only once something can be said there.
"""

from dataclasses import replace

from domain.conversation import Conversation
from domain.decision import Decision, Stamp, outcome_at, refuse, unchanged
from domain.founding import begin
from schemas.commands import Block, CreateConversation
from schemas.errors import ErrorCode
from schemas.ids import direct_conversation_id
from schemas.messages import ConversationKind


def block(state: Conversation | None, command: Block, stamp: Stamp) -> Decision:
    if command.conversation != direct_conversation_id(command.sender, command.user):
        return refuse(state, command, stamp, ErrorCode.NOT_FOUND)
    if state is None:
        return _begin(command, stamp) if command.on else Decision(None, outcome_at(command, stamp, 0, 0))
    blocked_by = state.blocked_by | {command.sender} if command.on else state.blocked_by - {command.sender}
    if blocked_by == state.blocked_by:
        return unchanged(state, command, stamp)
    after = replace(state, applied=stamp.place, blocked_by=blocked_by)
    return Decision(after, outcome_at(command, stamp, state.seq, state.rev, (command.sender,)))


def _begin(command: Block, stamp: Stamp) -> Decision:
    """Both are members from the beginning, as in any direct conversation; the one who blocks is told."""
    founding = CreateConversation(
        conversation=command.conversation,
        sender=command.sender,
        client_id=command.client_id,
        kind=ConversationKind.DIRECT,
        epoch=command.epoch,
        members=(command.sender, command.user),
    )
    state, members = begin(founding, stamp)
    after = replace(state, blocked_by=frozenset({command.sender}))
    return Decision(after, outcome_at(command, stamp, 0, 0, (command.sender,)), members=members)


def hides(state: Conversation, user: str) -> bool:
    """Whether a conversation in which nothing was said is kept from a user whom the other one has blocked."""
    return state.seq == 0 and bool(state.blocked_by - {user})
