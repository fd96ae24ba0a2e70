"""`parley chat`: talk in a terminal, or through pipes."""

from parley.chat.command import chat

__all__ = ["chat"]
