"""Whose word counts for where a request comes from."""

from ipaddress import ip_network

import pytest

from domain.limits import Rate
from producer_gateway.addresses import EXEMPT, Addresses, AddressLimiter

PROXIES = Addresses([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2, 10.0.0.3"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["me"], "unknown"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::/64"),
        ("2001:db8:0:1:2::3", [], "2001:db8:0:1::/64"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("::ffff:192.0.2.1", [], "192.0.2.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("/var/run/socket", ["198.51.100.1"], "unknown"),
        (None, ["198.51.100.1"], "unknown"),
    ],
)
def test_the_client(peer: str | None, forwarded: list[str], client: str) -> None:
    assert PROXIES.client(peer, forwarded) == client


def test_without_proxies_nobody_is_believed() -> None:
    assert Addresses().client("10.0.0.1", ["198.51.100.1"]) == "10.0.0.1"


def test_addresses_that_no_limit_is_for() -> None:
    addresses = Addresses([ip_network("127.0.0.1")], [ip_network("127.0.0.0/8"), ip_network("::1")])
    assert addresses.client("127.0.0.1") == addresses.client("::1") == addresses.client("::ffff:127.0.0.2") == EXEMPT
    assert addresses.client("127.0.0.1", ["198.51.100.1"]) == "198.51.100.1", "a proxy's clients have addresses"
    limiter = AddressLimiter(Rate(1, 0.5))
    assert [limiter.take("198.51.100.1", 0.0) for _ in range(2)] == [0.0, 2.0]
    assert [limiter.take(EXEMPT, 0.0) for _ in range(2)] == [0.0, 0.0]
