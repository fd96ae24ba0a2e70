"""What a client's frame asks for, as the command that goes to Kafka."""

from schemas.commands import Command, DeleteMessage, EditMessage, EndChat, React, SendMessage
from schemas.frames import CommandFrame, DeleteFrame, EditFrame, EndFrame, ReactFrame, SendMessageFrame


def command_of(frame: CommandFrame, sender: str) -> Command:
    match frame:
        case SendMessageFrame():
            return SendMessage(
                conversation=frame.conversation,
                sender=sender,
                client_id=frame.id,
                text=frame.text,
                media=frame.media,
                reply_to=frame.reply_to,
                mentions=frame.mentions,
            )
        case EditFrame():
            return EditMessage(
                conversation=frame.conversation, sender=sender, client_id=frame.id, seq=frame.seq, text=frame.text
            )
        case DeleteFrame():
            return DeleteMessage(conversation=frame.conversation, sender=sender, client_id=frame.id, seq=frame.seq)
        case EndFrame():
            return EndChat(conversation=frame.conversation, sender=sender, client_id=frame.id)
        case ReactFrame():
            return React(
                conversation=frame.conversation,
                sender=sender,
                client_id=frame.id,
                seq=frame.seq,
                emoji=frame.emoji,
                on=frame.on,
            )
