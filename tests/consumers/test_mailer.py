"""E-mail by a real SMTP server: what is said before it is encrypted, who is believed, and what refusals mean."""

import asyncio
from pathlib import Path

import pytest
from aiosmtpd import smtp
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from consumers.notifications.mailer import Delayed, Rejected, Security, SmtpConfig, SmtpMailer
from loadtests.mail_receiver import HOST, Inbox, smtp_server
from loadtests.push_receiver import Authority
from tests.consumers.test_digests import mail_of, unread


def only_alice(
    server: smtp.SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"parley", b"a-password"))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def mailer(
    port: int, authority: Authority, security: Security = "starttls", password: str | None = None, seconds: float = 5.0
) -> SmtpMailer:
    username = None if password is None else "parley"
    config = SmtpConfig(HOST, port, security, username, password, "parley.example", seconds)
    return SmtpMailer(config, authority.client)


async def test_a_mail_arrives_as_it_was_written_over_tls(inbox: Inbox, authority: Authority) -> None:
    async with smtp_server(inbox, tls_context=authority.server(HOST), require_starttls=True) as port:
        await mailer(port, authority).send(mail_of(unread(name="Größe 👍")), "bob@mail.example")
    ((recipients, mail),) = inbox.taken
    assert inbox.secret == [True]
    assert recipients == ["bob@mail.example"]
    assert mail["Message-ID"] == "<id@parley.example>"
    assert mail.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in mail.walk()][1:]
    assert kinds == ["text/plain", "text/html"]
    text = list(mail.walk())[1].get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "Größe 👍: 4 from Alice, Bob" in text.decode()


async def test_the_password_is_said_to_the_right_server_only(inbox: Inbox, authority: Authority) -> None:
    options = {"authenticator": only_alice, "auth_required": True, "tls_context": authority.server(HOST)}
    async with smtp_server(inbox, **options) as port:
        await mailer(port, authority, password="a-password").send(mail_of(unread()), "bob@mail.example")
        with pytest.raises(Delayed):
            await mailer(port, authority, password="another", seconds=0.5).send(mail_of(unread()), "bob@mail.example")
    assert len(inbox.taken) == 1


async def test_a_server_that_cannot_encrypt_is_told_nothing(inbox: Inbox, authority: Authority) -> None:
    async with smtp_server(inbox) as port:
        with pytest.raises(Delayed):
            await mailer(port, authority).send(mail_of(unread()), "bob@mail.example")
    assert inbox.taken == []


async def test_a_server_that_nobody_vouches_for_is_told_nothing(inbox: Inbox, authority: Authority) -> None:
    async with smtp_server(inbox, tls_context=authority.server(HOST)) as port:
        subject = SmtpMailer(SmtpConfig(HOST, port, seconds=5.0))
        with pytest.raises(Delayed):
            await subject.send(mail_of(unread()), "bob@mail.example")
    assert inbox.taken == []


async def test_without_encryption_where_that_is_set(inbox: Inbox, authority: Authority) -> None:
    async with smtp_server(inbox) as port:
        await mailer(port, authority, "none").send(mail_of(unread()), "bob@mail.example")
    assert inbox.secret == [False]


@pytest.mark.parametrize(
    ("at_recipient", "at_data", "error"),
    [
        ("550 No such user", "250 OK", Rejected),
        ("451 Greylisted", "250 OK", Delayed),
        ("250 OK", "554 Spam", Rejected),
        ("250 OK", "452 Full", Delayed),
    ],
)
async def test_refusals_mean_what_they_say(
    inbox: Inbox, authority: Authority, at_recipient: str, at_data: str, error: type[Exception]
) -> None:
    inbox.at_recipient, inbox.at_data = at_recipient, at_data
    async with smtp_server(inbox) as port:
        with pytest.raises(error) as refused:
            await mailer(port, authority, "none").send(mail_of(unread()), "bob@mail.example")
    assert "mail.example" not in str(refused.value)


async def test_a_server_that_is_away_or_silent_delays(authority: Authority) -> None:
    left = asyncio.Event()

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    with pytest.raises(Delayed):
        await mailer(1, authority, "none").send(mail_of(unread()), "bob@mail.example")
    server = await asyncio.start_server(silence, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    config = SmtpConfig(HOST, port, "none", seconds=0.2)
    with pytest.raises(Delayed):
        await SmtpMailer(config).send(mail_of(unread()), "bob@mail.example")
    server.close()
    await left.wait()
