"""Hands e-mail to the operator's SMTP server (RFC 5321, RFC 6409)."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal, Protocol

import aiosmtplib

Security = Literal["starttls", "tls", "none"]


class Delayed(Exception):
    """Not sent, or perhaps: another attempt, with the same Message-ID, may help. Says of what kind the failure was."""


class Rejected(Exception):
    """The server will never take this mail."""


class Mailer(Protocol):
    async def send(self, mail: EmailMessage, address: str) -> None:
        """Returns when the server has it. Raises Delayed, Rejected."""


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    host: str
    port: int
    security: Security = "starttls"
    """`starttls`: nothing is said before the connection is encrypted, and a server that cannot is not spoken to."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    name: str = "localhost"
    """What we call ourselves (EHLO)."""
    seconds: float = 20.0
    """For each step of a conversation with the server."""


class SmtpMailer:
    """A connection for each mail: digests are few."""

    def __init__(self, config: SmtpConfig, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        """`tls` makes the context that says whose certificates are believed."""
        self._config = config
        self._tls = tls() if config.security != "none" else None

    async def send(self, mail: EmailMessage, address: str) -> None:
        config = self._config
        try:
            await aiosmtplib.send(
                mail,
                recipients=[address],
                hostname=config.host,
                port=config.port,
                username=config.username,
                password=config.password,
                local_hostname=config.name,
                use_tls=config.security == "tls",
                start_tls=config.security == "starttls",
                tls_context=self._tls,
                timeout=config.seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _judged(refused.recipients[0]) from None
        except aiosmtplib.SMTPDataError as refused:
            raise _judged(refused) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # What concerns the connection or the account concerns every mail: it is the operator's to mend.
            raise Delayed(type(error).__name__) from None


def _judged(refused: aiosmtplib.SMTPResponseException) -> Delayed | Rejected:
    return Rejected(f"smtp_{refused.code}") if refused.code >= 500 else Delayed(f"smtp_{refused.code}")
