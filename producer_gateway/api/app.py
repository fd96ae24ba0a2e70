"""The HTTP application: the routes under `/api`, the pages, and the layers around them."""

from collections.abc import Sequence
from importlib.resources import files

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from producer_gateway.api import (
    blocking,
    changes,
    chats,
    connecting,
    conversations,
    groups,
    logins,
    marks,
    media,
    messages,
    operating,
    pages,
    pictures,
    preferences,
    problems,
    push,
    receipts,
    searching,
    sessions,
    users,
)
from producer_gateway.api.guarding import BodyLimits, BoundedRequests, Origins, SecurityHeaders
from producer_gateway.api.limiting import PerAddress
from producer_gateway.api.observing import Observing
from producer_gateway.api.services import Services
from producer_gateway.api.uploading import limits_by_route

_RESOURCES = (
    users,
    preferences,
    pictures,
    logins,
    sessions,
    connecting,
    blocking,
    conversations,
    marks,
    groups,
    messages,
    changes,
    receipts,
    media,
    searching,
    push,
    chats,
)


def _routes() -> Sequence[BaseRoute]:
    every = APIRouter()
    for resource in _RESOURCES:
        every.include_router(resource.router)
    return every.routes


_ROUTES = _routes()
"""The same in every application of a process: working out what each takes and answers is most of the making of one."""


def routed(middleware: Sequence[Middleware] = ()) -> FastAPI:
    """The application with its routes but nothing behind them: enough to describe it."""
    app = FastAPI(openapi_url=None, redirect_slashes=False, middleware=middleware)
    app.router.routes.extend(_ROUTES)
    return app


def create_app(services: Services) -> FastAPI:
    config = services.config
    layers = [
        Middleware(Observing, random=services.random),
        Middleware(SecurityHeaders),
        Middleware(Origins, origins=config.origins),
        Middleware(PerAddress, limits=services.limits),
        Middleware(
            BoundedRequests,
            at_once=config.requests_at_once,
            limits=limits_by_route(config.media, BodyLimits(config.max_body_bytes, config.body_seconds)),
        ),
    ]
    app = routed(layers)
    app.state.services = services
    problems.install(app)
    app.include_router(operating.router(services.ready))
    app.include_router(pages.router(_document("openapi.json"), _document("asyncapi.json"), config.web_app))
    return app


def _document(name: str) -> bytes:
    """As generated and committed: describing the application anew takes longer than all the rest of its start."""
    return files("schemas").joinpath(name).read_bytes()
