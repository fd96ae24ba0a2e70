"""Words that an operator does not want, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.moderation import WordLists

LISTS = WordLists(reject=["badword", "évil thing", "混蛋", "война", "año"], mask=["darn", "hell", "hell fire", "Ärger"])


@pytest.mark.parametrize(
    "text",
    [
        "badword",
        "a BadWord!",
        "(badword)",
        "_badword_",
        "bad\u200bword",
        "bad\u00adword",
        "\u202ebadword\u202c",
        "ｂａｄｗｏｒｄ",
        "𝓫𝓪𝓭𝔀𝓸𝓻𝓭",
        "b̶a̶d̶w̶o̶r̶d̶",
        "bаdwоrd",
        "ВАDWОRD",
        "βαdword",
        "évil thing",
        "e\u0301vil  thing",
        "ÉVIL\n\tTHING",
        "évil\u00a0thing",
        "évil\u2003\u3000thing",
        "你混蛋啊",
        "混\u200b蛋",
        "ВОЙНА и мир",
        "un an\u0303o",
    ],
)
def test_what_is_refused(text: str) -> None:
    assert LISTS.judged(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u200b",
        "hello",
        "badwords",
        "embadword",
        "badword2",
        "bad word",
        "evil thing",
        "ano",
        "shell",
        "shello",
        "混 蛋",
        "войнами",
        "👩‍👩‍👧 ❤️ naïve 日本",
        "\ud83d",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert LISTS.judged(text) is text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("oh darn, HELL!", "oh ****, ****!"),
        ("darn darn", "**** ****"),
        ("da\u200brn it", "**** it"),
        ("ﬁne, d̶a̶r̶n̶ ﬁne", "ﬁne, **** ﬁne"),
        ("👩‍👩‍👧 darn ❤️", "👩‍👩‍👧 **** ❤️"),
        ("hell  fire", "*********"),
        ("ärger mit A\u0308RGER", "***** mit *****"),
        ("dаrn", "****"),
        ("x\n\n\tdarn\n\ny", "x\n\n\t****\n\ny"),
    ],
)
def test_what_is_masked(text: str, masked: str) -> None:
    assert LISTS.judged(text) == masked


def test_a_word_of_both_lists_is_refused_and_so_is_a_text_with_both_kinds() -> None:
    assert WordLists(reject=["word"], mask=["word"]).judged("a word") is None
    assert LISTS.judged("darn badword") is None


def test_words_that_are_none_are_passed_over() -> None:
    lists = WordLists(reject=["", "  ", "\u200b"])
    assert len(lists) == 0
    assert lists.judged("anything") == "anything"


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    judged = LISTS.judged(text)
    assert judged is None or LISTS.judged(judged) == judged


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_masked_word_is_gone_and_the_rest_stays(before: str, after: str) -> None:
    judged = WordLists(mask=["darn"]).judged(f"{before}. darn .{after}")
    assert judged is not None
    if "darn" not in (before + after).casefold():
        assert ". **** ." in judged


@given(
    st.lists(st.text(alphabet="abc д é", min_size=1, max_size=4), max_size=5),
    st.text(alphabet="abc д é .", max_size=30),
)
def test_it_finds_what_a_plain_search_for_words_finds(words: list[str], text: str) -> None:
    def form(written: str) -> str:
        return " ".join(written.split())

    def has(word: str) -> bool:
        places = [place for place in range(len(form(text))) if form(text).startswith(word, place)]
        return any(_alone(form(text), place, place + len(word)) for place in places)

    expected = any(has(form(word)) for word in words if form(word))
    assert (WordLists(reject=words).judged(text) is None) == expected


def _alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (after.isalnum() and text[end - 1].isalnum())
