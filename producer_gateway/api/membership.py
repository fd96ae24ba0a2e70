"""What one may not see answers like what does not exist; who was in a conversation once is told that he is not now."""

import re
from typing import Annotated

from fastapi import Depends

from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Services
from producer_gateway.submitting import refusal_of
from schemas.errors import ErrorCode
from schemas.ids import CONVERSATION_PATTERN

_CONVERSATION_ID = re.compile(CONVERSATION_PATTERN)


async def _conversation(id: str) -> str:  # noqa: A002 (the path's own word)
    if _CONVERSATION_ID.fullmatch(id) is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    return id


TheConversation = Annotated[str, Depends(_conversation)]
"""The conversation of the path. What is no id, names nothing."""


async def require_users(services: Services, users: tuple[str, ...]) -> None:
    """Raises ProblemError when one of them does not exist."""
    known = await services.store.users.get(users)
    missing = [user for user in users if user not in known]
    if missing:
        raise ProblemError(ErrorCode.NOT_FOUND, f"There is no user {missing[0]}.")


async def require_unblocked(services: Services, user: str, others: tuple[str, ...]) -> None:
    """Raises ProblemError when one of the others has blocked the user; it does not say who."""
    if await services.store.conversations.blocking([(other, user) for other in others]):
        raise ProblemError(ErrorCode.FORBIDDEN)


async def require_member(services: Services, conversation: str, user: str) -> None:
    """Raises ProblemError for strangers (`not_found`) and former members (`not_a_member`)."""
    code = refusal_of(await services.store.conversations.membership(conversation, user))
    if code is not None:
        raise ProblemError(code)


async def not_his(services: Services, conversation: str, user: str) -> ProblemError:
    """What he is told who was shown nothing of a conversation. One that appeared a moment later was not there yet."""
    code = refusal_of(await services.store.conversations.membership(conversation, user))
    return ProblemError(code or ErrorCode.NOT_FOUND)
