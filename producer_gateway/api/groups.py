"""Groups: who is in them, what they are called, and their end. Through Kafka, like messages."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends
from starlette.responses import Response
from ulid import ULID

from producer_gateway.api.answers import IDEMPOTENCY_KEY, PENDING, answer, pending, problems
from producer_gateway.api.membership import TheConversation, not_his, require_unblocked, require_users
from producer_gateway.api.opening import opened
from producer_gateway.api.problems import ProblemError
from producer_gateway.api.services import Caller, IdempotencyKey, Services, TheServices, Trace
from schemas.commands import AddMember, ChangeGroup, Command, DeleteGroup, JoinGroup, LeaveGroup, RemoveMember, SetRole
from schemas.errors import ErrorCode
from schemas.ids import UserId
from schemas.messages import Role, Summary
from schemas.rest import ChangedGroup, Joining, NewMember, NewRole, OpenedConversation
from store.ports import GroupPassword

_TRIES_OF_USER, _LOCK_OF_USER = 5, 3600.0
"""Wrong passwords of one user, of whatever groups."""
_TRIES_AT_GROUP, _LOCK_OF_GROUP = 50, 60.0
"""Wrong passwords for one group, of whomever: enough to stop a search, too little to keep people out."""


class _Asked:
    """Who asks, of which conversation, under which id."""

    def __init__(
        self,
        conversation: TheConversation,
        caller: Caller,
        services: TheServices,
        trace: Trace,
        key: IdempotencyKey = None,
    ) -> None:
        self.conversation = conversation
        self.user = caller.user
        self.services: Services = services
        self.client_id = key or str(ULID())
        self._trace = trace

    @property
    def headers(self) -> dict[str, str]:
        return {IDEMPOTENCY_KEY: self.client_id}

    async def is_done(self, command: Command) -> bool:
        """False: accepted, and not decided in time. Raises ProblemError."""
        return await self.services.commands.ask(command, self._trace) is not None

    async def answer_summary(self, command: Command) -> Response:
        if not await self.is_done(command):
            return pending(command, self.headers)
        summary = await self.services.store.conversations.summary(self.user, self.conversation)
        if summary is None:
            raise await not_his(self.services, self.conversation, self.user)
        return answer(summary, 200, self.headers)

    async def answer_nothing(self, command: Command) -> Response:
        if not await self.is_done(command):
            return pending(command, self.headers)
        return Response(status_code=204, headers=self.headers)


Asked = Annotated[_Asked, Depends(_Asked)]

router = APIRouter(prefix="/api/conversations/{id}", tags=["groups"])

_FAILURES = (
    ErrorCode.UNAUTHENTICATED,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.FORBIDDEN,
    ErrorCode.NOT_A_MEMBER,
    ErrorCode.NOT_FOUND,
    ErrorCode.CONVERSATION_ENDED,
    ErrorCode.UNAVAILABLE,
    ErrorCode.UNKNOWN_OUTCOME,
)
_CHANGES = PENDING | problems(ErrorCode.INVALID_FRAME, ErrorCode.CONFLICT, ErrorCode.TOO_LARGE, *_FAILURES)
_ENDS = PENDING | problems(*_FAILURES)


@router.put("", response_model=Summary, responses=_CHANGES, summary="Change a group")
async def change(body: ChangedGroup, asked: Asked) -> Response:
    """Name, description and password, those that are given; `null` takes a description or the password away. Admins
    only. Who asked to join with the old password, and is not in yet, is refused from then on."""
    version = await _new_password(body.password, asked) if body.password is not None else None
    command = ChangeGroup(
        conversation=asked.conversation,
        sender=asked.user,
        client_id=asked.client_id,
        fields=tuple(name for name in ("name", "description", "password") if name in body.model_fields_set),
        name=body.name,
        description=body.description,
        password=version,
    )
    return await asked.answer_summary(command)


async def _new_password(password: str, asked: _Asked) -> str:
    """Kept before the command that brings it into force. Asks first whether he may: hashing is slow on purpose."""
    state = (await asked.services.store.decisions.load([asked.conversation])).get(asked.conversation)
    member = None if state is None else state.members.get(asked.user)
    if member is None:
        raise await not_his(asked.services, asked.conversation, asked.user)
    if member.role is not Role.ADMIN:
        raise ProblemError(ErrorCode.FORBIDDEN)
    return await keep_password(asked.services, asked.conversation, password)


async def keep_password(services: Services, conversation: str, password: str) -> str:
    """Returns the version by which commands name it."""
    kept = GroupPassword(uuid4().hex, await services.passwords.hash(password))
    await services.store.group_passwords.put(conversation, kept)
    return kept.version


@router.delete("", status_code=204, response_class=Response, responses=_ENDS, summary="Delete a group")
async def delete(asked: Asked) -> Response:
    """For everybody, and for ever. Admins only."""
    command = DeleteGroup(conversation=asked.conversation, sender=asked.user, client_id=asked.client_id)
    return await asked.answer_nothing(command)


@router.post("/leave", status_code=204, response_class=Response, responses=_ENDS, summary="Leave a group")
async def leave(asked: Asked) -> Response:
    """When the last admin leaves, the member who has been in longest becomes one; with its last member a group ends."""
    command = LeaveGroup(conversation=asked.conversation, sender=asked.user, client_id=asked.client_id)
    return await asked.answer_nothing(command)


@router.post("/members", response_model=Summary, responses=_CHANGES, summary="Add somebody to a group")
async def add(body: NewMember, asked: Asked) -> Response:
    """Admins only. Who has blocked the admin cannot be added by him."""
    code = await asked.services.store.conversations.membership(asked.conversation, asked.user)
    if code != "member":
        raise await not_his(asked.services, asked.conversation, asked.user)
    await require_users(asked.services, (body.user,))
    await require_unblocked(asked.services, asked.user, (body.user,))
    command = AddMember(conversation=asked.conversation, sender=asked.user, client_id=asked.client_id, user=body.user)
    return await asked.answer_summary(command)


@router.put("/members/{user}", response_model=Summary, responses=_CHANGES, summary="Change a member's role")
async def set_role(user: UserId, body: NewRole, asked: Asked) -> Response:
    """Admins only. A group keeps an admin: the last one cannot be made a member (`conflict`)."""
    command = SetRole(
        conversation=asked.conversation, sender=asked.user, client_id=asked.client_id, user=user, role=body.role
    )
    return await asked.answer_summary(command)


@router.delete(
    "/members/{user}",
    status_code=204,
    response_class=Response,
    responses=PENDING | problems(ErrorCode.INVALID_FRAME, *_FAILURES),
    summary="Remove a member",
)
async def remove(user: UserId, asked: Asked) -> Response:
    """Admins only, except oneself. From then on nothing of the group reaches him, and nothing of his the group."""
    command = RemoveMember(conversation=asked.conversation, sender=asked.user, client_id=asked.client_id, user=user)
    return await asked.answer_nothing(command)


@router.post(
    "/join",
    response_model=OpenedConversation,
    responses=_CHANGES | problems(ErrorCode.INVALID_FRAME, ErrorCode.WRONG_PASSWORD, ErrorCode.LOCKED_OUT, *_FAILURES),
    summary="Join a group",
)
async def join(body: Joining, asked: Asked) -> Response:
    """By its password. Answers with the group and its newest messages, also to who is in it already. Too many wrong
    passwords lock out for growing times, which `Retry-After` tells. Who was removed has to be added."""
    services = asked.services
    if await services.store.conversations.membership(asked.conversation, asked.user) != "member":
        command = JoinGroup(
            conversation=asked.conversation,
            sender=asked.user,
            client_id=asked.client_id,
            password=await _right_version(body.password or "", asked),
        )
        if not await asked.is_done(command):
            return pending(command, asked.headers)
    summary = await services.store.conversations.summary(asked.user, asked.conversation)
    if summary is None:
        raise await not_his(services, asked.conversation, asked.user)
    return answer(await opened(services, summary), 200, asked.headers)


async def _right_version(password: str, asked: _Asked) -> str:
    """The version of the password in force, if this is it. A try is counted before it is judged."""
    services = asked.services
    current = await services.store.group_passwords.current(asked.conversation)
    if current is None:
        raise await not_his(services, asked.conversation, asked.user)
    subjects = (f"join/{asked.user}", f"join/{asked.conversation}")
    await _count(services, subjects[0], _TRIES_OF_USER, _LOCK_OF_USER)
    await _count(services, subjects[1], _TRIES_AT_GROUP, _LOCK_OF_GROUP)
    if not (await services.passwords.verify(password, current.hash)).right:
        raise ProblemError(ErrorCode.WRONG_PASSWORD)
    for subject in subjects:
        await services.store.attempts.succeed(subject)
    return current.version


async def _count(services: Services, subject: str, free: int, longest: float) -> None:
    seconds = await services.store.attempts.begin(subject, free, longest)
    if seconds > 0:
        raise ProblemError(ErrorCode.LOCKED_OUT, headers={"Retry-After": str(int(seconds) + 1)})
