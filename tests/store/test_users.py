"""Users: unique names, profiles, search."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.identity import User
from schemas.preferences import Notifications, Preferences, PreferencesChange
from store.errors import Taken
from store.ports import Page, Store
from tests.making import ALICE, BOB, CAROL, NOW, user_id


def named(number: int, username: str, name: str | None = None, lastname: str | None = None) -> User:
    return User(user_id(number), username, NOW, name=name, lastname=lastname)


async def test_a_user_is_found_by_id_and_by_name(store: Store) -> None:
    alice = User(ALICE, "Alice", NOW, "Al", "Ice", "al@example.org", "+43 1")
    await store.users.create(alice, "a-hash")
    assert await store.users.get([ALICE, BOB]) == {ALICE: alice}
    assert await store.users.credentials("aLICE") == (alice, "a-hash")
    assert await store.users.credentials("bob") is None


async def test_a_profile_may_be_empty(store: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    assert await store.users.get([ALICE]) == {ALICE: named(1, "alice")}


async def test_nobody_is_asked_for(store: Store) -> None:
    assert await store.users.get([]) == {}


async def test_instants_are_kept_to_the_millisecond(store: Store) -> None:
    await store.users.create(replace(named(1, "alice"), created_at=NOW + timedelta(microseconds=789)), "a-hash")
    assert (await store.users.get([ALICE]))[ALICE].created_at == NOW


@pytest.mark.parametrize("username", ["alice", "ALICE", "ａlice"])
async def test_a_name_is_taken_in_whatever_case_it_is_written(store: Store, username: str) -> None:
    await store.users.create(named(1, "Alice"), "a-hash")
    with pytest.raises(Taken):
        await store.users.create(named(2, username), "another-hash")
    assert await store.users.get([BOB]) == {}


async def test_one_of_many_who_come_at_once_gets_the_name(store: Store, other: Store) -> None:
    tries = [(store, other)[number % 2].users.create(named(number, "alice"), "a-hash") for number in range(8)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(answer) for answer in answers if answer is not None] == [Taken] * 7


async def test_creating_may_be_repeated(store: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    await store.users.create(named(1, "alice"), "a-hash")
    assert len(await store.users.get([ALICE])) == 1


async def test_a_password_hash_is_replaced(store: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    assert await store.users.replace_password_hash(ALICE, "a-hash", "another-hash")
    assert await store.users.replace_password_hash(ALICE, "a-hash", "another-hash"), "it may be repeated"
    assert not await store.users.replace_password_hash(ALICE, "a-hash", "a third hash")
    assert not await store.users.replace_password_hash(BOB, "a-hash", "nobody's")
    assert await store.users.credentials("alice") == (named(1, "alice"), "another-hash")
    assert await store.users.get([BOB]) == {}


async def test_a_profile_changes_field_by_field(store: Store, other: Store) -> None:
    await store.users.create(User(ALICE, "alice", NOW, "Al", "Ice", "al@example.org", "+43 1"), "a-hash")
    changed = await store.users.change_profile(ALICE, {"name": "Alma", "email": None})
    assert changed == User(ALICE, "alice", NOW, "Alma", "Ice", None, "+43 1")
    assert await other.users.get([ALICE]) == {ALICE: changed}
    assert await store.users.change_profile(ALICE, {}) == changed
    assert await store.users.change_profile(BOB, {"name": "Bob"}) is None


async def test_what_is_no_part_of_a_profile_is_not_changed(store: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    assert await store.users.change_profile(ALICE, {"username": "root", "password_hash": "x"}) == named(1, "alice")
    assert await store.users.credentials("alice") == (named(1, "alice"), "a-hash")


async def test_a_search_finds_new_names_and_no_old_ones(store: Store) -> None:
    await store.users.create(named(1, "alice", "Ada", "Lovelace"), "a-hash")
    await store.users.change_profile(ALICE, {"name": "Grace"})
    await store.users.change_profile(ALICE, {"lastname": None})
    assert await walk(store, "gra", 5) == ["alice"]
    assert await walk(store, "ali", 5) == ["alice"]
    assert await walk(store, "ada", 5) == []
    assert await walk(store, "love", 5) == []


async def test_changes_at_once_lose_nothing(store: Store, other: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    await asyncio.gather(
        store.users.change_profile(ALICE, {"name": "Ada"}),
        other.users.change_profile(ALICE, {"lastname": "Lovelace"}),
        store.users.change_profile(ALICE, {"email": "a@b.example"}),
    )
    found = (await store.users.get([ALICE]))[ALICE]
    assert (found.name, found.lastname, found.email) == ("Ada", "Lovelace", "a@b.example")
    assert await walk(store, "ada", 5) == await walk(store, "love", 5) == ["alice"]


async def test_who_said_nothing_has_the_defaults(store: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    assert await store.users.preferences([ALICE, BOB]) == {ALICE: Preferences()}
    assert await store.users.preferences([]) == {}


async def test_preferences_change_one_by_one(store: Store, other: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    await store.users.create(named(2, "bob"), "a-hash")
    await store.users.change_preferences(ALICE, PreferencesChange(notifications=Notifications.MENTIONS))
    await other.users.change_preferences(ALICE, PreferencesChange(email_digest=True))
    changed = await store.users.change_preferences(ALICE, PreferencesChange(read_receipts=False))
    assert changed == Preferences(notifications=Notifications.MENTIONS, email_digest=True, read_receipts=False)
    assert await store.users.change_preferences(ALICE, PreferencesChange()) == changed
    assert await other.users.preferences([ALICE, BOB]) == {ALICE: changed, BOB: Preferences()}
    assert (await store.users.get([ALICE]))[ALICE] == named(1, "alice")


async def test_nobody_has_no_preferences(store: Store) -> None:
    assert await store.users.change_preferences(BOB, PreferencesChange(email_digest=True)) is None
    assert await store.users.preferences([BOB]) == {}
    assert await store.users.get([BOB]) == {}


async def walk(store: Store, query: str | None, limit: int) -> list[str]:
    """The usernames of a whole list, page by page."""
    names: list[str] = []
    page: Page[User] = Page((), next="")
    while page.next is not None:
        page = await store.users.list(query, page.next, limit)
        assert len(page.items) <= limit
        names += [user.username for user in page.items]
    return names


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_a_list_is_in_order_of_folded_names_and_pages_hold_each_once(store: Store, limit: int) -> None:
    for number, username in enumerate(["carol", "Bob", "alice", "Ärger", "zoë", "日本"]):
        await store.users.create(named(number, username), "a-hash")
    assert await walk(store, None, limit) == ["alice", "Bob", "carol", "zoë", "Ärger", "日本"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("AL", ["alice", "Bob", "x"]),
        ("alice", ["alice"]),
        ("q", []),
        (".*", []),
        ("^a", []),
        ("$", ["x"]),
        ("", ["alice", "Bob", "x"]),
        ("strasse", ["alice"]),
    ],
)
async def test_a_search_matches_how_names_begin(store: Store, query: str, found: list[str]) -> None:
    await store.users.create(named(1, "alice", lastname="Straße"), "a-hash")
    await store.users.create(named(2, "Bob", name="Alan"), "a-hash")
    await store.users.create(named(3, "x", name="$lookup", lastname="Alb"), "a-hash")
    assert await walk(store, query, 2) == found


async def test_a_mapping_is_no_name(store: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    for value in ({"$ne": None}, ["alice"], 1, None):
        with pytest.raises((TypeError, AttributeError)):
            await store.users.credentials(value)  # type: ignore[arg-type]


async def test_what_cannot_be_text_finds_nobody(store: Store) -> None:
    assert await store.users.get([CAROL, "", "$where", "\x00"]) == {}


async def test_an_erased_account_is_nowhere(store: Store, other: Store) -> None:
    await store.users.create(User(ALICE, "Alice", NOW, "Al", "Ice", "al@example.org", "+43 1", "f_1"), "a-hash")
    await store.users.create(named(2, "bob"), "a-hash")
    assert await store.user_topics.open([ALICE], 60.0) == {ALICE: 1}

    assert not await store.users.erase(ALICE, "another-hash")
    assert await store.users.erase(ALICE, "a-hash")

    assert await other.users.get([ALICE, BOB]) == {BOB: named(2, "bob")}
    assert await other.users.credentials("alice") is None
    assert await other.users.credentials(ALICE) is None
    assert await walk(other, None, 1) == ["bob"]
    assert await walk(other, "al", 5) == await walk(other, "deleted", 5) == []
    assert await other.users.preferences([ALICE]) == {}
    assert await other.user_topics.open([ALICE], 60.0) == {}
    assert await other.user_topics.generations([ALICE]) == {}
    assert await other.user_topics.leased([ALICE]) == frozenset()


async def test_an_erased_account_stays_erased(store: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    await store.users.erase(ALICE, "a-hash")
    assert not await store.users.erase(ALICE, "a-hash")
    assert not await store.users.erase(ALICE, "")
    assert not await store.users.replace_password_hash(ALICE, "", "b-hash")
    assert await store.users.change_profile(ALICE, {"name": "Al"}) is None
    assert await store.users.change_preferences(ALICE, PreferencesChange(email_digest=True)) is None
    await store.users.set_picture(ALICE, "f_1")
    await store.user_topics.renew([ALICE], 60.0)
    assert await store.users.get([ALICE]) == {}
    assert await store.user_topics.generations([ALICE]) == {}


async def test_the_name_of_an_erased_account_is_free(store: Store) -> None:
    await store.users.create(named(1, "alice"), "a-hash")
    await store.users.erase(ALICE, "a-hash")
    await store.users.create(named(2, "ALICE"), "b-hash")
    assert await store.users.credentials("alice") == (named(2, "ALICE"), "b-hash")


async def test_an_erasure_is_remembered_until_it_is_finished(store: Store, other: Store) -> None:
    for number, name in ((1, "alice"), (2, "bob"), (3, "carol")):
        await store.users.create(named(number, name), "a-hash")
    await store.users.erase(ALICE, "a-hash")
    await store.users.erase(BOB, "a-hash")
    assert len(await other.users.erasing(1)) == 1
    assert set(await other.users.erasing(10)) == {ALICE, BOB}
    await store.users.erased(ALICE)
    await store.users.erased(ALICE)
    assert await other.users.erasing(10) == [BOB]
    assert await other.users.get([ALICE]) == {}
