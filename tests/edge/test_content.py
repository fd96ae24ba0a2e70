"""Word lists at the front doors: what has their words does not reach Kafka."""

import logging
from pathlib import Path

import pytest

from producer_gateway.content import ContentConfig, ContentRules, ForbiddenContent
from producer_gateway.edge.node import EdgeConfig
from schemas.commands import CreateConversation, SendMessage
from schemas.messages import ConversationKind
from tests.edge.world import Client, EdgeWorld, in_world
from tests.making import ALICE, BOB, EPOCH, conversation_id, send
from tests.virtually import eventually


def lists(folder: Path, reject: str = "badword # for instance\n\n# a comment\n", mask: str = "darn\n") -> ContentConfig:
    files = ContentConfig(reject=folder / "reject.txt", mask=folder / "mask.txt")
    (folder / "reject.txt").write_text(reject, encoding="utf-8")
    (folder / "mask.txt").write_text(mask, encoding="utf-8")
    return files


def group(name: str, description: str | None = None) -> CreateConversation:
    return CreateConversation(
        conversation=conversation_id(),
        sender=ALICE,
        client_id="g",
        kind=ConversationKind.GROUP,
        epoch=EPOCH,
        members=(ALICE,),
        name=name,
        description=description,
    )


def test_what_people_write_is_ruled_on(tmp_path: Path) -> None:
    rules = ContentRules(lists(tmp_path))
    for command in (send(text="a badword"), group("badword"), group("a group", "badword")):
        with pytest.raises(ForbiddenContent):
            rules.applied(command)
    assert rules.applied(send(text="oh darn")) == (send(text="oh ****"), True)
    assert rules.applied(group("darn", "darn it")) == (group("****", "**** it"), True)
    said = send(text="hello")
    assert rules.applied(said)[0] is said
    media = SendMessage(conversation=conversation_id(), sender=ALICE, client_id="m", media=("f",))
    assert rules.applied(media) == (media, False)


def test_without_lists_everything_may_be_said() -> None:
    assert ContentRules(ContentConfig()).applied(send(text="a badword")) == (send(text="a badword"), False)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    config = lists(tmp_path)
    rules = ContentRules(config)
    fresh = tmp_path / "fresh"
    fresh.write_text("hello\n", encoding="utf-8")
    fresh.replace(tmp_path / "reject.txt")
    rules.look()
    rules.applied(send(text="a badword"))
    with pytest.raises(ForbiddenContent):
        rules.applied(send(text="hello"))


@pytest.mark.parametrize("broken", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_leaves_the_lists_as_they_were(tmp_path: Path, broken: bytes | None) -> None:
    rules = ContentRules(lists(tmp_path))
    if broken is None:
        (tmp_path / "reject.txt").unlink()
    else:
        (tmp_path / "reject.txt").write_bytes(broken)
    rules.look()
    with pytest.raises(ForbiddenContent):
        rules.applied(send(text="a badword"))


def test_at_the_start_it_has_to_be_readable(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        ContentRules(ContentConfig(reject=tmp_path / "missing"))


def test_over_a_socket(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    @in_world
    async def tell(world: EdgeWorld) -> None:
        world.pipeline()
        await world.conversation()
        await eventually(lambda: bool(world.database.conversations))
        edge = await world.edge(config=EdgeConfig(content=lists(tmp_path)))
        alice, bob = await Client(edge, ALICE).connect(), await Client(edge, BOB).connect()

        await alice.say("m1", "such a badword")
        await alice.say("m2", "oh darn")
        await alice.say("m3", "hello")
        await bob.until("message", 2)
        await alice.until("stored", 2)

        (refused,) = alice.of_type("rejected")
        assert (refused["id"], refused["error"]["code"]) == ("m1", "content_forbidden")
        assert refused["error"]["retry"] is False
        assert [frame.get("masked") for frame in alice.of_type("accepted")] == [True, None]
        assert bob.texts() == alice.texts() == ["oh ****", "hello"]

        await alice.send(type="edit", id="e1", conversation=conversation_id(), seq=2, text="badword after all")
        await alice.send(type="edit", id="e2", conversation=conversation_id(), seq=2, text="darn after all")
        await bob.until("message", 3)
        assert bob.texts()[-1] == "**** after all"
        assert [frame["id"] for frame in alice.of_type("rejected")] == ["m1", "e1"]

    tell()
    assert "badword" not in caplog.text
