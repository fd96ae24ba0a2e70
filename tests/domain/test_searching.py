"""Words, and what finds them."""

import pytest

from domain.searching import MAX_TERMS, MAX_WORDS, highlights, terms, vocabulary


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello, world!", ["hello", "world"]),
        ("one one ONE", ["one"]),
        ("It's 5:30", ["it", "s", "5", "30"]),
        ("Crème brûlée", ["creme", "brulee"]),
        ("Cre\u0300me", ["creme"]),
        ("Straße STRASSE", ["strasse"]),
        ("ﬁne ①", ["fine", "1"]),
        ("Привет, МИР", ["привет", "мир"]),
        ("会議は3時", ["会", "議", "は", "3", "時"]),
        ("👍 … !?", []),
        ("", []),
        ("a" * 100, ["a" * 64]),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert list(vocabulary(text)) == found


def test_they_are_bounded() -> None:
    many = " ".join(f"w{number}" for number in range(2 * MAX_WORDS))
    assert len(vocabulary(many)) == MAX_WORDS
    assert len(terms(many)) == MAX_TERMS


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("hello", ["Hello"]),
        ("HEL", ["Hello", "helped"]),
        ("cafe hel", ["Hello", "Café", "helped"]),
        ("elp", []),
        ("hello goodbye", []),
        ("wor world", ["world"]),
    ],
)
def test_what_is_found_is_marked(query: str, found: list[str]) -> None:
    text = "👋 Hello at the Café, world: it helped"
    assert [text[start:end] for start, end in highlights(text, terms(query))] == found
