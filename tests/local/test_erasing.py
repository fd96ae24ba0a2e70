"""`parley erase`, on a real mongod."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from domain.identity import User
from parley.cli import app
from schemas.ids import new_user_id
from store.mongo import open_store

AUDIT_LOG = Path("var/log/audit.log")


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
    assert not AUDIT_LOG.exists()
    done = CliRunner().invoke(app, ["erase", user, "--yes"])
    assert (done.exit_code, f"{user} (alice) is erased" in done.output) == (0, True)
    kept = orjson.loads(AUDIT_LOG.read_bytes())
    assert (kept["what"], kept["asked"], bool(kept["who"])) == ("erase", {"user": user}, True)
    said = orjson.loads(done.stderr)
    assert (said["event"], said["user"], said["who"]) == ("account_erased", user, kept["who"])
    assert "alice" not in done.stderr + AUDIT_LOG.read_text(encoding="utf-8")
    for named in (user, "alice"):
        again = CliRunner().invoke(app, ["erase", named, "--yes"])
        assert (again.exit_code, f"there is no user {named}" in again.output) == (1, True)


def test_it_is_not_done_when_it_cannot_be_audited(user: str) -> None:
    AUDIT_LOG.mkdir(parents=True)
    for _ in range(2):
        done = CliRunner().invoke(app, ["erase", user, "--yes"])
        assert (done.exit_code, "erase is done only when that can be audited" in done.output) == (1, True)
