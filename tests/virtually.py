"""Tests told as coroutines over a world of their own, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from tests.simulation.clock import run_virtually

W = TypeVar("W")


async def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait (virtual seconds) until something holds; AssertionError when it does not."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not holds():
        assert loop.time() < deadline, "it never came to hold"
        await asyncio.sleep(0.05)


def told_in(
    world: Callable[[], AbstractAsyncContextManager[W]],
) -> Callable[[Callable[[W], Awaitable[None]]], Callable[[], None]]:
    """A decorator that makes a test of a coroutine over a fresh world."""

    def decorate(scenario: Callable[[W], Awaitable[None]]) -> Callable[[], None]:
        async def tell() -> None:
            async with world() as fresh:
                await scenario(fresh)

        def test() -> None:
            run_virtually(tell())

        test.__name__ = getattr(scenario, "__name__", "test")
        test.__doc__ = scenario.__doc__
        return test

    return decorate
