"""What `bus.ports.Membership` promises."""

import pytest

from bus.errors import MembershipLost, NotOwner
from tests.bus.rigs import Member, Rig, eventually

EVERYTHING = frozenset(range(4))


def shared(one: Member, two: Member) -> bool:
    """Whether the two have all partitions, each one half."""
    return len(one.owned) == len(two.owned) == 2 and one.owned | two.owned == EVERYTHING


async def test_one_member_owns_everything_and_commits(rig: Rig) -> None:
    topic, group = await rig.topic(4), rig.name()
    member = Member(rig.bus, group, topic, "one")
    async with member.running():
        await eventually(lambda: member.owned == EVERYTHING)
        assert await member.membership.committed(EVERYTHING) == {}
        await member.membership.commit({0: 5, 3: 7})
        await member.membership.commit({0: 6})
        assert await member.membership.committed([0, 1]) == {0: 6}
    assert await rig.admin.committed(group, topic) == {0: 6, 3: 7}
    assert member.revocations == [EVERYTHING]


async def test_two_share_and_hand_over_after_the_first_has_finished(rig: Rig) -> None:
    topic, group = await rig.topic(4), rig.name()
    one, two = Member(rig.bus, group, topic, "one"), Member(rig.process(), group, topic, "two")
    seen: list[frozenset[int]] = []

    async def finish() -> None:
        await one.membership.commit({1: 9})
        seen.append(two.owned)

    one.on_revoked = finish
    async with one.running():
        await eventually(lambda: one.owned == EVERYTHING)
        async with two.running():
            await eventually(lambda: shared(one, two))
            assert seen == [frozenset()]
            assert await two.membership.committed([1]) == {1: 9}


async def test_what_is_not_owned_cannot_be_committed(rig: Rig) -> None:
    topic, group = await rig.topic(4), rig.name()
    one, two = Member(rig.bus, group, topic, "one"), Member(rig.process(), group, topic, "two")
    with pytest.raises(NotOwner) as refused:
        await one.membership.commit({0: 1})
    assert refused.value.partitions == {0}
    async with one.running(), two.running():
        await eventually(lambda: shared(one, two))
        with pytest.raises(NotOwner) as refused:
            await one.membership.commit(dict.fromkeys(EVERYTHING, 1))
        assert refused.value.partitions == two.owned


async def test_a_restarted_process_takes_over_at_once_and_the_old_one_is_fenced(rig: Rig) -> None:
    topic, group = await rig.topic(4), rig.name()
    old, new = Member(rig.bus, group, topic, "slot"), Member(rig.process(), group, topic, "slot")
    other = Member(rig.process(), group, topic, "other")
    async with old.running() as old_task, other.running():
        await eventually(lambda: shared(old, other))
        mine = old.owned
        async with new.running():
            await eventually(lambda: new.owned == mine)
            # The old one may not know yet: what it does not know is what makes it dangerous.
            with pytest.raises(NotOwner):
                await old.membership.commit(dict.fromkeys(mine, 1))
            await new.membership.commit(dict.fromkeys(mine, 2))
            await eventually(old_task.done)
            assert isinstance(old_task.exception(), MembershipLost)
            assert old.revocations[-1] == mine
            assert new.owned == mine
            assert len(other.revocations) <= 1


async def test_a_process_that_ends_keeps_its_slot_for_the_next(rig: Rig) -> None:
    topic, group = await rig.topic(4), rig.name()
    other = Member(rig.process(), group, topic, "other")
    async with other.running():
        first = Member(rig.bus, group, topic, "slot")
        async with first.running():
            await eventually(lambda: shared(first, other))
        theirs, told = other.owned, len(other.revocations)
        second = Member(rig.process(), group, topic, "slot")
        async with second.running():
            await eventually(lambda: shared(second, other))
            assert (other.owned, len(other.revocations)) == (theirs, told)


async def test_the_partitions_of_one_that_stays_away_are_shared_out(rig: Rig) -> None:
    topic, group = await rig.topic(4), rig.name()
    gone, kept = Member(rig.bus, group, topic, "one"), Member(rig.process(), group, topic, "two")
    async with kept.running():
        async with gone.running():
            await eventually(lambda: shared(gone, kept))
        await eventually(lambda: kept.owned == EVERYTHING)


async def test_groups_do_not_know_of_each_other(rig: Rig) -> None:
    topic = await rig.topic(4)
    one, two = Member(rig.bus, rig.name(), topic, "slot"), Member(rig.bus, rig.name(), topic, "slot")
    async with one.running(), two.running():
        await eventually(lambda: one.owned == two.owned == EVERYTHING)
        await one.membership.commit({0: 3})
        assert await two.membership.committed([0]) == {}
