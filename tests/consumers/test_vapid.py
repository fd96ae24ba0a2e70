"""The signature that push services know us by."""

import base64
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from consumers.notifications.vapid import VapidKey, new_key
from domain.base64url import from_base64url
from tests.making import NOW

ENDPOINT = "https://push.example.org/a/secret?x=1"


def claims(headers: str, key: VapidKey) -> dict[str, object]:
    """What is signed, checked against the public key that is sent along."""
    scheme, _, parameters = headers.partition(" ")
    assert scheme == "vapid"
    named = dict(part.strip().split("=", 1) for part in parameters.split(","))
    assert named["k"] == key.public
    public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), from_base64url(named["k"]))
    options: jwt.types.Options = {"verify_exp": False, "verify_aud": False}
    found: dict[str, object] = jwt.decode(named["t"], public, algorithms=["ES256"], options=options)
    return found


def test_a_request_is_signed_for_the_endpoints_origin_and_for_half_a_day() -> None:
    key = VapidKey(new_key(), "mailto:ops@chat.example")
    assert claims(key.headers(ENDPOINT, NOW)["Authorization"], key) == {
        "aud": "https://push.example.org",
        "exp": int((NOW + timedelta(hours=12)).timestamp()),
        "sub": "mailto:ops@chat.example",
    }


def test_without_a_contact_none_is_claimed() -> None:
    key = VapidKey(new_key(), None)
    assert "sub" not in claims(key.headers(ENDPOINT, NOW)["Authorization"], key)


def test_the_key_is_what_its_text_says() -> None:
    private = new_key()
    assert VapidKey(private, None).public == VapidKey(private, None).public
    assert len(from_base64url(VapidKey(private, None).public)) == 65


@pytest.mark.parametrize("private", ["", "short", base64.urlsafe_b64encode(b"x" * 33).decode(), "*" * 43])
def test_what_is_no_key_is_refused(private: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        VapidKey(private, None)
