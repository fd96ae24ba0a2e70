"""One reaction is one emoji."""

import pytest

from schemas.emoji import one_emoji

ONE = (
    "👍",
    "👍🏽",
    "❤️",
    "❤",
    "🇦🇹",
    "👨‍👩‍👧‍👦",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "1️⃣",
    "#⃣",
    "☺️",
    "🏳️‍🌈",
    "©️",
    "‼️",
    "〰️",
    "🧑🏿‍🤝‍🧑🏻",
)


@pytest.mark.parametrize("text", ONE)
def test_one(text: str) -> None:
    assert one_emoji(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "1",
        "👍👍",
        "👍 ",
        " ",
        "\u200d",
        "\u202e👍",
        "🇦",
        "🏽",
        "$",
        "a.b",
        "👍\u200d",
        "👍" + "\ufe0f" * 40,
        "漢",
    ],
)
def test_anything_else(text: str) -> None:
    with pytest.raises(ValueError, match="one emoji"):
        one_emoji(text)
