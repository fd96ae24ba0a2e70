"""Where a request comes from: the peer's address, or what proxies that are known say in its place."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from domain.limits import Limiter, Rate

Network = IPv4Network | IPv6Network

_IPV6_SITE = 64
"""Bits of an IPv6 address that name a site: whoever has one address there has all of them (RFC 6177)."""
_UNKNOWN = "unknown"
EXEMPT = "exempt"
"""The name of every address that no limit is for."""
_MAX_HOPS = 20


class Addresses:
    """Finds the client behind proxies. `X-Forwarded-For` counts as far as it was written by `proxies`: anybody else
    may write in it what he likes."""

    def __init__(self, proxies: Iterable[Network] = (), exempt: Iterable[Network] = ()) -> None:
        self._proxies = tuple(proxies)
        self._exempt = tuple(exempt)

    def client(self, peer: str | None, forwarded: Sequence[str] = ()) -> str:
        """The name under which a client is limited: its IPv4 address, or its IPv6 site. `forwarded`: the values of
        `X-Forwarded-For`, in order."""
        address = _parse(peer or "")
        hops = [hop.strip() for value in forwarded for hop in value.split(",")][-_MAX_HOPS:]
        while hops and address is not None and self._is_proxy(address):
            address = _parse(hops.pop())
        if address is None:
            return _UNKNOWN
        return EXEMPT if _among(self._exempt, address) else _name(address)

    def _is_proxy(self, address: IPv4Address | IPv6Address) -> bool:
        return _among(self._proxies, address)


class AddressLimiter:
    """A limit for each address that is not exempt."""

    def __init__(self, rate: Rate | None) -> None:
        self._limiter: Limiter[str] = Limiter(rate)

    def take(self, address: str, now: float) -> float:
        """0.0, or the seconds after which it may be tried again."""
        return 0.0 if address == EXEMPT else self._limiter.take(address, now)


def _among(networks: Iterable[Network], address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in networks)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _name(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, _IPV6_SITE), strict=False))
