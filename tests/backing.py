"""Keeps one Kafka and one mongod for a test run, and removes them when the run has ended, however it ended.

`python -m tests.backing DIRECTORY [--run PID] [--kafka-port N] [--mongod-port N]` starts both with their data in
DIRECTORY, writes DIRECTORY/addresses.json when they can be used, and waits for SIGTERM or for the end of the process
PID. Then it stops both; with --run, it removes DIRECTORY too.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from parley.local import kafka, mongod
from parley.local.children import Child, Program
from parley.local.errors import CannotStartError
from parley.local.ports import free_ports
from parley.local.readiness import until_ready

READY_SECONDS = 120.0
ADDRESSES = "addresses.json"


def main() -> int:
    arguments = _arguments()
    try:
        asyncio.run(_keep(arguments))
    except CannotStartError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if arguments.run is not None:
            shutil.rmtree(arguments.directory, ignore_errors=True)
            arguments.directory.with_suffix(".lock").unlink(missing_ok=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--run", type=int)
    parser.add_argument("--kafka-port", type=int)
    parser.add_argument("--mongod-port", type=int)
    return parser.parse_args()


async def _keep(arguments: argparse.Namespace) -> None:
    ended = _end_of(arguments.run)
    directory: Path = arguments.directory
    ports = free_ports(3)
    kafka_node = kafka.KafkaNode(directory / "kafka", arguments.kafka_port or ports[0], ports[1], heap=("512m", "1g"))
    mongod_node = mongod.MongodNode(
        directory / "mongod", arguments.mongod_port or ports[2], cache_gigabytes=0.5, oplog_megabytes=256
    )
    programs = [
        await kafka.prepare(kafka_node, directory / "kafka.log"),
        mongod.prepare(mongod_node, directory / "mongod.log"),
    ]
    addresses = {"kafka": kafka_node.address, "mongo": mongod_node.url, "keeper": os.getpid()}
    await _serve(programs, directory / ADDRESSES, json.dumps(addresses), ended)


async def _serve(programs: list[Program], file: Path, addresses: str, ended: asyncio.Event) -> None:
    children = [await Child.start(program) for program in programs]
    try:
        await asyncio.gather(*(until_ready(child, READY_SECONDS) for child in children))
        draft = file.with_suffix(".draft")
        draft.write_text(addresses, encoding="utf-8")
        draft.replace(file)
        await ended.wait()
    finally:
        file.unlink(missing_ok=True)
        await asyncio.gather(*(child.stop() for child in children))


def _end_of(run: int | None) -> asyncio.Event:
    """Set at SIGTERM, SIGINT, or when the process `run` has ended (pidfd_open(2))."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if run is not None:
        loop.add_reader(os.pidfd_open(run), ended.set)
    return ended


if __name__ == "__main__":
    sys.exit(main())
