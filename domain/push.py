"""Web Push subscriptions as browsers make them: what of one is believed (RFC 8030, RFC 8291)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from domain.base64url import from_base64url, to_base64url

MAX_ENDPOINT = 2048
_AUTH_BYTES = 16
_HTTPS = 443


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """Where one browser of a user is reached. Whoever knows the endpoint can reach it: it is a secret."""

    id: str
    user: str
    login: str
    """The sign-in it was made by, with which it ends."""
    endpoint: str
    p256dh: str
    auth: str
    created_at: datetime


def subscription_id(endpoint: str) -> str:
    """One endpoint is one subscription, whoever is signed in where it leads to: the last one it was made for."""
    return to_base64url(hashlib.sha256(endpoint.encode()).digest()[:24])


def require_endpoint(endpoint: str) -> None:
    """Raises ValueError for what no push service gives out.

    Only what can be told from the text: to where its name leads is looked at whenever it is connected to.
    """
    if len(endpoint) > MAX_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise ValueError(f"an endpoint is a URL of at most {MAX_ENDPOINT} characters")
    parts = urlsplit(endpoint)
    if parts.scheme != "https" or not parts.hostname or parts.port not in (None, _HTTPS):
        raise ValueError("an endpoint is an https URL, on https's own port")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("an endpoint has no credentials and no fragment")
    if _is_address(parts.hostname) or "." not in parts.hostname.strip("."):
        raise ValueError("an endpoint names a host")


def require_keys(p256dh: str, auth: str) -> None:
    """Raises ValueError for what is no public key on P-256 and no secret of 16 bytes (RFC 8291 section 3)."""
    EllipticCurvePublicKey.from_encoded_point(SECP256R1(), from_base64url(p256dh))
    if len(from_base64url(auth)) != _AUTH_BYTES:
        raise ValueError(f"auth is {_AUTH_BYTES} bytes")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        # Every other way of writing an IPv4 address that resolvers know ends in a number (WHATWG URL section 3.5).
        last = host.rstrip(".").rpartition(".")[2]
        return last.isdigit() or last.lower().startswith("0x")
    return True
