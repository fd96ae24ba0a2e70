from collections.abc import Sequence
from random import Random
from typing import cast

import pytest

from bus.errors import BusError, Unavailable
from bus.memory import MemoryBus, MemoryCluster
from bus.ports import Admin
from parley import topics
from schemas.topics import TopicSpec, fixed_topics


class Settling:
    """The administration of a cluster that is not ready for the first few calls."""

    def __init__(self, admin: Admin, errors: Sequence[BusError]) -> None:
        self._admin = admin
        self._errors = list(errors)

    async def create(self, specs: Sequence[TopicSpec]) -> frozenset[str]:
        made = await self._admin.create(specs)
        if self._errors:
            raise self._errors.pop(0)
        return made


async def created(*errors: BusError) -> MemoryCluster:
    cluster = MemoryCluster(lambda: 0)
    admin = cast("Admin", Settling(MemoryBus(cluster).admin(), errors))
    await topics.create(admin, fixed_topics(), Random(1))
    return cluster


async def test_a_cluster_that_has_just_started_is_waited_for() -> None:
    cluster = await created(Unavailable("no leader"), Unavailable("its offsets are not known right now"))
    assert set(cluster.topics()) == {spec.name for spec in fixed_topics()}


async def test_what_waiting_does_not_help_ends_the_start() -> None:
    with pytest.raises(BusError, match="bad name"):
        await created(BusError("bad name"))


async def test_the_wait_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "_PATIENCE_SECONDS", 0.0)
    with pytest.raises(Unavailable, match="away"):
        await created(*[Unavailable("away")] * 3)
