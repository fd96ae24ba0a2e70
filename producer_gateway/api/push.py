"""Web Push: where a browser is reached while nobody looks at it."""

from fastapi import APIRouter
from starlette.responses import Response

from domain.push import PushSubscription, require_endpoint, require_keys, subscription_id
from producer_gateway.api.answers import answer, problems
from producer_gateway.api.problems import bad_field
from producer_gateway.api.services import Caller, TheServices
from schemas.errors import ErrorCode
from schemas.rest import NamedPushSubscription, NewPushSubscription, PushKey, PushSubscriptionMade

router = APIRouter(prefix="/api/push", tags=["push"])


@router.get(
    "/key",
    response_model=PushKey,
    responses=problems(ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED),
    summary="The key to subscribe for",
)
async def push_key(caller: Caller, services: TheServices) -> Response:
    """What a page hands to `pushManager.subscribe` (VAPID, RFC 8292)."""
    return answer(PushKey(key=services.push_key))


@router.post(
    "/subscriptions",
    status_code=201,
    response_model=PushSubscriptionMade,
    responses=problems(ErrorCode.INVALID_FRAME, ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED),
    summary="Be notified here",
)
async def subscribe(body: NewPushSubscription, caller: Caller, services: TheServices) -> Response:
    """Notify this browser of messages that do not reach the user. Ends with the sign-in; made again, it is the same.
    A user has a bounded number: the oldest make room."""
    _require_good(body)
    subscription = PushSubscription(
        id=subscription_id(body.endpoint),
        user=caller.user,
        login=caller.login,
        endpoint=body.endpoint,
        p256dh=body.keys.p256dh,
        auth=body.keys.auth,
        created_at=services.now(),
    )
    await services.store.push_subscriptions.add(subscription, services.config.push_subscriptions)
    return answer(PushSubscriptionMade(id=subscription.id), 201)


@router.delete(
    "/subscriptions",
    status_code=204,
    response_class=Response,
    responses=problems(ErrorCode.INVALID_FRAME, ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED),
    summary="Be notified here no more",
)
async def unsubscribe(body: NamedPushSubscription, caller: Caller, services: TheServices) -> Response:
    """Forget one's own subscription of this endpoint; one that is not there is fine."""
    await services.store.push_subscriptions.remove(caller.user, subscription_id(body.endpoint))
    return Response(status_code=204)


def _require_good(body: NewPushSubscription) -> None:
    try:
        require_endpoint(body.endpoint)
    except ValueError as error:
        raise bad_field("endpoint", str(error)) from None
    try:
        require_keys(body.keys.p256dh, body.keys.auth)
    except ValueError:
        raise bad_field("keys", "A public key on P-256 and a secret of 16 bytes, in base64url") from None
