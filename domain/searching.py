"""What words a text has, and which of them a search finds.

A word is a run of letters, digits and marks; each letter of a script that puts no spaces between words is one by
itself. Words are compared without regard to case, accents and Unicode's ways of writing one letter, and a searched word
finds every word that begins with it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MAX_TERMS = 10
"""So many words of a search are looked for; the rest is left out."""
MAX_WORDS = 1000
"""So many different words of one message can be found; a message has room for more only when they are very short."""
_MAX_LETTERS = 64
"""Longer words are told apart by so many of their letters."""

_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, Kana and Han."""
_MARKS = "\u0300-\u036f"
_WORD = re.compile(f"[{_SPACELESS}][{_MARKS}]*|(?:(?![{_SPACELESS}])[\\w{_MARKS}])+")


class Word(NamedTuple):
    """A word and where it stands: from `start` up to but not including `end`, in characters (code points)."""

    folded: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """The words of a text, in its order."""
    for found in _WORD.finditer(text):
        folded = _folded(found[0])
        if folded:
            yield Word(folded, found.start(), found.end())


def vocabulary(text: str) -> Sequence[str]:
    """The different words of a text, at most MAX_WORDS of them, in order of their first use."""
    return tuple(dict.fromkeys(word.folded for word in words(text)))[:MAX_WORDS]


def terms(query: str) -> Sequence[str]:
    """What is looked for; none when a query has no word."""
    return vocabulary(query)[:MAX_TERMS]


def highlights(text: str, wanted: Sequence[str]) -> Sequence[tuple[int, int]]:
    """Where the words stand that begin with a wanted one, in the text's order; none unless every one is found."""
    found = [(word, term) for word in words(text) for term in wanted if word.folded.startswith(term)]
    if {term for _, term in found} != set(wanted):
        return ()
    return tuple(dict.fromkeys((word.start, word.end) for word, _ in found))


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))[:_MAX_LETTERS]
