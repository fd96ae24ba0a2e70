"""How routes answer, and how the answers are described."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from producer_gateway.api.problems import MEDIA_TYPE
from schemas.base import Produced
from schemas.commands import Command
from schemas.errors import CATALOGUE, ErrorCode
from schemas.rest import Pending, Problem

IDEMPOTENCY_KEY = "Idempotency-Key"


def answer(body: Produced, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body.__pydantic_serializer__.to_json(body), status, headers, "application/json")


def pending(command: Command, headers: Mapping[str, str]) -> Response:
    """Kafka has the command, but it was not decided in time."""
    return answer(Pending(client_id=command.client_id, conversation=command.conversation), 202, headers)


Responses = dict[int | str, dict[str, Any]]

PENDING: Responses = {202: {"model": Pending, "description": "Accepted, not done yet"}}
"""How `pending` is described."""


def problems(*codes: ErrorCode) -> Responses:
    """The responses of a route that may fail so, and in the ways that any may."""
    by_status: dict[int, list[ErrorCode]] = {}
    for code in codes:
        by_status.setdefault(CATALOGUE[code].status, []).append(code)
    described: Responses = {status: _described(found) for status, found in sorted(by_status.items())}
    return described | {"default": _described(())}


def _described(codes: tuple[ErrorCode, ...] | list[ErrorCode]) -> dict[str, Any]:
    lines = [f"`{code}`: {CATALOGUE[code].message}" for code in codes]
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {"description": "\n\n".join(lines) or "Any other error.", "content": {MEDIA_TYPE: {"schema": schema}}}
