"""The OpenAPI document, made from the routes and what the routes cannot say of themselves."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from schemas.rest import Problem

TITLE = "Parley"
VERSION = "1"
_DESCRIPTION = """\
A chat platform built as an event pipeline. Register, sign in, and send `Authorization: Bearer <access token>`.

Times are RFC 3339 in UTC. Every error is `application/problem+json` (RFC 9457) with a `code` and `retry`: whether
trying again may help. What one may not see answers like what does not exist.

Live traffic goes over a WebSocket: `GET /api/connect` says where; its protocol is described in AsyncAPI.
"""
_REF = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of this app's routes, the same at every call."""
    document = get_openapi(
        title=TITLE, version=VERSION, openapi_version="3.1.0", description=_DESCRIPTION, routes=app.routes
    )
    # Only through their media type do routes refer to it, where the framework does not look for models.
    problem = Problem.model_json_schema(ref_template=_REF, mode="serialization")
    document["components"]["schemas"] |= problem.pop("$defs", {}) | {Problem.__name__: problem}
    document["components"]["schemas"] = dict(sorted(document["components"]["schemas"].items()))
    return document
