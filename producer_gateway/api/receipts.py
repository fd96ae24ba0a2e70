"""How far messages have come, and how far one has read."""

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.responses import Response

from domain.receipts import MemberCursor, status_of
from producer_gateway.api.answers import answer, problems
from producer_gateway.api.membership import require_member
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Anyone, Services, TheServices
from producer_gateway.submitting import NotSubmitted
from schemas.errors import ErrorCode
from schemas.frames import MAX_NUMBER
from schemas.ids import parse_message_id
from schemas.preferences import Preferences
from schemas.receipts import ReceiptRecord
from schemas.rest import MessageReceipts, RecipientReceipt
from store.ports import Receipt

router = APIRouter(prefix="/api/messages/{id}", tags=["messages"])

_READING = (
    *(ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.NOT_FOUND, ErrorCode.NOT_A_MEMBER),
    *(ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE),
)
_DEFAULTS = Preferences()


@router.get(
    "/receipts", response_model=MessageReceipts, responses=problems(*_READING), summary="What became of a message"
)
async def receipts(id: str, caller: Anyone, services: TheServices) -> Response:  # noqa: A002 (the path's own word)
    """For each recipient (the members who had joined when it was sent), whether and since when he has it, and has read
    it. One who keeps his receipts private counts as if he had nothing, but for himself."""
    conversation, seq = await _message_of_member(services, id, caller.user)
    found = await services.store.receipts.of_message(conversation, seq)
    preferences = await services.store.users.preferences([receipt.user for receipt in found])
    private = {user for user, wanted in preferences.items() if not wanted.read_receipts} - {caller.user}
    return answer(MessageReceipts(message=id, receipts=tuple(_told(found, seq, private))))


def _told(found: Iterable[Receipt], seq: int, private: set[str]) -> Iterable[RecipientReceipt]:
    for receipt in found:
        shown = Receipt(receipt.user) if receipt.user in private else receipt
        reached = MemberCursor(seq if shown.delivered_at else 0, seq if shown.read_at else 0)
        yield RecipientReceipt(
            user=shown.user,
            status=status_of(seq, [reached]),
            delivered_at=shown.delivered_at,
            read_at=shown.read_at,
        )


@router.put(
    "/read",
    status_code=204,
    response_class=Response,
    responses=problems(*_READING, ErrorCode.UNKNOWN_OUTCOME),
    summary="Read up to a message",
)
async def read(id: str, caller: Anyone, services: TheServices) -> Response:  # noqa: A002 (the path's own word)
    """The caller has read this message and all before it; what he had read already stays read. The answer comes when
    Kafka has it; his unread count and the receipts follow."""
    conversation, seq = await _message_of_member(services, id, caller.user)
    try:
        await services.receipts.send(
            ReceiptRecord(conversation=conversation, user=caller.user, delivered=seq, read=seq)
        )
    except NotSubmitted as failure:
        raise ProblemError(failure.code) from failure
    return Response(status_code=204)


async def _message_of_member(services: Services, message: str, user: str) -> tuple[str, int]:
    """Conversation and seq of a message that is there, for a member."""
    try:
        conversation, seq = parse_message_id(message)
    except ValueError:
        raise ProblemError(ErrorCode.NOT_FOUND) from None
    await require_member(services, conversation, user)
    if seq > MAX_NUMBER or await services.store.conversations.message(conversation, seq) is None:
        raise ProblemError(ErrorCode.NOT_FOUND)
    return conversation, seq
