"""What counts as one reaction: a single emoji, as Unicode Technical Standard 51 composes them."""

import re

MAX_EMOJI_CHARACTERS = 32

_BASE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_ELEMENT = f"{_BASE}\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_EMOJI = re.compile(f"{_FLAG}|{_KEYCAP}|{_ELEMENT}(?:\u200d{_ELEMENT})*")


def one_emoji(text: str) -> str:
    """The text itself. Raises ValueError when it is anything else than one emoji."""
    if len(text) > MAX_EMOJI_CHARACTERS or _EMOJI.fullmatch(text) is None:
        raise ValueError("a reaction is one emoji")
    return text
