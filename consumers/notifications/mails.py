"""What a digest says: how much is unread, of whom, and how to get there; never the messages themselves unless the
installation wants their beginnings told."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from consumers.notifications.pushes import Wording
from schemas.pushes import MAX_TEXT

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*")
"""A dot-atom (RFC 5322 section 3.4.1): what needs quoting, or a server that takes more than ASCII, gets no mail."""
_NAMED = 20
"""Conversations that are named; of the rest their number is told."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What is unread in one conversation."""

    conversation: str
    name: str | None
    """A group's."""
    senders: tuple[str, ...]
    count: int
    mentioned: bool
    newest: str | None
    """The text of its newest message."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes."""

    sender: str
    """The address that digests come from."""
    wording: Wording

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


def message_id_of(notifications: Iterable[str], domain: str) -> str:
    """By the ids of what a digest tells: sent again it has the same, by which mail systems collapse it. One that tells
    more by then is another, or what is new in it would be hidden. It names nobody."""
    return f"<digest.{hashlib.sha256(' '.join(sorted(notifications)).encode()).hexdigest()[:40]}@{domain}>"


def compose(address: str, message_id: str, unread: Sequence[Unread], head: Letterhead) -> EmailMessage:
    """A digest, as HTML and as text. Raises ValueError for an address that no mail can go to.

    Names are what users chose: they stand in the body alone, escaped, never in a header.
    """
    if not _ADDRESS.fullmatch(address):
        raise ValueError("this is no address")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("Parley", addr_spec=head.sender)
    mail["To"] = Address(addr_spec=address)
    mail["Subject"] = subject(unread)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{preferences_link(head.wording)}>"
    mail.set_content("\n".join(_text(unread, head.wording)))
    mail.add_alternative("\n".join(_html(unread, head.wording)), subtype="html")
    return mail


def subject(unread: Sequence[Unread]) -> str:
    count = sum(one.count for one in unread)
    return "An unread message on Parley" if count == 1 else f"{count} unread messages on Parley"


def preferences_link(wording: Wording) -> str:
    return f"{wording.public_url.rstrip('/')}/#/preferences"


def _line(one: Unread) -> str:
    senders = ", ".join(one.senders)
    where = f"{one.name}: " if one.name else ""
    mention = ", you are mentioned" if one.mentioned else ""
    return f"{where}{one.count} from {senders}{mention}"


def _text(unread: Sequence[Unread], wording: Wording) -> list[str]:
    lines = [f"{subject(unread)}:", ""]
    for one in unread[:_NAMED]:
        lines += [_one_line(_line(one)), *_quoted(one, wording, "> "), wording.link(one.conversation), ""]
    lines += _rest(unread)
    lines += ["--", f"You asked for these e-mails. To have none: {preferences_link(wording)}"]
    return lines


def _html(unread: Sequence[Unread], wording: Wording) -> list[str]:
    lines = ["<!DOCTYPE html>", f"<html><body><p>{escape(subject(unread))}:</p>", "<ul>"]
    for one in unread[:_NAMED]:
        link = escape(wording.link(one.conversation), quote=True)
        quoted = "".join(f"<br><em>{escape(text)}</em>" for text in _quoted(one, wording, ""))
        lines.append(f'<li><a href="{link}">{escape(_one_line(_line(one)))}</a>{quoted}</li>')
    lines += ["</ul>", *(f"<p>{escape(line)}</p>" for line in _rest(unread) if line)]
    preferences = escape(preferences_link(wording), quote=True)
    lines.append(f'<p>You asked for these e-mails. <a href="{preferences}">Have none</a>.</p></body></html>')
    return lines


def _rest(unread: Sequence[Unread]) -> list[str]:
    more = len(unread) - _NAMED
    return [f"And in {more} more.", ""] if more > 0 else []


def _quoted(one: Unread, wording: Wording, mark: str) -> list[str]:
    return [mark + _one_line(one.newest[:MAX_TEXT])] if wording.with_text and one.newest else []


def _one_line(text: str) -> str:
    """So that no name or message can look like a part of the letter."""
    return " ".join(text.split())
