"""Every port that is taken is named before anything starts, with the setting that changes it."""

import socket

import pytest

from parley.local.errors import CannotStartError
from parley.local.ports import Wanted, free_ports, require_free
from parley.local.services import ports
from parley.settings import Settings


def test_free_ports_are_free_and_different() -> None:
    found = free_ports(3)
    assert len(set(found)) == 3
    require_free([Wanted("127.0.0.1", port, f"service {port}", "PARLEY_APP_PORT") for port in found])


def test_each_taken_port_is_named_in_a_line_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        first, second = one.getsockname()[1], other.getsockname()[1]
        wanted = [
            Wanted("127.0.0.1", first, "edge-1", "PARLEY_EDGE_PORTS"),
            Wanted("127.0.0.1", second, "Kafka", "PARLEY_KAFKA_PORT"),
        ]
        with pytest.raises(CannotStartError) as refused:
            require_free(wanted)
    assert str(refused.value).splitlines() == [
        f"port {first} for edge-1 is taken: choose another with PARLEY_EDGE_PORTS",
        f"port {second} for Kafka is taken: choose another with PARLEY_KAFKA_PORT",
    ]


def test_a_port_wanted_twice_is_refused() -> None:
    (port,) = free_ports(1)
    wanted = [Wanted("127.0.0.1", port, name, f"PARLEY_{name.upper()}_PORT") for name in ("router", "writer")]
    with pytest.raises(
        CannotStartError, match=f"^port {port} is wanted twice, for router and writer: change PARLEY_WR"
    ):
        require_free(wanted)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotStartError, match=r"cannot be opened on 192\.0\.2\.1"):
        require_free([Wanted("192.0.2.1", 8080, "the app", "PARLEY_APP_PORT")])


def test_servers_that_are_given_need_no_ports_here() -> None:
    own = {want.what for want in ports(Settings())}
    given = {want.what for want in ports(Settings(kafka_bootstrap="kafka:9092", mongo_url="mongodb://mongo"))}
    assert own - given == {"Kafka", "Kafka's controller", "mongod"}
    assert given == {
        *("the app and the API", "edge-1", "edge-2"),
        "search-index's metrics",
        *(
            "the router's metrics",
            "the writer's metrics",
            "session-expiry's metrics",
            "delivery-status's metrics",
            "notifications' metrics",
        ),
    }
