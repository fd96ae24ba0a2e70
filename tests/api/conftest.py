from collections.abc import AsyncIterator

import pytest

from tests.api.world import World, running


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running() as found:
        yield found
