"""What every test of the inspections has."""

from collections.abc import Iterator

import pytest
import structlog

from tests.inspect.stage import look

__all__ = ["look"]


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command sets up the logs of its process: here it shares one with other tests."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
