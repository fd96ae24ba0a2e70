"""Which words an operator does not want, found however they are written, and what becomes of a text that has them.

Words and texts are compared in one form: compatibility characters as the plain ones (NFKC), without regard to case,
invisible characters and marks that belong to no letter left out, letters that look like Latin ones as those, and any
white space as one space. What is found has to be a whole word, except at an end where its script writes no spaces.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

import ahocorasick

_CONFUSABLE = str.maketrans(
    # Cyrillic, Greek and phonetic letters that look like Latin ones, large or small (of Unicode's confusables, UTS 39).
    "авсԁеѕіјкмнорԛтѵԝхуһӏɡαβεζηικμορτυχνıɑɩʏᴏᴜᴠᴡᴢ",
    "abcdesijkmhopqtvwxyhlgabezhikmoptuxviaiyouvwz",
)
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_NO_LETTERS = ("Mn", "Me", "Cf")
"""Marks, and what cannot be seen."""
_SPACES = re.compile(r"\s{2,}|[^\S ]")
_REMEMBERED = 20_000
_MASK = "*"

Stretch = tuple[int, int]


class WordLists:
    """An operator's words: those that are refused, and those that are masked."""

    def __init__(self, reject: Iterable[str] = (), mask: Iterable[str] = ()) -> None:
        self._automaton = ahocorasick.Automaton()
        for words, refused in ((mask, False), (reject, True)):  # a word of both lists is refused
            for word in words:
                if form := _form(word).strip():
                    self._automaton.add_word(form, (len(form), refused))
        if self._automaton:
            self._automaton.make_automaton()

    def __len__(self) -> int:
        return len(self._automaton)

    def judged(self, text: str) -> str | None:
        """The text as it may be said: itself, or with words masked. None when it may not be said."""
        found = self._found(_form(text)) if self._automaton else {}
        if not found:
            return text
        return None if any(found.values()) else self._masked(text)

    def _found(self, form: str) -> dict[Stretch, bool]:
        """Where its whole words stand, and whether each is refused."""
        ends = self._automaton.iter(form)
        places = (((end - length + 1, end + 1), refused) for end, (length, refused) in ends)
        return {place: refused for place, refused in places if _is_whole(form, *place)}

    def _masked(self, text: str) -> str | None:
        form, places = _traced(text)
        kept, done = [], 0
        for start, end in _joined(self._found(form)):
            kept += [text[done : places[start]], _MASK * (end - start)]
            done = places[end]
        masked = "".join((*kept, text[done:]))
        return None if self._found(_form(masked)) else masked


def _is_whole(form: str, start: int, end: int) -> bool:
    return _ends_word(form[start - 1 : start], form[start]) and _ends_word(form[end : end + 1], form[end - 1])


def _ends_word(outside: str, inside: str) -> bool:
    return not (outside.isalnum() and inside.isalnum()) or _is_unspaced(inside)


def _is_unspaced(character: str) -> bool:
    code = ord(character)
    return code >= _UNSPACED[0][0] and any(first <= code <= last for first, last in _UNSPACED)


def _joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """In order, those that overlap made one."""
    begin = end = 0
    for start, stop in sorted(stretches):
        if start >= end:
            if end:
                yield begin, end
            begin = start
        end = max(end, stop)
    if end:
        yield begin, end


class _Letters(dict[int, str]):
    """What each character is in the form, worked out when it first comes."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if unicodedata.category(character) in _NO_LETTERS:
            letter = ""
        elif character.isspace():
            letter = " "
        else:
            letter = unicodedata.normalize("NFKC", character.casefold()).translate(_CONFUSABLE)
        if len(self) < _REMEMBERED:
            self[code] = letter
        return letter


_LETTERS = _Letters()


def _form(text: str) -> str:
    """The form in which words are compared."""
    letters = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).translate(_LETTERS)
    return _SPACES.sub(" ", letters)


def _traced(text: str) -> tuple[str, list[int]]:
    """The form, and for each of its characters and for its end, where it stands in the text: the invisible belongs to
    what is before it."""
    form: list[str] = []
    places: list[int] = []
    for start, cluster in _clusters(text):
        letters = unicodedata.normalize("NFKC", cluster).translate(_LETTERS)
        if letters == " " and form and form[-1] == " ":
            continue
        form += letters
        places += [start] * len(letters)
    return "".join(form), [*places, len(text)]


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Each character with the marks and invisible ones that follow it, and where it begins."""
    begin = 0
    for place in range(1, len(text)):
        if _LETTERS[ord(text[place])]:
            yield begin, text[begin:place]
            begin = place
    yield begin, text[begin:]
