"""Commands that nobody submits but the passing of time: straight into their conversations' order."""

from bus.ports import Outgoing
from schemas import commands
from schemas.commands import Command
from schemas.headers import headers
from schemas.topics import CONVERSATIONS

_HEADERS = headers(schema=f"{commands.SCHEMA_NAME}/{commands.SCHEMA_VERSION}")


def commanded(command: Command) -> Outgoing:
    """A command as the writer reads it. Nobody waits for its outcome."""
    return Outgoing(CONVERSATIONS, command.model_dump_json().encode(), command.conversation.encode(), _HEADERS)
