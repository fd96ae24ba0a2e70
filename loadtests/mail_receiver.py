"""A mail server of our own, which keeps what it is given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd import smtp
from aiosmtpd.smtp import Envelope, Session

from loadtests.clock import now

HOST = "127.0.0.1"


class Inbox:
    """What the server took, and what it says to whom."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], Message]] = []
        self.secret: list[bool] = []
        """Whether each came encrypted."""
        self.times: list[float] = []
        """When each came, by the clock of the run."""
        self.seconds = 0.0
        """That it takes to answer what it took."""
        self.at_recipient = "250 OK"
        self.at_data = "250 OK"

    async def handle_RCPT(  # noqa: N802 (the library's own name)
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(self, server: smtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at_data.startswith("250"):
            self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.original_content or b"")))
            self.secret.append(session.ssl is not None)
            self.times.append(now())
        await asyncio.sleep(self.seconds)
        return self.at_data


@asynccontextmanager
async def smtp_server(inbox: Inbox, **options: Any) -> AsyncIterator[int]:
    """A server on a port of its own, which is returned."""
    talks: list[smtp.SMTP] = []

    def talk() -> smtp.SMTP:
        talks.append(smtp.SMTP(inbox, hostname=HOST, **options))
        return talks[-1]

    server = await asyncio.get_running_loop().create_server(talk, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for one in talks:
            for transport in (one.transport, getattr(one, "_original_transport", None)):
                if transport is not None:
                    transport.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
