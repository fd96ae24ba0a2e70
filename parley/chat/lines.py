"""What people read: one line of plain text for each thing that happened."""

import math
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from parley_client.errors import ParleyError, RequestFailed
from parley_client.events import Connected, Connecting, Disconnected, SendState, SentMessage
from parley_client.models import Message, Summary
from schemas.errors import ErrorCode

TICKS = {
    SendState.SENDING: "○",
    SendState.ACCEPTED: "●",
    SendState.SENT: "✓",
    SendState.DELIVERED: "✓✓",
    SendState.READ: "✓✓ read",
    SendState.REJECTED: "✗",
}

HELP = """\
/list            your conversations
/open NAME       go to one: its number in the list, a group's name, or somebody's username
/history [N]     N older messages (20)
/end             end an ephemeral chat, for both and for ever
/quit            leave, when everything is sent (Ctrl-D)
//text           say something that begins with a slash"""


def safe(text: str) -> str:
    """Text of others with nothing in it that a terminal would obey (escape sequences, bidirectional overrides)."""
    return "".join(character if _shown(character) else "\N{REPLACEMENT CHARACTER}" for character in text)


def _shown(character: str) -> bool:
    joiners = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
    return unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp") or character in joiners


def indented(text: str) -> str:
    """A text of several lines, the later ones set off so that none can pass for another message."""
    first, *rest = text.splitlines() or [""]
    return "\n".join([safe(first), *(f"    {safe(line)}" for line in rest)])


def greeting(name: str) -> str:
    """Whose seat a link leads to, before its code is asked for."""
    return f"Hello, {safe(name)}: this is your seat. Enter its code, or nothing to leave."


def failure(error: ParleyError) -> str:
    """Why one is not let in, or what else went wrong; and what one can do about it."""
    match error:
        case RequestFailed(code=ErrorCode.WRONG_CODE, tries_left=left):
            return f"The code is wrong{_tries(left)}."
        case RequestFailed(code=ErrorCode.LOCKED_OUT, retry_after=float() | int() as wait):
            return f"Too many wrong tries: try again in {_long(wait)}"
        case _:
            return safe(str(error))


def _tries(left: int | None) -> str:
    match left:
        case None:
            return ""
        case 0:
            return ". From now on every try has to wait for a while"
        case 1:
            return ": one try left"
        case _:
            return f": {left} tries left"


def _long(seconds: float) -> str:
    """Never shorter than it is."""
    return f"{math.ceil(seconds)} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"


def end_of_chat(by: str) -> str:
    """Why an ephemeral chat is over."""
    reasons = {"inactivity": "nothing was said for too long", "expired": "its time is over"}
    return f"the chat has ended: {reasons.get(by) or f'{safe(by)} ended it'}; nothing of it is left"


def notice(code: str, at: datetime | None) -> str:
    """What one should know in an ephemeral chat."""
    until = "" if at is None else f" at {_clock(at)}"
    said = {
        "peer_joined": "the other one is here",
        "peer_left": "the other one is away; what you write arrives later",
        "wrong_code_tried": "somebody tried a wrong code for the other seat",
        "inactivity_soon": f"nothing was said for long: the chat ends{until} unless somebody writes",
    }
    return said.get(code, safe(code))


def title(summary: Summary, me: str) -> str:
    """A conversation's name for one of its members."""
    if summary.name:
        return safe(summary.name)
    others = [safe(member.username or member.user) for member in summary.members if member.user != me]
    return ", ".join(others) or summary.id


def online(count: int) -> str:
    """How many of the others are there."""
    return f" ({count} online)" if count else ""


def listed(number: int, summary: Summary, me: str) -> str:
    unread = f"  {summary.unread} unread" if summary.unread else ""
    last = summary.last_message
    tick = f" {TICKS[SendState(summary.last_message_status)]}" if summary.last_message_status else ""
    said = f"  {_clock(last.sent_at)}{tick} {_short(last.text or '')}" if last is not None else ""
    return f"{number:3}  {title(summary, me)} ({summary.kind}){unread}{said}"


def spoken(message: Message, name: str, state: SendState | None) -> str:
    """A message of the conversation one is in, with its state when it is one's own."""
    tick = "" if state is None else f" {TICKS[state]}"
    edited = " (edited)" if message.edited_at is not None else ""
    return f"{_clock(message.sent_at)} {safe(name)}{tick}: {_content(message)}{edited}"


def elsewhere(message: Message, name: str, where: str) -> str:
    """A message of another conversation."""
    return f"  [{where}] {_clock(message.sent_at)} {safe(name)}: {_short(message.text or '')}"


def waiting(sent: SentMessage) -> str:
    """A message of one's own on its way."""
    return f"{TICKS[sent.state]} {sent.state.value}: {_short(sent.text or '')}"


def refused(sent: SentMessage) -> str:
    error = sent.error
    reason = safe(error.message or error.code) if error is not None else ""
    return f"{TICKS[SendState.REJECTED]} not sent ({reason}): {indented(sent.text or '')}"


def is_said(line: str) -> bool:
    """Whether a line that is typed goes out as a message: it is not empty, and no command."""
    text = line.strip()
    return bool(text) and (not text.startswith("/") or text.startswith("//"))


def not_sent(texts: Iterable[str]) -> str:
    """Texts that would otherwise be lost, whole."""
    return "\n".join(f"not sent: {indented(text)}" for text in texts)


def connection(event: Connecting | Connected | Disconnected) -> str:
    match event:
        case Connecting():
            return "connecting"
        case Connected():
            return f"connected to {safe(event.edge)}"
        case Disconnected(reason, None):
            return f"disconnected ({safe(reason)})"
        case Disconnected(reason, retry_in):
            return f"disconnected ({safe(reason)}), again in {retry_in:.1f} s"


def _content(message: Message) -> str:
    if message.deleted_at is not None:
        return "(deleted)"
    media = f"({len(message.media)} attached)" if message.media else ""
    return " ".join(part for part in (indented(message.text or ""), media) if part)


def _short(text: str, limit: int = 60) -> str:
    line = safe(" ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _clock(at: datetime) -> str:
    local = at.astimezone()
    return local.strftime("%H:%M:%S" if local.date() == datetime.now().astimezone().date() else "%Y-%m-%d %H:%M")
