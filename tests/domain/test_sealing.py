"""The secrets of ephemeral chats: what opens, what does not, and what is the same however it is written."""

import re
from dataclasses import replace

import pytest

from domain import sealing
from domain.sealing import ChatCipher, Cost, Place, Unopenable, unwrap, wrap

CHEAP = Cost(passes=1, memory_kib=8)
KEY = bytes(range(32))
HERE = Place("c_1", "u_1", "m1")


def test_a_token_and_a_code_open_the_wrap_and_nothing_else_does() -> None:
    wrapped = wrap(KEY, "token", "7K3M-9QZT", "u_1", CHEAP)

    assert unwrap(wrapped, "token", "7K3M-9QZT", "u_1", CHEAP) == KEY
    assert unwrap(wrapped, "token", " 7k3m 9qzt", "u_1", CHEAP) == KEY
    for token, code, seat in (
        ("token", "7K3M-9QZV", "u_1"),
        ("tokem", "7K3M-9QZT", "u_1"),
        ("token", "7K3M-9QZT", "u_2"),
        ("token", "", "u_1"),
    ):
        assert unwrap(wrapped, token, code, seat, CHEAP) is None


def test_every_part_of_the_wrap_is_needed() -> None:
    wrapped = wrap(KEY, "token", "code", "u_1", CHEAP)
    other = wrap(KEY, "token", "code", "u_1", CHEAP)

    assert wrapped != other
    for broken in (
        replace(wrapped, salt=other.salt),
        replace(wrapped, nonce=other.nonce),
        replace(wrapped, key=other.key),
    ):
        assert unwrap(broken, "token", "code", "u_1", CHEAP) is None
    assert unwrap(wrapped, "token", "code", "u_1", Cost(passes=2, memory_kib=8)) is None


def test_codes_are_forgiving_to_people() -> None:
    assert sealing.normal_code("o1l-i 0") == "01110"
    assert sealing.normal_code("7k3m9qzt") == sealing.normal_code("7K3M-9QZT") == "7K3M9QZT"


def test_codes_and_tokens_are_long_and_never_the_same() -> None:
    codes, tokens = ({make() for _ in range(1000)} for make in (sealing.new_code, sealing.new_token))

    assert len(codes) == len(tokens) == 1000
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    assert all(re.fullmatch(r"[\w-]{22}", token) for token in tokens)
    assert len({sealing.token_hash(token) for token in tokens}) == 1000


def test_a_text_opens_in_its_place_only() -> None:
    cipher = ChatCipher(KEY)
    sealed = cipher.seal("grüß dich", HERE)

    assert cipher.open(sealed, HERE) == "grüß dich"
    assert cipher.seal("grüß dich", HERE) != sealed
    for elsewhere in (
        replace(HERE, conversation="c_2"),
        replace(HERE, sender="u_2"),
        replace(HERE, command="m2"),
        Place.edited("c_1", "u_1", 1),
    ):
        with pytest.raises(Unopenable):
            cipher.open(sealed, elsewhere)
    with pytest.raises(Unopenable):
        ChatCipher(bytes(32)).open(sealed, HERE)


@pytest.mark.parametrize("broken", ["", "plain text", "1:", "1:AAAA", "2:AAAA", "1:\u00e9", "1:A"])
def test_what_was_never_sealed_does_not_open(broken: str) -> None:
    cipher = ChatCipher(KEY)
    with pytest.raises(Unopenable):
        cipher.open(broken, HERE)
    with pytest.raises(Unopenable):
        cipher.open_emoji(broken, "c_1", 1)


def test_a_changed_text_does_not_open() -> None:
    cipher = ChatCipher(KEY)
    sealed = cipher.seal("hello", HERE)
    changed = sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB")

    with pytest.raises(Unopenable):
        cipher.open(changed, HERE)


def test_the_same_reaction_is_the_same_sealed_one_on_its_message_only() -> None:
    cipher = ChatCipher(KEY)
    sealed = cipher.seal_emoji("👍", "c_1", 1)

    assert cipher.seal_emoji("👍", "c_1", 1) == sealed
    assert cipher.seal_emoji("👍", "c_1", 2) != sealed
    assert cipher.open_emoji(sealed, "c_1", 1) == "👍"
    with pytest.raises(Unopenable):
        cipher.open_emoji(sealed, "c_1", 2)


def test_nothing_sealed_shows_the_key_or_the_text() -> None:
    cipher = ChatCipher(KEY)
    shown = cipher.seal("a known phrase", HERE) + cipher.seal_emoji("👍", "c_1", 1)
    wrapped = wrap(KEY, "the-token", "7K3M-9QZT", "u_1", CHEAP)
    everything = shown.encode() + wrapped.key + wrapped.salt + wrapped.nonce

    for secret in (b"a known phrase", "👍".encode(), KEY, b"the-token", b"7K3M"):
        assert secret not in everything
