"""What these tests ask of Kafka alone."""

from collections.abc import AsyncIterator

import pytest

from tests.bus.rigs import OnKafka, Rig


@pytest.fixture
async def rig(kafka_bootstrap: str, unique: str) -> AsyncIterator[Rig]:
    opened = Rig(OnKafka(kafka_bootstrap), unique)
    yield opened
    await opened.close()
