"""What one may not see answers like what does not exist; who was in a conversation once is told that he is not now."""

from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Services
from producer_gateway.submitting import refusal_of
from schemas.errors import ErrorCode


async def require_member(services: Services, conversation: str, user: str) -> None:
    """Raises ProblemError for strangers (`not_found`) and former members (`not_a_member`)."""
    code = refusal_of(await services.store.conversations.membership(conversation, user))
    if code is not None:
        raise ProblemError(code)


async def not_his(services: Services, conversation: str, user: str) -> ProblemError:
    """What he is told who was shown nothing of a conversation. One that appeared a moment later was not there yet."""
    code = refusal_of(await services.store.conversations.membership(conversation, user))
    return ProblemError(code or ErrorCode.NOT_FOUND)
