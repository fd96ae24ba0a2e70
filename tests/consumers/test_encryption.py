"""Only the subscribed browser can read a push."""

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from consumers.notifications.encryption import MAX_BODY, MAX_PLAINTEXT, encrypt
from domain.base64url import from_base64url
from loadtests.push_receiver import Browser, private_key

# RFC 8291, Appendix A.
PLAINTEXT = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_it_is_what_the_standard_says() -> None:
    body = encrypt(PLAINTEXT, P256DH, AUTH, new_key=lambda: private_key(SENDER), new_salt=lambda: from_base64url(SALT))
    assert body == from_base64url(BODY)
    assert Browser(private_key(RECEIVER), from_base64url(AUTH)).decrypt(body) == PLAINTEXT


def test_no_two_are_alike_and_each_is_read() -> None:
    browser = Browser.new()
    one, other = [encrypt(PLAINTEXT, browser.p256dh, browser.auth_text) for _ in range(2)]
    assert one[:16] != other[:16]
    assert one[21:86] != other[21:86]
    assert browser.decrypt(one) == browser.decrypt(other) == PLAINTEXT


def test_nobody_else_reads_it() -> None:
    browser, other = Browser.new(), Browser.new()
    body = encrypt(PLAINTEXT, browser.p256dh, browser.auth_text)
    for stranger in (other, Browser(browser.private, other.auth)):
        with pytest.raises(InvalidTag):
            stranger.decrypt(body)


def test_the_longest_fills_a_push_and_no_longer_one_is_taken() -> None:
    browser = Browser.new()
    body = encrypt(b"x" * MAX_PLAINTEXT, browser.p256dh, browser.auth_text)
    assert len(body) == MAX_BODY
    assert browser.decrypt(body) == b"x" * MAX_PLAINTEXT
    with pytest.raises(ValueError, match=str(MAX_PLAINTEXT)):
        encrypt(b"x" * (MAX_PLAINTEXT + 1), browser.p256dh, browser.auth_text)


def test_keys_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r".+"):
        encrypt(PLAINTEXT, "AAAA", AUTH)


def test_the_receivers_key_is_the_one_of_the_standard() -> None:
    assert Browser(private_key(RECEIVER), from_base64url(AUTH)).p256dh == P256DH
    assert isinstance(private_key(SENDER).curve, ec.SECP256R1)
