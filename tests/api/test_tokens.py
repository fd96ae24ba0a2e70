"""Access tokens: what lets in, and everything that does not."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from producer_gateway.tokens import AccessTokens, BadToken, Claims, TokenExpired, TokenInvalid

SECRET = "a secret of the tests, long enough for it"
NOW = datetime(2026, 1, 31, 9, 5, 7, 123_000, tzinfo=UTC)
TOKENS = AccessTokens(SECRET, 900)
GOOD = {"sub": "u_1", "sid": "l_1", "aud": "parley", "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 900}


def test_a_token_brings_back_who_and_until_when() -> None:
    token = TOKENS.issue("u_1", "l_1", NOW)
    assert TOKENS.verify(token, NOW) == Claims("u_1", "l_1", NOW.replace(microsecond=0) + timedelta(seconds=900))


def test_it_lets_in_until_its_last_second_and_not_after() -> None:
    token = TOKENS.issue("u_1", "l_1", NOW)
    end = NOW.replace(microsecond=0) + timedelta(seconds=900)
    assert TOKENS.verify(token, end - timedelta(milliseconds=1)).user == "u_1"
    with pytest.raises(TokenExpired):
        TOKENS.verify(token, end)


def test_another_processs_clock_may_be_behind() -> None:
    token = TOKENS.issue("u_1", "l_1", NOW)
    assert TOKENS.verify(token, NOW - timedelta(seconds=30)).user == "u_1"


def encoded(**change: object) -> str:
    claims = {name: value for name, value in (GOOD | change).items() if value is not None}
    return jwt.encode(claims, SECRET, "HS256")


def unsigned() -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, GOOD))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        "\ud800",
        "é.é.é",
        "." * 10_000,
        jwt.encode(GOOD, "another secret, that is long enough too", "HS256"),
        jwt.encode(GOOD, SECRET * 2, "HS512"),
        unsigned(),
        encoded()[:-2],
        encoded(aud="somebody else"),
        encoded(aud=None),
        encoded(sub=None),
        encoded(sid=None),
        encoded(sid=7),
        encoded(exp=None),
        encoded(exp=True) + "x",
        encoded(exp=10**30),
        encoded(exp=-(10**30)),
        encoded(exp="soon"),
    ],
    ids=range(20),
)
def test_what_is_no_token_of_ours_is_invalid(token: str) -> None:
    with pytest.raises(TokenInvalid):
        TOKENS.verify(token, NOW)


def test_both_failures_are_bad_tokens_and_say_nothing_of_the_token() -> None:
    token = TOKENS.issue("u_1", "l_1", NOW)
    for tried in (token, token + "x"):
        with pytest.raises(BadToken) as failure:
            TOKENS.verify(tried, NOW + timedelta(days=1))
        assert str(failure.value) == ""
        assert failure.value.__cause__ is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        AccessTokens("short", 900)
