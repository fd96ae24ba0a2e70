"""Nobody learns what there is from what it costs to be refused: what is not his, and what does not exist, is asked of
the store with the same operations in the same order, writes as much to Kafka, and is answered the same to the letter.
"""

from collections.abc import Mapping

import pytest
from pwdlib import PasswordHash

from bus.ports import Partition
from tests.api.test_authorisation import TABLE, Cast, Row
from tests.api.test_media import photo, uploaded
from tests.api.world import PASSWORD, World, assert_problem
from tests.asking import asking

NO_PLACE, NO_USER = "c_" + "0" * 26, "u_" + "0" * 26
NOWHERE = {"place": NO_PLACE, "mine": f"{NO_PLACE}.1", "theirs": f"{NO_PLACE}.1"}
NOBODYS = {"other": NO_USER}


def _named(row: Row, names: Mapping[str, str]) -> bool:
    return any(f"{{{name}}}" in f"{row.path} {row.body}" for name in names)


def _missing(row: Row) -> Mapping[str, str]:
    """What stands for the row's ids when they name nothing. Who is a user, is no secret: conversations come first."""
    return NOWHERE if _named(row, NOWHERE) else NOBODYS


REFUSED = [row for row in TABLE if isinstance(row.expected[1], str) and _named(row, NOWHERE | NOBODYS)]


def written(world: World) -> int:
    topics = world.cluster.topics()
    logs = (world.cluster.log(Partition(topic, number)) for topic, count in topics.items() for number in range(count))
    return sum(len(log.records) for log in logs if log is not None)


async def refusal(world: World, cast: Cast, row: Row, role: str) -> tuple[object, ...]:
    """All that could be told apart."""
    before = written(world)
    with asking() as asked:
        answer = await cast.ask(row, role, "a-key")
    told = {name: value for name, value in answer.headers.items() if name != "traceparent"}
    return answer.status_code, told, answer.content, tuple(asked), written(world) - before


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row.method} {row.path}")
async def test_what_is_not_his_costs_what_does_not_exist(world: World, row: Row) -> None:
    cast = Cast(world)
    await cast.assemble()
    await cast.ask(row, "stranger")  # his sign-in is believed for a while
    theirs = await refusal(world, cast, row, "stranger")
    cast.named("stranger", **_missing(row))
    nobodys = await refusal(world, cast, row, "stranger")
    assert theirs == nobodys
    assert theirs[3] or theirs[0] == 403, "what was refused without a look at the store was so for all"


async def test_the_table_has_what_matters() -> None:
    assert len(REFUSED) > 30


@pytest.mark.parametrize("path", ["/api/media/{}", "/api/media/{}/thumbnail"])
async def test_a_file_that_is_not_his(world: World, path: str) -> None:
    alice, carol = await world.register("alice"), await world.register("carol")
    media = await uploaded(world, alice, photo(), "me.jpg")
    answers = []
    for one in (media, media, "f_" + "0" * 26):
        with asking() as asked:
            answer = await world.get(path.format(one), carol)
        assert_problem(answer, 404, "not_found")
        answers.append((answer.content, tuple(asked)))
    assert answers[1] == answers[2]


async def test_a_sign_in_that_is_not_his(world: World) -> None:
    alice, carol = await world.register("alice"), await world.register("carol")
    browser = world.browser()
    await browser.post("/api/login", json={"username": "alice", "password": PASSWORD})
    (login,) = [one["id"] for one in (await world.get("/api/sessions", alice)).json()["sessions"]]
    answers = []
    for one in (login, login, "l_" + "0" * 26):
        with asking() as asked:
            answer = await world.client.delete(f"/api/sessions/{one}", headers=carol.headers)
        assert_problem(answer, 404, "not_found")
        answers.append((answer.content, tuple(asked)))
    assert answers[1] == answers[2]
    await browser.aclose()


async def test_a_name_that_nobody_has_costs_a_hash_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.register("alice")
    verified: list[str] = []
    verify = PasswordHash.verify_and_update

    def counted(self: PasswordHash, password: str | bytes, stored: str | bytes) -> tuple[bool, str | None]:
        verified.append(str(stored).rpartition("$")[0].rpartition("$")[0])
        return verify(self, password, stored)

    monkeypatch.setattr(PasswordHash, "verify_and_update", counted)
    answers = []
    for name in ("alice", "nobody"):
        with asking() as asked:
            answer = await world.client.post("/api/login", json={"username": name, "password": "a wrong one"})
        assert_problem(answer, 403, "wrong_password")
        answers.append((answer.content, tuple(asked), tuple(verified)))
        verified.clear()
    assert answers[0] == answers[1]
    assert [len(kinds) for _, _, kinds in answers] == [1, 1]
    assert answers[0][2][0].startswith("$argon2id$")
