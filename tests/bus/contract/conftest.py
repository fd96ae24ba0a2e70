"""Each test of the contract runs on both implementations."""

from collections.abc import AsyncIterator

import pytest

from tests.bus.rigs import InMemory, OnKafka, Rig


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.real)])
async def rig(request: pytest.FixtureRequest, unique: str) -> AsyncIterator[Rig]:
    on_kafka = request.param == "kafka"
    opened = Rig(OnKafka(request.getfixturevalue("kafka_bootstrap")) if on_kafka else InMemory(), unique)
    yield opened
    await opened.close()
