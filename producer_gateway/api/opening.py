"""A conversation as one who has just come to it is shown it."""

from producer_gateway.api.services import Services
from schemas.messages import Summary
from schemas.rest import FIRST_MESSAGES, OpenedConversation


async def opened(services: Services, summary: Summary) -> OpenedConversation:
    """With its newest messages."""
    messages, more = await services.store.conversations.history(
        summary.id, before=None, after=None, around=None, limit=FIRST_MESSAGES
    )
    return OpenedConversation(**dict(summary), messages=messages, more=more)
