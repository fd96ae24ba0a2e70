"""The sweep of group passwords: all that are due, however many."""

from random import Random

from consumers.session_expiry.group_passwords import GroupPasswordSweeper
from store.memory import MemoryDatabase, MemoryStore
from store.ports import PASSWORDS_KEPT, GroupPassword
from tests.making import NOW, conversation_id


async def test_a_sweep_goes_on_until_nothing_is_due() -> None:
    database = MemoryDatabase(lambda: NOW)
    store = MemoryStore(database)
    for number in range(250):
        await store.group_passwords.put(conversation_id(number), GroupPassword("v1", "a-hash"))
    now = NOW
    sweeper = GroupPasswordSweeper(store.group_passwords, lambda: now, Random(1))
    await sweeper.sweep()
    assert len(database.group_passwords) == 250
    now += PASSWORDS_KEPT
    await sweeper.sweep()
    assert not database.group_passwords
