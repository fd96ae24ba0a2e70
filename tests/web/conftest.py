"""The web app in Debian's Chromium, against `parley up`: a stack for each worker, a browser for each test."""

import re
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.local.running import stack_environment
from tests.local.test_up import Stack, running
from tests.web.people import People, a_browser

ROOT = Path(__file__).resolve().parents[2]
FAILED = pytest.StashKey[bool]()


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.path.is_relative_to(Path(__file__).parent):
        item.add_marker(pytest.mark.real)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("stack")
    settings = stack_environment(directory) | {"PARLEY_LIMIT_COMMANDS": "off", "PARLEY_LIMIT_FRAMES": "off"}
    with running(settings, directory / "up.log") as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as found:
        yield found


@pytest.fixture
async def people(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> AsyncIterator[People]:
    """Who takes part in a test. When it fails, traces and screenshots stay in test-results/."""
    found = People(browser, stack.app)
    yield found
    failed = request.node.stash.get(FAILED, False)
    name = re.sub(r"\W+", "-", request.node.name)
    await found.leave(ROOT / "test-results" / name if failed else None)
