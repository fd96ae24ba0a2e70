"""Addresses of the ranges for documentation (RFC 5737, RFC 3849), from which a stack that believes this machine is told
that requests come."""

import secrets
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import count

from loadtests.stack import NotRunning
from parley.settings import Settings

NETWORKS = tuple(map(ip_network, ("198.51.100.0/24", "203.0.113.0/24")))
SITES = ip_network("2001:db8::/32")
"""Each /64 of it is a source."""
_EVERY = 50
"""One in so many is of IPv4. There are few of these, and the stack remembers them for a day."""
HERE = ip_address("127.0.0.1")
SOME = (HERE, *(network[1] for network in (*NETWORKS, SITES)))
WANTED = (
    "PARLEY_TRUSTED_PROXIES=127.0.0.1/32 PARLEY_LIMIT_EXEMPT=192.0.2.1/32 PARLEY_LIMIT_CHATS=off "
    "PARLEY_LIMIT_ADDRESS_REQUESTS=off"
)


class Sources:
    """New ones, again and again; those of another run are others, but for some of IPv4."""

    def __init__(self) -> None:
        self._start = secrets.randbits(32)
        self._numbers = count()

    def new(self) -> str:
        number = next(self._numbers)
        if number % _EVERY == _EVERY - 1:
            nth = self._start + number // _EVERY
            network = NETWORKS[nth % len(NETWORKS)]
            return str(network[nth // len(NETWORKS) % network.num_addresses])
        return self._site(number)

    def site(self) -> str:
        """One of IPv6: nobody has had it before."""
        return self._site(next(self._numbers))

    def _site(self, number: int) -> str:
        return str(IPv6Address(int(SITES.network_address) + ((self._start + number) % 2**32 << 64) + 1))


def require_believing(settings: Settings) -> None:
    """Raises NotRunning when these settings do not have the stack believe where requests of this driver come from, and
    limit them by it, by code tries alone."""
    believed = any(HERE in ip_network(network) for network in settings.trusted_proxies)
    exempt = any(address in ip_network(network) for network in settings.limit_exempt for address in SOME)
    if not believed or exempt or {settings.limit_chats, settings.limit_address_requests} != {"off"}:
        raise not_believing()


def not_believing() -> NotRunning:
    return NotRunning(f"guesses come from everywhere: start the stack, and this, with {WANTED}")
