"""`parley erase`, on a real mongod."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.identity import User
from parley.cli import app
from schemas.ids import new_user_id
from store.mongo import open_store


@pytest.fixture
def user(mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A user of a database that the settings name."""
    made = User(new_user_id(), "alice", datetime.now(UTC))

    async def make() -> None:
        store = await open_store(mongo_url, database_name)
        await store.users.create(made, "a-hash")
        await store.close()

    asyncio.run(make())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARLEY_MONGO_URL", mongo_url)
    monkeypatch.setenv("PARLEY_MONGO_DATABASE", database_name)
    return made.id


def test_it_is_done_when_it_is_meant(user: str) -> None:
    asked = CliRunner().invoke(app, ["erase", "ALICE"])
    assert (asked.exit_code, user in asked.output, "nothing was done" in asked.output) == (0, True, True)
    done = CliRunner().invoke(app, ["erase", user, "--yes"])
    assert (done.exit_code, f"{user} (alice) is erased" in done.output) == (0, True)
    for named in (user, "alice"):
        again = CliRunner().invoke(app, ["erase", named, "--yes"])
        assert (again.exit_code, f"there is no user {named}" in again.output) == (1, True)
