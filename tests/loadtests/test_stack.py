"""Only the stack of the given settings is put under load: nothing is written to, and nothing killed of, another's."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from loadtests.processes import Processes
from loadtests.stack import NotRunning, require_ours
from parley.local.ports import free_ports
from parley.settings import Settings

SECRET = "a secret of thirty-two characters or more"


@asynccontextmanager
async def answering(status: str) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def settings(var: Path, port: int) -> Settings:
    return Settings(var=var, app_port=port)


def with_secret(var: Path) -> Path:
    (var / "secrets").mkdir()
    (var / "secrets" / "token_secret").write_text(SECRET, encoding="ascii")
    return var


async def test_without_the_secret_of_an_installation_nothing_is_asked_and_none_is_made(tmp_path: Path) -> None:
    async with answering("200 OK") as port:
        with pytest.raises(NotRunning, match="not the directory of an installation"):
            await require_ours(settings(tmp_path, port))
    assert not list(tmp_path.iterdir())


async def test_a_stack_that_does_not_know_the_secret_is_somebody_elses(tmp_path: Path) -> None:
    async with answering("401 Unauthorized") as port:
        with pytest.raises(NotRunning, match="nothing was touched"):
            await require_ours(settings(with_secret(tmp_path), port))


async def test_a_stack_that_is_not_ready_is_left_alone(tmp_path: Path) -> None:
    async with answering("503 Service Unavailable") as port:
        with pytest.raises(NotRunning, match="not ready"):
            await require_ours(settings(with_secret(tmp_path), port))


async def test_where_nothing_answers_nothing_runs(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with pytest.raises(NotRunning, match="nothing answers"):
        await require_ours(settings(with_secret(tmp_path), port))


async def test_the_stack_that_knows_the_secret_is_ours(tmp_path: Path) -> None:
    async with answering("200 OK") as port:
        await require_ours(settings(with_secret(tmp_path), port))


def test_only_children_of_the_supervisor_that_holds_the_lock_are_ours(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    processes = Processes(settings(tmp_path, port))
    assert not processes.ours(os.getpid()), "there is no lock"
    (tmp_path / "lock").write_text(str(os.getpid()), encoding="ascii")
    assert not processes.ours(os.getpid()), "another holds it"
    (tmp_path / "lock").write_text(str(os.getppid()), encoding="ascii")
    assert processes.ours(os.getpid())
