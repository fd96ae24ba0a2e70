"""Parley's own processes, as programs of the local stack."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import httpx

from parley.local.children import Program
from parley.local.ports import Wanted
from parley.settings import Settings, as_environment

ANSWER_SECONDS = 2.0
BACKGROUND_NICENESS = 10


def services(settings: Settings) -> list[list[Program]]:
    """Every service, in the order of starting: those that handle what is in Kafka before those that let users in."""
    environment = as_environment(settings) | {"PYTHONUNBUFFERED": "1"}

    def service(name: str, port: int, *command: str) -> Program:
        return _service(settings, environment, name, port, command)

    def background(name: str, port: int) -> Program:
        """One that nobody waits for: those whom somebody does compute first."""
        return replace(service(name, port, name), niceness=BACKGROUND_NICENESS)

    return [
        [
            background("session-expiry", settings.session_expiry_port),
            service("writer", settings.writer_port, "writer"),
            background("search-index", settings.search_index_port),
            service("delivery-status", settings.delivery_status_port, "delivery-status"),
            background("notifications", settings.notifications_port),
            service("router", settings.router_port, "router"),
        ],
        [
            *(service(node, port, "edge", "--node", node, "--port", str(port)) for node, port in edges(settings)),
            service("api", settings.app_port, "api"),
        ],
    ]


def edges(settings: Settings) -> Iterator[tuple[str, int]]:
    """The name and port of each edge."""
    for number, port in enumerate(settings.edge_ports, start=1):
        yield f"edge-{number}", port


def ports(settings: Settings) -> Sequence[Wanted]:
    """Every port that the local stack listens on."""
    host = settings.host
    wanted = [
        Wanted(host, settings.app_port, "the app and the API", "PARLEY_APP_PORT"),
        *(Wanted(host, port, node, "PARLEY_EDGE_PORTS") for node, port in edges(settings)),
        Wanted(host, settings.router_port, "the router's metrics", "PARLEY_ROUTER_PORT"),
        Wanted(host, settings.writer_port, "the writer's metrics", "PARLEY_WRITER_PORT"),
        Wanted(host, settings.session_expiry_port, "session-expiry's metrics", "PARLEY_SESSION_EXPIRY_PORT"),
        Wanted(host, settings.search_index_port, "search-index's metrics", "PARLEY_SEARCH_INDEX_PORT"),
        Wanted(host, settings.delivery_status_port, "delivery-status's metrics", "PARLEY_DELIVERY_STATUS_PORT"),
        Wanted(host, settings.notifications_port, "notifications' metrics", "PARLEY_NOTIFICATIONS_PORT"),
    ]
    if settings.starts_kafka:
        wanted.append(Wanted("127.0.0.1", settings.kafka_port, "Kafka", "PARLEY_KAFKA_PORT"))
        wanted.append(
            Wanted("127.0.0.1", settings.kafka_controller_port, "Kafka's controller", "PARLEY_KAFKA_CONTROLLER_PORT")
        )
    if settings.starts_mongod:
        wanted.append(Wanted("127.0.0.1", settings.mongod_port, "mongod", "PARLEY_MONGOD_PORT"))
    return wanted


def _service(
    settings: Settings, environment: Mapping[str, str], name: str, port: int, command: Sequence[str]
) -> Program:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host

    async def ready() -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as client:
            try:
                return (await client.get(f"http://{host}:{port}/readyz")).is_success
            except httpx.HTTPError:
                return False

    return Program(
        name=name,
        command=(sys.executable, "-m", "parley", *command),
        log=settings.var / "log" / f"{name}.log",
        ready=ready,
        environment=environment,
    )
