"""What one may not see answers like what does not exist; who was in a conversation once is told that he is not now."""

from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Services
from schemas.errors import ErrorCode


async def require_member(services: Services, conversation: str, user: str) -> None:
    """Raises ProblemError for strangers (`not_found`) and former members (`not_a_member`)."""
    if not await services.store.conversations.is_member(conversation, user):
        raise await not_his(services, conversation, user)


async def not_his(services: Services, conversation: str, user: str) -> ProblemError:
    was = await services.store.conversations.was_member(conversation, user)
    return ProblemError(ErrorCode.NOT_A_MEMBER if was else ErrorCode.NOT_FOUND)
