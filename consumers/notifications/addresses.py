"""To where a name leads, looked at by ourselves: endpoints are given by users, who may name anything.

The address that was looked at is the one that is connected to, so that a name which leads elsewhere a moment later
(DNS rebinding) leads nowhere.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple


class NotPublic(Exception):
    """The name leads to where we do not go."""


class Address(NamedTuple):
    host: str
    """In digits."""
    port: int


Resolver = Callable[[str, int], Awaitable[Address]]
"""The one address to connect to for a name. Raises NotPublic, or OSError when it cannot be found out."""

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""All addresses of a name, in digits. Raises OSError."""

# Beside what `is_global` knows (RFC 6890), which differs between versions of Python: addresses that stand for IPv4
# addresses, which a gateway or a tunnel on the way would take for these, and what nobody may be given.
_SPECIAL = (
    IPv6Network("::/96"),  # IPv4-compatible, RFC 4291 section 2.5.5.1
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated, RFC 2765
    IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of one's own, RFC 8215
    IPv6Network("2001::/23"),  # protocol assignments, Teredo among them, RFC 2928
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
    IPv6Network("fec0::/10"),  # site-local, deprecated but known to some systems
    IPv6Network("5f00::/16"),  # segment routing, RFC 9602
)
_RELAYS = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments, some of them global by RFC 6890, none of them a host
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")


def is_public(text: str) -> bool:
    """Whether this address (in digits) is one of the public internet's hosts."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address):
        return (
            address.scope_id is None
            and address in _GLOBAL_UNICAST
            and not any(address in network for network in _SPECIAL)
        )
    return not any(address in network for network in _RELAYS)


async def look_up(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def public_only(look_up: LookUp = look_up) -> Resolver:
    """Resolves to public addresses. A name of which any address is not public is refused whole: no push service has
    such a name, and somebody who has one is trying something."""

    async def resolve(host: str, port: int) -> Address:
        addresses = await look_up(host, port)
        if not addresses or not all(is_public(address) for address in addresses):
            raise NotPublic("the name leads to no public address")
        return Address(addresses[0], port)

    return resolve
