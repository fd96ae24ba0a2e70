"""A mongod as a replica set of one: transactions and majority reads need a set."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from parley.local.children import Program
from parley.local.errors import CannotStartError

ROOT = Path(__file__).resolve().parents[2]
BUNDLED = ROOT / ".tools" / "mongodb" / "fiftyone" / "db" / "bin" / "mongod"
SET = "rs0"
ANSWER_SECONDS = 3.0
NOT_YET_INITIALIZED = 94  # MongoDB's error codes
INVALID_REPLICA_SET_CONFIG = 93


@dataclass(frozen=True, slots=True)
class MongodNode:
    """One mongod: where its data is, where it listens, and how much it keeps in memory and in its oplog."""

    directory: Path
    port: int
    cache_gigabytes: float = 1.0
    oplog_megabytes: int = 2048

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={SET}"


def prepare(node: MongodNode, log: Path) -> Program:
    """Say how to run it. Ready means that it is a primary; a new one is made a replica set on the way.

    Raises CannotStartError when there is no mongod.
    """
    node.directory.mkdir(parents=True, exist_ok=True)
    return Program(
        name="mongod",
        command=(
            *(find_mongod(), "--dbpath", str(node.directory), "--port", str(node.port), "--bind_ip", "127.0.0.1"),
            *("--replSet", SET, "--oplogSize", str(node.oplog_megabytes), "--nounixsocket", "--quiet"),
            *("--wiredTigerCacheSizeGB", str(node.cache_gigabytes)),
            # A writer that is killed within a transaction holds up its conversations for so long (60 s by default).
            *("--setParameter", "transactionLifetimeLimitSeconds=5"),
        ),
        log=log,
        ready=lambda: asyncio.to_thread(_becomes_primary, node.port),
        grace=30.0,
    )


def find_mongod() -> str:
    """The mongod on PATH, else the one that `make setup` installs. Raises CannotStartError when there is neither."""
    mongod = shutil.which("mongod") or shutil.which(BUNDLED)
    if mongod is None:
        raise CannotStartError("mongod is missing: run `make setup`, or install MongoDB, or set PARLEY_MONGO_URL")
    return mongod


def _becomes_primary(port: int) -> bool:
    milliseconds = int(ANSWER_SECONDS * 1000)
    with MongoClient[dict[str, Any]](
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=milliseconds, timeoutMS=milliseconds
    ) as client:
        try:
            return _is_primary(client, f"127.0.0.1:{port}")
        except PyMongoError:  # not up yet, or busy becoming what it shall be
            return False


def _is_primary(client: MongoClient[dict[str, Any]], address: str) -> bool:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as failure:
        if failure.code == NOT_YET_INITIALIZED:
            members = [{"_id": 0, "host": address}]
            client.admin.command("replSetInitiate", {"_id": SET, "members": members})
        elif failure.code == INVALID_REPLICA_SET_CONFIG:
            _rename_member(client, client.local["system.replset"].find_one() or {}, address)
        return False
    if config["members"][0]["host"] != address:
        _rename_member(client, config, address)
        return False
    return bool(client.admin.command("hello").get("isWritablePrimary"))


def _rename_member(client: MongoClient[dict[str, Any]], config: dict[str, Any], address: str) -> None:
    """The data is older than the port: the set knows its only member by another name."""
    config["members"][0]["host"] = address
    config["version"] += 1
    client.admin.command("replSetReconfig", config, force=True)
