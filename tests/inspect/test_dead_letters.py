"""Dead letters: listed, shown, and put back once."""

import asyncio
from collections.abc import Sequence

import pytest

from bus.dead_letters import dead_letter
from bus.memory import MemoryBus
from bus.ports import Record
from domain.conversation import Batch
from parley.inspect.dead_letters import LetterId, mark, parse_letter_id, read
from parley.inspect.redriving import Redriver, original
from parley.inspect.running import Failure
from schemas.headers import REDRIVEN_FROM, REPLY_TO, SCHEMA, header
from schemas.ids import message_id
from schemas.topics import CONVERSATIONS, DEAD_LETTERS
from tests.consumers.world import World
from tests.inspect.stage import EDGE, SESSIONS, Look, handling, played, submitting
from tests.making import ALICE, conversation_id, create, send

SECRET = "the treasure is under the oak"
FUTURE = ((SCHEMA, b"command/2"), (REPLY_TO, f"{EDGE}/{SESSIONS[ALICE]}".encode()))


async def stumbling(world: World) -> None:
    """Router and writer at work, and m1 is more than the writer can handle."""
    decisions = world.store.decisions
    apply = decisions.apply

    async def stumble(batch: Batch) -> None:
        if any(message.client_id == "m1" for change in batch.changes for message in change.messages):
            raise ValueError(SECRET)
        await apply(batch)

    decisions.apply = stumble  # type: ignore[method-assign]
    await handling(world)
    decisions.apply = apply  # type: ignore[method-assign]


def stumbled() -> World:
    return played(submitting(create(), send("m1", text=SECRET), send("m2")), stumbling)


def ids(world: World) -> list[str]:
    letters = [r for r in world.records(DEAD_LETTERS) if header(r.headers, SCHEMA) != "redrive/1"]
    return [f"{one.partition}/{one.offset}" for one in sorted(letters, key=lambda letter: letter.timestamp)]


def named(world: World, client_id: str) -> list[Record]:
    return [record for record in world.records(CONVERSATIONS) if f'"{client_id}"'.encode() in (record.value or b"")]


def test_a_list_with_why_and_where_from(look: Look) -> None:
    world = stumbled()
    (origin,) = named(world, "m1")

    answer = look(world)("dlq", "list")

    (row,) = [line.split() for line in answer.out.splitlines() if "internal" in line]
    assert row[0] == ids(world)[0]
    assert row[2:5] == ["internal", "ValueError", f"{CONVERSATIONS}/{origin.partition}/{origin.offset}"]
    assert row[-1] == "no"
    assert SECRET not in answer.out


def test_no_dead_letters(look: Look) -> None:
    answer = look(played())("dlq", "list")

    assert (answer.code, answer.out, answer.err) == (0, "", "no dead letters\n")


def test_a_list_by_code_and_of_the_newest(look: Look) -> None:
    async def from_the_future(world: World) -> None:
        for number in range(3):
            await world.submit(send(f"f{number}"), FUTURE)

    terminal = look(played(submitting(create(), send("m1")), stumbling, from_the_future, handling))

    assert terminal("dlq", "list").out.count("unsupported_version") == 3
    assert "unsupported_version" not in terminal("dlq", "list", "--code", "internal").out
    limited = terminal("dlq", "list", "--limit", "1")
    assert limited.out.count(CONVERSATIONS) == 1
    assert "3 older ones" in limited.err


def test_one_is_shown_masked_or_audited(look: Look) -> None:
    world = stumbled()
    terminal = look(world)
    (letter,) = ids(world)

    masked, bare = terminal("dlq", "show", letter).object, terminal("dlq", "show", letter, "--show-bodies").object

    assert masked["value"]["text"] == f"•••({len(SECRET)} chars)"
    assert masked["headers"]["dead_letter_code"] == "internal"
    assert bare["value"]["text"] == SECRET
    assert [entry["asked"]["letter"] for entry in terminal.audited()] == [f"{DEAD_LETTERS}/{letter}"]


def test_without_yes_nothing_is_done(look: Look) -> None:
    world = stumbled()
    before = world.records(CONVERSATIONS), world.records(DEAD_LETTERS)
    (letter,) = ids(world)

    answer = look(world)("dlq", "redrive", letter)

    assert f"{letter}: would be put back to {CONVERSATIONS}, key {conversation_id()}" in answer.out
    assert "--yes" in answer.out
    assert (world.records(CONVERSATIONS), world.records(DEAD_LETTERS)) == before


def test_what_is_put_back_is_the_original(look: Look) -> None:
    world = stumbled()
    (before,), (letter,) = named(world, "m1"), ids(world)

    answer = look(world)("dlq", "redrive", letter, "--yes")

    _, after = named(world, "m1")
    assert f"{letter}: put back as {CONVERSATIONS}/{after.partition}/{after.offset}" in answer.out
    assert (after.key, after.value, after.partition) == (before.key, before.value, before.partition)
    assert after.headers == (*before.headers, (REDRIVEN_FROM, f"{DEAD_LETTERS}/{letter}".encode()))


def test_a_redriven_command_is_done(look: Look) -> None:
    world = played(submitting(create(), send("m1", text=SECRET), send("m2")), stumbling, all_redriven, handling)

    message = world.database.messages[conversation_id()][2]
    assert (message.client_id, message.text) == ("m1", SECRET)
    trace = look(world)("trace", message_id(conversation_id(), 2), "--json").object["hops"]
    (redriven_from,) = [hop["redriven_from"] for hop in trace if "redriven_from" in hop]
    assert redriven_from == f"{DEAD_LETTERS}/{ids(world)[0]}"


@pytest.mark.parametrize("by", ["id", "code"])
def test_none_is_redriven_twice(look: Look, by: str) -> None:
    world = stumbled()
    terminal = look(world)
    (letter,) = ids(world)
    terminal("dlq", "redrive", letter, "--yes")
    _, redriven = named(world, "m1")
    place = f"{CONVERSATIONS}/{redriven.partition}/{redriven.offset}"

    again = terminal("dlq", "redrive", *([letter] if by == "id" else ["--code", "internal"]), "--yes")

    assert len(named(world, "m1")) == 2
    if by == "id":
        assert f"was put back already, as {place}" in again.out
        assert f"was put back already, as {place}" in terminal("dlq", "redrive", letter).out
    else:
        assert (again.code, again.err) == (1, "no dead letter with code internal is left to be put back\n")
    assert f"as {place}" in terminal("dlq", "list").out


def begin(world: World, *, then_put_back: bool) -> None:
    """Somebody began to put the letter back, and died."""

    async def begin_it() -> None:
        bus = MemoryBus(world.cluster)
        (letter,) = (await read(bus)).letters
        await bus.producer().send(mark(letter, "who died", None, world.database.now()))
        if then_put_back:
            await bus.producer().send(original(letter))

    asyncio.run(begin_it())


def test_what_was_put_back_by_one_who_died_is_not_again(look: Look) -> None:
    world = stumbled()
    (letter,) = ids(world)
    begin(world, then_put_back=True)
    terminal = look(world)
    assert "by who died" in terminal("dlq", "list").out

    answer = terminal("dlq", "redrive", letter, "--yes")

    assert "was put back already" in answer.out
    assert len(named(world, "m1")) == 2
    assert "by an-operator, as" in terminal("dlq", "list").out


def test_what_was_only_begun_is_done(look: Look) -> None:
    world = stumbled()
    (letter,) = ids(world)
    begin(world, then_put_back=False)

    answer = look(world)("dlq", "redrive", letter, "--yes")

    assert "1 of 1 put back" in answer.out
    assert len(named(world, "m1")) == 2


def test_of_two_operators_at_once_one_does_it() -> None:
    world = stumbled()

    async def race() -> Sequence[bool]:
        found = await read(MemoryBus(world.cluster))
        (letter,) = found.letters
        end = max(end for partition, end in found.ends.items() if partition.number == letter.id.partition)
        redrivers = [Redriver(MemoryBus(world.cluster), name) for name in ("one", "other")]
        results = await asyncio.gather(*(one.redrive(letter, end, world.database.now()) for one in redrivers))
        return [result.done for result in results]

    assert sorted(asyncio.run(race())) == [False, True]
    assert len(named(world, "m1")) == 2


def test_letters_of_one_original_are_one(look: Look) -> None:
    """A writer that died between the dead letter and its commit wrote it twice."""
    world = stumbled()

    async def again() -> None:
        (origin,) = named(world, "m1")
        await MemoryBus(world.cluster).producer().send(dead_letter(origin, ValueError(), 1, 0))

    asyncio.run(again())
    terminal = look(world)

    answer = terminal("dlq", "redrive", "--code", "internal", "--yes")

    assert "1 of 1 put back" in answer.out
    assert terminal("dlq", "list").out.count("by an-operator") == 2


def test_what_fails_again_is_a_letter_of_its_own(look: Look) -> None:
    async def redriving(world: World) -> None:
        await all_redriven(world)
        await stumbling(world)

    world = played(submitting(create(), send("m1")), stumbling, redriving)
    _, second = ids(world)

    traced = look(world)("trace", "--command", conversation_id(), ALICE, "m1", "--json").object["hops"]
    answer = look(world)("dlq", "redrive", "--code", "internal", "--yes")

    assert [hop["code"] for hop in traced if hop["hop"] == "dead letter"] == ["internal", "internal"]
    assert f"{second}: put back" in answer.out
    *_, last = named(world, "m1")
    assert [value for name, value in last.headers if name == REDRIVEN_FROM] == [f"{DEAD_LETTERS}/{second}".encode()]


async def all_redriven(world: World) -> None:
    found = await read(world.bus)
    for letter in found.letters:
        (end,) = [end for partition, end in found.ends.items() if partition.number == letter.id.partition]
        await Redriver(world.bus, "an-operator").redrive(letter, end, world.database.now())


def test_what_has_nowhere_to_go_back_to(look: Look) -> None:
    world = stumbled()
    (letter,) = ids(world)
    world.cluster.delete([CONVERSATIONS])

    answer = look(world)("dlq", "redrive", letter, "--yes")

    assert answer.code == 1
    assert f"topic {CONVERSATIONS} does not exist any more" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("show", "7/99"), 1, "there is no dead letter 7/99 (any more)"),
        (("show", "abc"), 1, "'abc' names no dead letter"),
        (("redrive", "7/99"), 1, "there is no dead letter 7/99 (any more)"),
        (("redrive", "--code", "nonsense"), 1, "no dead letter with code nonsense is left"),
        (("redrive",), 2, "name dead letters by their ids, or a --code"),
    ],
)
def test_what_is_unknown_is_said(look: Look, arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = look(stumbled())("dlq", *arguments)

    assert (answer.code, answer.out) == (code, "")
    assert said in " ".join(answer.err.split())


def test_ids_by_either_name() -> None:
    assert parse_letter_id("3/17") == parse_letter_id("dead-letters/3/17") == LetterId(3, 17)
    with pytest.raises(Failure):
        parse_letter_id("3")
