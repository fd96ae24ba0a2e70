"""Which topics there are, and who is behind."""

from datetime import timedelta

from schemas.topics import CONVERSATIONS, user_topic
from tests.inspect.stage import EDGE, Look, handling, losing, played, submitting, waiting
from tests.making import ALICE, BOB, create, send


def test_user_topics_are_one_row_unless_asked_for(look: Look) -> None:
    terminal = look(played(submitting(create(), send("m1")), handling))

    summarised, each = terminal("topics").out, terminal("topics", "--users").out

    (users,) = _rows(summarised, "user.")
    assert users == ["user.*", "2", "2", "4", "6d"]  # two `opened`, two commands
    assert [row[:4] for row in _rows(each, "user.")] == [
        [user_topic(ALICE, 1), "1", "1", "3"],
        [user_topic(BOB, 1), "1", "1", "1"],
    ]


def test_topics_with_their_records_and_retention(look: Look) -> None:
    table = look(played(submitting(create(), send("m1")), handling))("topics").out

    rows = {row[0]: row[1:] for row in _rows(table)}
    assert rows["conversations"] == ["1", "4", "2", "7d"]
    assert rows["user-topics"] == ["1", "4", "2", "compacted"]
    assert rows[EDGE][-1] == "10m"


def _rows(table: str, beginning: str = "") -> list[list[str]]:
    return [line.split() for line in table.splitlines() if line.strip() and line.strip().startswith(beginning)]


def test_nobody_is_behind_but_who_is_not_there(look: Look) -> None:
    lag = look(played(submitting(create(), send("m1")), handling))("lag", "--json").object

    assert {group["group"]: group["lag"] for group in lag["groups"]} == {
        "router": 0,
        "writer": 0,
        "delivery-status": 0,
        "notifications": 2,
        "search-index": 2,
        "session-expiry": 0,
        "session-expiry-meetings": 2,
    }
    assert not any(group["alarm"] for group in lag["groups"])


def test_what_the_router_has_not_forwarded(look: Look) -> None:
    world = played(submitting(create()), handling, submitting(send("m1"), send("m2")), waiting(90))
    terminal = look(world)

    lag = terminal("lag", "--json").object

    router, writer, *_ = lag["groups"]
    assert (router["group"], router["lag"], writer["lag"]) == ("router", 2, 0)
    (behind,) = [one for one in router["partitions"] if one["lag"]]
    assert (behind["topic"], behind["end"] - behind["position"]) == (user_topic(ALICE, 1), 2)
    assert 90 <= router["oldest_unread_seconds"] < 91
    assert "(1m 30s)" in terminal("lag").out


def test_what_the_writer_has_not_decided(look: Look) -> None:
    async def forwarded(world: object) -> None:
        await world.append(send("m1"))  # type: ignore[attr-defined]

    lag = look(played(submitting(create()), handling, forwarded))("lag", "--json").object

    _, writer, *_ = lag["groups"]
    (behind,) = [one for one in writer["partitions"] if one["lag"]]
    assert (writer["lag"], behind["topic"], behind["lag"]) == (1, CONVERSATIONS, 1)


def test_what_was_never_read_counts_from_the_start(look: Look) -> None:
    router, *_ = look(played(submitting(send("m1"))))("lag", "--json").object["groups"]

    assert (router["lag"], router["lost"]) == (3, 0)


def test_unread_for_more_than_five_days_is_an_alarm(look: Look) -> None:
    days = timedelta(days=1).total_seconds()
    early = look(played(submitting(create()), waiting(4.9 * days)))
    late = look(played(submitting(create()), waiting(5.1 * days)))

    assert not early("lag", "--json").object["groups"][0]["alarm"]
    assert late("lag", "--json").object["groups"][0]["alarm"]
    assert "ALARM" not in early("lag").out
    assert "ALARM" in late("lag").out


def test_what_retention_took_unread_is_an_alarm(look: Look) -> None:
    more = submitting(send("m1"), send("m2"), send("m3"))
    world = played(submitting(create()), handling, more, losing(user_topic(ALICE, 1), before=4))

    router, *_ = look(world)("lag", "--json").object["groups"]

    assert (router["lost"], router["lag"], router["alarm"]) == (2, 1, True)


def test_of_many_that_lag_the_oldest_are_shown(look: Look) -> None:
    async def crowd(world: object) -> None:
        for number in range(40):
            await world.user(f"u_{number + 100:026d}")  # type: ignore[attr-defined]

    terminal = look(played(crowd))

    table = terminal("lag").out
    assert table.count(f"{user_topic('u_', 1)[:6]}") == 30
    assert "12 partitions more" in table
    assert len(terminal("lag", "--json").object["groups"][0]["partitions"]) == 42
