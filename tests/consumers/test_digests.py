"""E-mail about what stays unread: for those who asked for it, not too often, and saying no more than it should."""

import asyncio
from dataclasses import replace
from email.message import EmailMessage
from itertools import pairwise

import pytest

from consumers.notifications.mailer import Delayed, Rejected
from consumers.notifications.mails import Letterhead, Unread, compose, message_id_of
from consumers.notifications.pushes import Wording
from schemas.headers import DEAD_LETTER_CODE, header
from schemas.messages import ConversationKind
from schemas.preferences import Notifications as Wanted
from schemas.topics import DEAD_LETTERS
from tests.consumers.notify_stage import Stage
from tests.consumers.test_notifications import on_stage
from tests.making import ALICE, BOB, CAROL, conversation_id

LINK = f"https://chat.example/chats/{conversation_id()}"
AFTER, EVERY = 60.0, 600.0
"""What the stage has set: seconds from the first unread message to the e-mail, and between two e-mails."""


async def begin(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.prefer(email_digest=True)


def parts(mail: EmailMessage) -> tuple[str, str]:
    """Text and HTML."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return str(text.get_content()), str(html.get_content())


@on_stage
async def test_who_asked_for_it_gets_one_mail_about_what_stays_unread(stage: Stage) -> None:
    await begin(stage)
    async with stage.running():
        for number in range(3):
            await stage.say(f"m{number}")
            await asyncio.sleep(5)
        await asyncio.sleep(2 * EVERY)
    ((at, address, mail),) = stage.postbox.mails
    assert AFTER <= at <= AFTER + 20
    assert address == "2@mail.example"
    assert (mail["To"], mail["From"]) == ("2@mail.example", "Parley <chat@parley.example>")
    assert mail["Subject"] == "3 unread messages on Parley"
    assert mail["List-Unsubscribe"] == "<https://chat.example/#/preferences>"
    told = [entry.notification.id for entry in stage.world.database.ledger.values()]
    assert mail["Message-ID"] == message_id_of(told, "parley.example")
    for part in parts(mail):
        assert "3 from Name 1" in part
        assert LINK in part
        assert "text of" not in part


@on_stage
async def test_who_did_not_ask_or_has_no_address_gets_none(stage: Stage) -> None:
    await stage.people(ALICE, BOB, CAROL, kind=ConversationKind.GROUP)
    await stage.prefer(CAROL, email_digest=True)
    accounts = stage.world.database.accounts
    accounts[CAROL].user = replace(accounts[CAROL].user, email=None)
    async with stage.running():
        await stage.say()
        await asyncio.sleep(2 * EVERY)
    assert stage.postbox.mails == []
    assert stage.world.database.digests == {}


@on_stage
async def test_without_a_server_nothing_is_kept_for_mail(stage: Stage) -> None:
    await begin(stage)
    async with stage.running(stage.consumer(mail=False)):
        await stage.say()
        await asyncio.sleep(AFTER)
    assert stage.world.database.ledger == {}
    assert stage.world.database.digests == {}


@on_stage
async def test_what_is_read_by_then_is_not_mailed(stage: Stage) -> None:
    await begin(stage)
    async with stage.running():
        await stage.say("m1")
        await stage.say("m2")
        await asyncio.sleep(20)
        await stage.reach(delivered=2, read=1)
        await asyncio.sleep(2 * AFTER)
        ((_, _, mail),) = stage.postbox.mails
        assert mail["Subject"] == "An unread message on Parley"
        await stage.say("m3")
        await asyncio.sleep(20)
        await stage.reach(read=3)
        await asyncio.sleep(2 * EVERY)
    assert len(stage.postbox.mails) == 1


@on_stage
async def test_there_is_time_between_two_and_nothing_is_told_twice(stage: Stage) -> None:
    await begin(stage)
    async with stage.running():
        for number in range(26):
            await stage.say(f"m{number}")
            await asyncio.sleep(EVERY / 12)
        await asyncio.sleep(2 * EVERY)
    times = [at for at, _, _ in stage.postbox.mails]
    assert len(times) == 3
    assert all(EVERY <= later - earlier <= EVERY + 20 for earlier, later in pairwise(times))
    counts = [str(mail["Subject"]).partition(" ")[0].replace("An", "1") for _, _, mail in stage.postbox.mails]
    assert sum(map(int, counts)) == 26
    assert len({mail["Message-ID"] for _, _, mail in stage.postbox.mails}) == 3


@on_stage
async def test_who_changes_his_mind_gets_none(stage: Stage) -> None:
    await begin(stage)
    async with stage.running():
        await stage.say()
        await asyncio.sleep(20)
        await stage.prefer(email_digest=False)
        await asyncio.sleep(2 * AFTER)
        await stage.prefer(email_digest=True, notifications=Wanted.NONE)
        await stage.say("m2")
        await asyncio.sleep(2 * EVERY)
    assert stage.postbox.mails == []


@on_stage
async def test_deadlines_outlive_the_process(stage: Stage) -> None:
    await begin(stage)
    async with stage.running():
        await stage.say()
        await asyncio.sleep(20)
    await asyncio.sleep(100 * EVERY)
    async with stage.running():
        await asyncio.sleep(20)
    assert len(stage.postbox.mails) == 1


@on_stage
async def test_a_server_that_is_away_is_tried_again(stage: Stage) -> None:
    await begin(stage)
    stage.postbox.failures = [Delayed("SMTPConnectError"), Delayed("smtp_451")]
    async with stage.running():
        await stage.say()
        await asyncio.sleep(EVERY)
    assert len(stage.postbox.mails) == 1
    assert stage.world.records(DEAD_LETTERS) == []


@pytest.mark.parametrize(
    ("failures", "code"),
    [([Rejected("smtp_550")], "smtp_550"), ([Delayed("away") for _ in range(8)], "mail_unanswered")],
)
def test_what_cannot_be_mailed_ends_in_the_dead_letters(failures: list[Exception], code: str) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        stage.postbox.failures = list(failures)
        async with stage.running():
            await stage.say()
            await asyncio.sleep(EVERY)
        assert stage.postbox.mails == []
        (letter,) = stage.world.records(DEAD_LETTERS)
        assert header(letter.headers, DEAD_LETTER_CODE) == code
        assert stage.world.database.digests[BOB].due_at is None

    scenario()


@pytest.mark.parametrize("address", ["a,b@mail.example", "a;b@mail.example", "<x>@mail.example", "b@mail.example,c"])
def test_an_address_that_is_none_gets_nothing_sent_elsewhere(address: str) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        accounts = stage.world.database.accounts
        accounts[BOB].user = replace(accounts[BOB].user, email=address)
        async with stage.running():
            await stage.say()
            await asyncio.sleep(2 * AFTER)
        assert stage.postbox.mails == []
        assert header(stage.world.records(DEAD_LETTERS)[0].headers, DEAD_LETTER_CODE) == "mail_address"

    scenario()


# What a mail says.

WORDING = Wording("https://chat.example/")
EVIL = '<script>alert("x")</script>\r\nBcc: victim@mail.example\n\n> said'


def unread(**changed: object) -> Unread:
    made: dict[str, object] = {
        "conversation": conversation_id(),
        "name": "The group",
        "senders": ("Alice", "Bob"),
        "count": 4,
        "mentioned": True,
        "newest": "the newest text",
    }
    return Unread(**made | changed)  # type: ignore[arg-type]


def mail_of(*found: Unread, wording: Wording = WORDING, address: str = "bob@mail.example") -> EmailMessage:
    return compose(address, "<id@parley.example>", found, Letterhead("chat@parley.example", wording))


def test_a_mail_names_groups_people_and_mentions() -> None:
    for part in parts(mail_of(unread())):
        assert "The group: 4 from Alice, Bob, you are mentioned" in part
        assert LINK in part
        assert "the newest text" not in part


def test_names_stay_names() -> None:
    """Nothing that users can choose becomes a header, a line or a tag."""
    wording = replace(WORDING, with_text=True)
    mail = mail_of(unread(name=EVIL, senders=(EVIL,), newest=EVIL), wording=wording)
    assert mail["Bcc"] is None
    assert "victim" not in "".join(f"{name}{value}" for name, value in mail.items())
    text, html = parts(mail)
    assert "\nBcc:" not in text.replace("\r", "")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_texts_are_told_where_the_installation_wants_that() -> None:
    for part in parts(mail_of(unread(), wording=replace(WORDING, with_text=True))):
        assert "the newest text" in part


def test_of_very_many_conversations_some_are_named() -> None:
    for part in parts(mail_of(*[unread(name=f"group {number}.") for number in range(25)])):
        assert "group 19." in part
        assert "group 20." not in part
        assert "And in 5 more." in part


@pytest.mark.parametrize("address", ["", "nobody", "a\r\nBcc: b@mail.example", "a b@mail.example", "ü@mail.example\n"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        mail_of(unread(), address=address)


def test_a_message_id_tells_nothing_of_the_user() -> None:
    assert BOB not in message_id_of([f"c_1.1/{BOB}"], "parley.example")


def test_a_message_id_is_what_a_digest_tells() -> None:
    ids = [message_id_of(told, "parley.example") for told in (["a", "b"], ["b", "a"], ["a"], ["b"])]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


@on_stage
async def test_one_that_tells_more_when_it_is_sent_again_is_another_mail(stage: Stage) -> None:
    """The answer of the mail server is lost, and before it is asked again, something new stays unread."""
    await begin(stage)

    def lose() -> None:
        if len(stage.postbox.mails) < 6:
            raise Delayed("the answer was lost")

    stage.postbox.after_taking = lose
    async with stage.running():
        await stage.say("m0")
        await asyncio.sleep(AFTER + 6)
        await stage.say("m1")
        await asyncio.sleep(EVERY)
    ids: dict[str, set[str]] = {}
    for _, _, mail in stage.postbox.mails:
        ids.setdefault(str(mail["Subject"]), set()).add(str(mail["Message-ID"]))
    assert sorted(ids) == ["2 unread messages on Parley", "An unread message on Parley"]
    assert all(len(same) == 1 for same in ids.values())
    assert len(set.union(*ids.values())) == 2
