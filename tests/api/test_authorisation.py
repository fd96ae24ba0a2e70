"""The authorisation matrix: every route, for everybody, on one's own and on others' things.

Alice is the admin of a group, Bob its member, Dave was removed from it, Carol never was in it. Erin talked with Alice
until Alice blocked her. What one may not see answers like what does not exist.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
import pytest

from producer_gateway.api.describing import describe
from tests.api.world import PASSWORD, Person, World

U, N, M, F = "unauthenticated", "not_found", "not_a_member", "forbidden"
X, Z = "invalid_frame", "unavailable"
ROLES = ("nobody", "stranger", "former", "blocked", "member", "admin")
Expected = tuple[int | str, int | str, int | str, int | str, int | str, int | str]
SIGNED_IN: Expected = (U, 200, 200, 200, 200, 200)
DONE: Expected = (U, 204, 204, 204, 204, 204)
NOT_THERE: Expected = (U, N, N, N, N, N)
NOT_HIS: Expected = (U, F, F, F, F, F)
READING: Expected = (U, N, M, 200, 200, 200)
MANAGING: Expected = (U, N, M, F, F, 200)
PLACE, MINE, THEIRS = "/api/conversations/{place}", "/api/messages/{mine}", "/api/messages/{theirs}"
CHATS = "/api/chats"
OTHER, SELF = "/api/users/{other}", "/api/users/{self}"


class Row(NamedTuple):
    """What each role is answered, in the order of ROLES: a status, or the code of a problem."""

    method: str
    path: str
    expected: Expected
    body: Mapping[str, Any] | None = None


TABLE = (
    Row("GET", "/api/users", SIGNED_IN),
    Row("GET", "/api/users/active", SIGNED_IN),
    Row("GET", OTHER, SIGNED_IN),
    Row("GET", "/api/users/u_00000000000000000000000000", NOT_THERE),
    Row("PUT", SELF, SIGNED_IN, {"name": "me"}),
    Row("PUT", OTHER, NOT_HIS, {"name": "me"}),
    Row("PUT", f"{SELF}/password", DONE, {"old": PASSWORD, "new": "another password"}),
    Row("PUT", f"{OTHER}/password", NOT_HIS, {"old": PASSWORD, "new": "another password"}),
    Row("GET", f"{SELF}/preferences", SIGNED_IN),
    Row("GET", f"{OTHER}/preferences", NOT_HIS),
    Row("PUT", f"{SELF}/preferences", SIGNED_IN, {"email_digest": True}),
    Row("PUT", f"{OTHER}/preferences", NOT_HIS, {"email_digest": True}),
    Row("PUT", f"{SELF}/picture", (U, X, X, X, X, X)),
    Row("PUT", f"{OTHER}/picture", NOT_HIS),
    Row("DELETE", f"{SELF}/picture", DONE),
    Row("DELETE", f"{OTHER}/picture", NOT_HIS),
    Row("PUT", f"{OTHER}/block", DONE),
    Row("DELETE", f"{OTHER}/block", DONE),
    Row("DELETE", OTHER, NOT_HIS, {"password": PASSWORD}),
    Row("GET", "/api/sessions", SIGNED_IN),
    Row("DELETE", "/api/sessions/l_00000000000000000000000000", NOT_THERE),
    Row("GET", "/api/connect", (U, Z, Z, Z, Z, Z)),
    # The member has begun it with the admin before the admin does with him.
    Row("POST", "/api/conversations", (U, 201, 201, 200, 201, 200), {"kind": "direct", "with": "{other}"}),
    Row(
        "POST", "/api/conversations", (U, 201, 201, F, 201, 201), {"kind": "group", "name": "g", "members": ["{other}"]}
    ),
    Row("GET", "/api/conversations", SIGNED_IN),
    Row("GET", PLACE, READING),
    Row("PUT", PLACE, MANAGING, {"name": "Foes"}),
    Row("PUT", PLACE, MANAGING, {"password": "open sesame"}),
    Row("DELETE", PLACE, (U, N, M, F, F, 204)),
    Row("PUT", f"{PLACE}/mute", READING, {}),
    Row("DELETE", f"{PLACE}/mute", READING),
    Row("PUT", f"{PLACE}/unread", READING),
    Row("DELETE", f"{PLACE}/unread", READING),
    Row("POST", f"{PLACE}/leave", (U, N, M, F, 204, 204)),
    Row("POST", f"{PLACE}/members", MANAGING, {"user": "{newcomer}"}),
    Row("PUT", f"{PLACE}/members/{{other}}", MANAGING, {"role": "admin"}),
    Row("DELETE", f"{PLACE}/members/{{other}}", (U, N, M, F, F, 204)),
    Row("DELETE", f"{PLACE}/members/{{self}}", (U, N, M, F, 204, 204)),
    Row("POST", f"{PLACE}/join", READING, {"password": "open sesame"}),
    Row("POST", f"{PLACE}/messages", (U, N, M, F, 201, 201), {"text": "hello"}),
    Row("GET", f"{PLACE}/messages", READING),
    Row("GET", MINE, READING),
    Row("GET", THEIRS, READING),
    Row("PUT", MINE, (U, N, M, F, 200, 200), {"text": "better"}),
    Row("PUT", THEIRS, (U, N, M, F, F, F), {"text": "better"}),
    Row("DELETE", MINE, READING),
    Row("DELETE", THEIRS, MANAGING),
    Row("PUT", f"{THEIRS}/reactions/👍", (U, N, M, F, 200, 200)),
    Row("DELETE", f"{THEIRS}/reactions/👍", (U, N, M, F, 200, 200)),
    Row("GET", f"{MINE}/receipts", READING),
    Row("GET", f"{THEIRS}/receipts", READING),
    Row("PUT", f"{THEIRS}/read", (U, N, M, 204, 204, 204)),
    Row("POST", "/api/media", (U, X, X, X, X, X)),
    Row("GET", "/api/media", (U, X, X, X, X, X)),
    Row("GET", "/api/media/f_00000000000000000000000000", NOT_THERE),
    Row("GET", "/api/media/f_00000000000000000000000000/thumbnail", NOT_THERE),
    Row("POST", f"{CHATS}/c_00000000000000000000000000/end", (U, U, U, U, U, U)),
    Row("GET", "/api/search?q=hello", SIGNED_IN),
    Row("GET", "/api/search?q=hello&conversation={place}", READING),
    Row("GET", "/api/push/key", SIGNED_IN),
    Row("POST", "/api/push/subscriptions", (U, X, X, X, X, X), {}),
    Row("DELETE", "/api/push/subscriptions", (U, X, X, X, X, X), {}),
)

OPEN_TO_ALL = frozenset(
    {
        ("POST", "/api/users"),
        ("POST", "/api/login"),
        ("POST", "/api/refresh"),
        ("POST", "/api/logout"),
        ("POST", CHATS),
        ("GET", f"{CHATS}/seats/{{token}}"),
        ("POST", f"{CHATS}/seats/{{token}}/enter"),
    }
)
"""They are how one becomes somebody, or nobody again. Ephemeral chats know no accounts."""


class Cast:
    def __init__(self, world: World) -> None:
        self._world = world
        self._people: dict[str, Person] = {}
        self._names: dict[str, dict[str, str]] = {}

    async def assemble(self) -> None:
        world = self._world
        names = {"admin": "alice", "member": "bob", "stranger": "carol", "former": "dave", "blocked": "erin"}
        self._people = people = {role: await world.register(name) for role, name in names.items()}
        newcomer, alice, bob = await world.register("frank"), people["admin"], people["member"]
        body = {"kind": "group", "name": "Friends", "members": [bob.id, people["former"].id]}
        group = (await world.post("/api/conversations", alice, body)).json()["id"]
        said = {role: await self._say(role, group) for role in ("admin", "member", "former")}
        await self._ask("DELETE", f"/api/conversations/{group}/members/{people['former'].id}", alice)
        two = await world.direct(people["blocked"], alice)
        hers, his = await self._say("blocked", two), await self._say("admin", two)
        await self._ask("PUT", f"/api/users/{people['blocked'].id}/block", alice)
        for role in ROLES:
            person = people.get(role)
            self._names[role] = {
                "place": two if role == "blocked" else group,
                "mine": hers if role == "blocked" else said.get(role, said["member"]),
                "theirs": his if role == "blocked" else said["member" if role == "admin" else "admin"],
                "other": bob.id if role == "admin" else alice.id,
                "self": newcomer.id if person is None else person.id,
                "newcomer": newcomer.id,
            }

    async def _say(self, role: str, conversation: str) -> str:
        said = await self._world.say(self._people[role], conversation, f"hello, says {role}")
        return f"{conversation}.{said.json()['seq']}"

    async def _ask(
        self, method: str, path: str, person: Person | None, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        headers = ({} if person is None else person.headers) | ({} if key is None else {"Idempotency-Key": key})
        return await self._world.client.request(method, path, json=body, headers=headers)

    def named(self, role: str, **names: str) -> None:
        """What stands for these names when this role asks."""
        self._names[role] |= names

    async def answer(self, row: Row, role: str) -> int | str:
        found = await self.ask(row, role)
        assert found.status_code != 202, "it was not decided in time"
        assert "hello, says" not in found.text or found.status_code < 400, "an error tells what was said"
        return found.status_code if found.status_code < 400 else str(found.json()["code"])

    async def ask(self, row: Row, role: str, key: str | None = None) -> httpx.Response:
        path, body = self._fill(row.path, role), self._fill(row.body, role)
        return await self._ask(row.method, path, self._people.get(role), body, key)

    def _fill(self, given: Any, role: str) -> Any:
        if isinstance(given, str):
            return given.format_map(self._names[role])
        if isinstance(given, list):
            return [self._fill(one, role) for one in given]
        return {name: self._fill(one, role) for name, one in given.items()} if isinstance(given, Mapping) else given


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.path}")
async def test_everybody_is_answered_what_is_his(world: World, row: Row) -> None:
    cast = Cast(world)
    await cast.assemble()

    answers = tuple([await cast.answer(row, role) for role in ROLES])

    assert dict(zip(ROLES, answers, strict=True)) == dict(zip(ROLES, row.expected, strict=True))


async def test_every_route_is_in_the_table(world: World) -> None:
    paths = describe(world.api.app)["paths"]
    documented = {(method.upper(), _shape(path)) for path, methods in paths.items() for method in methods}
    told = {(row.method, _shape(row.path)) for row in TABLE}

    assert documented - told == {(method, _shape(path)) for method, path in OPEN_TO_ALL}
    assert told <= documented


def _shape(path: str) -> str:
    """A path without what is filled into it."""
    parts = path.split("?", maxsplit=1)[0].split("/")
    return "/".join(
        "*" if part[:1] == "{" or part[:2] in ("u_", "f_", "l_", "c_") or part == "👍" else part for part in parts
    )
