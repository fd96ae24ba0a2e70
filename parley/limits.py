"""What the front doors refuse, as the settings have it: what comes too fast, and forbidden content."""

from collections.abc import Iterable
from ipaddress import ip_network

from domain.limits import Rate
from parley.settings import Settings
from producer_gateway.addresses import Network
from producer_gateway.api.limiting import ApiLimits
from producer_gateway.content import ContentConfig
from producer_gateway.edge.gatekeeping import EdgeLimits


def edge_limits(settings: Settings) -> EdgeLimits:
    return EdgeLimits(
        commands=Rate.parse(settings.limit_commands),
        questions=Rate.parse(settings.limit_questions),
        frames=Rate.parse(settings.limit_frames),
    )


def api_limits(settings: Settings) -> ApiLimits:
    return ApiLimits(
        commands=Rate.parse(settings.limit_commands),
        requests=Rate.parse(settings.limit_requests),
        address_requests=Rate.parse(settings.limit_address_requests),
        sign_ins=Rate.parse(settings.limit_sign_ins),
        registrations=Rate.parse(settings.limit_registrations),
        chats=Rate.parse(settings.limit_chats),
        proxies=networks(settings.trusted_proxies),
        exempt=networks(settings.limit_exempt),
    )


def content_config(settings: Settings) -> ContentConfig:
    return ContentConfig(reject=settings.reject_words, mask=settings.mask_words)


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ip_network(network) for network in written)
