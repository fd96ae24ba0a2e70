"""People who are not there while others write to them, and what they are sent meanwhile: by Web Push and by e-mail."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from email.message import Message
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from loadtests.clock import now
from loadtests.mail_receiver import Inbox, smtp_server
from loadtests.notified import Mail, Notified, Push
from loadtests.push_receiver import HOST, Authority, Browser, PushService, push_service
from loadtests.recording import Recorder
from loadtests.stack import Person, Stack
from loadtests.stand_in import standing_in
from parley.trial_notifications import AT_ONCE, LONGEST_SECONDS

MAIL_DOMAIN = "mail.example"
TOLD_SECONDS = 180.0
"""By then everything has been told, whatever was in hand at the last kill."""
DOUBLE_SECONDS = 1.0
"""So long after everything else a double may come."""
LOOK_SECONDS = 0.5
ANSWER_SECONDS = 0.4
"""What the services take to answer, so that something is in flight at a kill."""


class Absence:
    """Some people with a browser each that is told of what does not reach them; those of them who are away have digests
    by e-mail as well."""

    def __init__(self, stack: Stack, service: PushService, inbox: Inbox) -> None:
        self._stack = stack
        self._service = service
        self._inbox = inbox
        self._away: Sequence[Person] = ()
        self._browsers: dict[str, tuple[str, Browser]] = {}
        """By the path of its endpoint: whose it is."""
        self._addresses: dict[str, str] = {}
        self._members: dict[str, frozenset[str]] = {}
        """By conversation."""
        self._read: list[Push] = []

    async def gather(self, pairs: Iterable[tuple[Person, Person]], away: Sequence[Person]) -> list[str]:
        """A group for each pair with somebody who is away. Everybody has a browser."""
        self._away = away
        for one, other, third in zip(*zip(*pairs, strict=True), away, strict=True):
            conversation = await self._stack.group([one, other, third])
            self._members[conversation] = frozenset((one.id, other.id, third.id))
            for person in (one, other, third):
                await self._subscribe(person)
            await self._ask_for_mail(third)
        return list(self._members)

    async def _subscribe(self, person: Person) -> None:
        browser, path = Browser.new(), f"/{person.id}"
        keys = {"p256dh": browser.p256dh, "auth": browser.auth_text}
        endpoint = {"endpoint": f"https://{HOST}{path}", "keys": keys}
        await self._stack.ask("POST", "/push/subscriptions", person, endpoint)
        self._browsers[path] = person.id, browser

    async def _ask_for_mail(self, person: Person) -> None:
        address = f"{person.name}@{MAIL_DOMAIN}"
        await self._stack.ask("PUT", f"/users/{person.id}", person, {"email": address})
        await self._stack.ask("PUT", f"/users/{person.id}/preferences", person, {"email_digest": True})
        self._addresses[address] = person.id

    async def told(self, recorder: Recorder, kills: Sequence[float]) -> Notified:
        """What there is to judge, once everybody was told of everything, or the time for it is over. `kills`: when the
        process that tells was killed."""
        end = now() + TOLD_SECONDS
        while now() < end:
            await asyncio.sleep(LOOK_SECONDS)
            found = self._notified(recorder, kills)
            if not found.untold and not found.unmailed:
                break
        await asyncio.sleep(DOUBLE_SECONDS)
        return self._notified(recorder, kills)

    def _notified(self, recorder: Recorder, kills: Sequence[float]) -> Notified:
        return Notified(
            recipients=self._recipients(recorder),
            absent=frozenset(self._addresses.values()),
            pushes=self._pushes(),
            mails=self._mails(),
            said=[said for said in recorder.words if said.conversation in self._members],
            kills=kills,
            at_once=AT_ONCE,
            longest_seconds=LONGEST_SECONDS,
        )

    def _recipients(self, recorder: Recorder) -> Mapping[str, frozenset[str]]:
        return {
            f"{sent.conversation}.{seq}": self._members[sent.conversation] - {sent.sender}
            for sent in recorder.sent.values()
            if sent.conversation in self._members
            for seq, _ in sent.stored
        }

    def _pushes(self) -> list[Push]:
        for push in self._service.pushes[len(self._read) :]:
            user, browser = self._browsers[push.path]
            message: str = orjson.loads(browser.decrypt(push.body))["id"]
            self._read.append(Push(user, message, push.headers["topic"], push.at))
        return self._read.copy()

    def _mails(self) -> list[Mail]:
        taken = zip(self._inbox.taken, self._inbox.times, strict=True)
        return [
            Mail(self._addresses[recipient], str(mail["Message-ID"]), _count(mail), at)
            for (recipients, mail), at in taken
            for recipient in recipients
        ]

    async def end(self) -> None:
        """Nobody is to be sent e-mail any more: what follows would go where the stack sends its own."""
        for person in self._away:
            await self._stack.ask("PUT", f"/users/{person.id}/preferences", person, {"email_digest": False})


def _count(digest: Message) -> int:
    """Of the messages that it is about, by its subject."""
    subject = str(digest["Subject"])
    return 1 if subject.startswith("An ") else int(subject.partition(" ")[0])


@asynccontextmanager
async def receiving(stack: Stack) -> AsyncIterator[Absence]:
    """What the stack notifies people of comes here until the block ends."""
    inbox = Inbox()
    inbox.seconds = ANSWER_SECONDS
    with TemporaryDirectory(prefix="parley-push-") as directory:
        authority = Authority(Path(directory))
        async with (
            push_service(authority.server(HOST)) as service,
            smtp_server(inbox) as smtp_port,
            standing_in(stack, service.port, authority.file(), smtp_port),
        ):
            service.seconds = ANSWER_SECONDS
            yield Absence(stack, service, inbox)
