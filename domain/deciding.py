"""What becomes of a command: a pure function of the conversation's state and the record that carries it."""

from domain import blocking, ending, founding, groups, talking
from domain.conversation import Conversation
from domain.decision import Decision, Stamp
from schemas.commands import Block, ChangeMessage, Command, CreateConversation, EndChat, ExpireChat, SendMessage
from schemas.messages import Message


def decide(state: Conversation | None, command: Command, stamp: Stamp, message: Message | None = None) -> Decision:
    """Decide a command that has no outcome yet. `message` is the stored one that it is to change, if there is one."""
    if isinstance(command, SendMessage):
        return talking.send(state, command, stamp)
    if isinstance(command, ChangeMessage):
        return talking.change(state, command, stamp, message)
    if isinstance(command, CreateConversation):
        return founding.create(state, command, stamp)
    if isinstance(command, Block):
        return blocking.block(state, command, stamp)
    if isinstance(command, EndChat | ExpireChat):
        return ending.finish(state, command, stamp)
    return groups.manage(state, command, stamp)
