"""What is believed of a browser's subscription before anything is kept or connected to."""

import pytest

from domain.base64url import from_base64url
from domain.push import require_endpoint, require_keys, subscription_id

# RFC 8291, Appendix A.
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def_1",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com:443/QaBC?x=1",
        "https://xn--bcher-kva.example./p",
    ],
)
def test_what_push_services_give_out_is_taken(endpoint: str) -> None:
    require_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/1",
        "ftp://push.example.org/1",
        "//push.example.org/1",
        "https:///1",
        "https://",
        "https://user@push.example.org/1",
        "https://user:password@push.example.org/1",
        "https://push.example.org:8443/1",
        "https://push.example.org:99999/1",
        "https://push.example.org/1#fragment",
        "https://push.example.org/a b",
        "https://push.example.org/\n1",
        "https://bücher.example/1",
        "https://localhost/1",
        "https://localhost./1",
        "https://mongod/1",
        "https://127.0.0.1/1",
        "https://127.1/1",
        "https://2130706433/1",
        "https://0x7f.0.0.0x1/1",
        "https://8.8.8.8/1",
        "https://[::1]/1",
        "https://[::1/1",
        "https://push.example.org/" + "x" * 2048,
    ],
)
def test_anything_else_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        require_endpoint(endpoint)


def test_keys_are_a_point_on_the_curve_and_a_secret() -> None:
    require_keys(P256DH, AUTH)
    require_keys(P256DH + "=", AUTH + "==")
    off_the_curve = P256DH[:-4] + "AAAA"
    for p256dh, auth in ((off_the_curve, AUTH), ("", AUTH), (AUTH, AUTH), (P256DH, "BTBZ"), (P256DH, "ü"), ("*", AUTH)):
        with pytest.raises(ValueError, match=r".+"):
            require_keys(p256dh, auth)


def test_base64url_is_read_strictly() -> None:
    assert from_base64url("_-8") == b"\xff\xef"
    for text in ("a", "+/8=", "a b", "a\n"):
        with pytest.raises(ValueError, match="base64url"):
            from_base64url(text)


def test_an_endpoint_has_one_id() -> None:
    assert subscription_id("https://a.example/1") == subscription_id("https://a.example/1")
    assert subscription_id("https://a.example/1") != subscription_id("https://a.example/2")
    assert len(subscription_id("https://a.example/1")) == 32
