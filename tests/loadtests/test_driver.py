"""The driver measures what it says it measures."""

import asyncio
import json
import os
import socket as sockets
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from websockets.asyncio.server import ServerConnection, serve

from loadtests import processes
from loadtests.checker import Verdict
from loadtests.clock import now
from loadtests.findings import Fault, Finding
from loadtests.history import Entry, Sent
from loadtests.recording import Recorder, Window
from loadtests.report import Report
from loadtests.socket import open_socket
from loadtests.traffic import Talk, open_loop
from loadtests.users import User
from tests.client.scripted import LIMIT, message, summary


async def test_the_open_loop_keeps_its_rate_and_catches_up_with_what_is_late() -> None:
    dues: list[float] = []
    start = now()

    def say(due: float) -> None:
        dues.append(due)
        if len(dues) == 10:
            busy = now() + 0.1
            while now() < busy:
                pass

    late = await open_loop(200.0, 0.3, say)
    assert len(dues) == 60
    assert [round((due - dues[0]) * 200) for due in dues] == list(range(60)), "due at a fixed rate, whatever happens"
    assert dues[0] - start < 0.1
    assert late >= 0.05


def sent(number: int) -> Sent:
    return Sent("c_1", "u_1", f"m{number}", f"text {number}", sent_at=0.0)


def test_latency_counts_from_when_a_message_was_due_and_only_within_the_window() -> None:
    recorder = Recorder()
    recorder.sending(sent(1), due=1.0)
    recorder.window = window = Window()
    recorder.sending(sent(2), due=2.0)
    recorder.window = None
    recorder.sending(sent(3), due=3.0)
    for number in (1, 2, 3):
        recorder.accepted(f"m{number}", 3.5)
        recorder.seen(f"m{number}", 4.0)
    assert list(window.acks.samples) == [1.5]
    assert list(window.deliveries.samples) == [2.0]
    assert window.late == [(4.0, 2.0)]
    assert window.sent == 1
    summary = window.deliveries.summary()
    assert summary["max"] == 2000.0
    assert summary["p50"] == pytest.approx(2000.0, rel=0.002)


def test_nothing_is_settled_before_it_is_answered_and_delivered() -> None:
    recorder = Recorder()
    for number in (1, 2):
        recorder.sending(sent(number), due=0.0)
    recorder.stored("m1", 1, 1)
    recorder.stored("m1", 1, 1)
    assert (recorder.unsettled, list(recorder.waiting)) == (1, ["m1", "m2"])
    recorder.seen("m1", 1.0)
    recorder.rejected("m2", "not_a_member")
    assert (recorder.unsettled, list(recorder.waiting)) == (0, [])
    assert recorder.errors == {"rejected: not_a_member": 1}
    assert recorder.sent["m1"].stored == {(1, 1)}


async def test_a_user_keeps_his_history_across_sockets() -> None:
    heard: list[dict[str, Any]] = []

    async def play(socket: ServerConnection) -> None:
        heard.append(json.loads(await socket.recv()))
        first = len(heard) == 1
        user = {"id": "u_1", "username": "alice"}
        await socket.send(json.dumps({"type": "connected", "user": user, "conversations": [summary()]}))
        if first:
            await socket.send(json.dumps(message(1)))
            await socket.send(json.dumps(message(1)))
            heard.append(json.loads(await socket.recv()))
            error = {"code": "rate_limited", "message": "", "retry": True}
            await socket.send(json.dumps({"type": "error", "id": "m9", "error": error}))
            await socket.wait_closed()
            return
        said = heard[1]
        missed = [message(2), message(3) | {"sender": "u_1", "client_id": said["id"], "text": said["text"]}]
        page = {"type": "changes", "conversation": "c_1", "epoch": "e", "from": 1, "to": 3, "more": False}
        await socket.send(json.dumps(page | {"messages": missed}))
        stored = {"type": "stored", "id": said["id"], "conversation": "c_1", "seq": 3, "rev": 3}
        await socket.send(json.dumps(stored))
        await socket.wait_closed()

    recorder = Recorder()
    async with asyncio.timeout(LIMIT), serve(play, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        user = User("u_1", "a token", f"ws://127.0.0.1:{port}/ws", recorder)
        user.conversation = "c_1"
        await user.connect()
        talk = Talk([user])
        talk.say(now())
        while not recorder.errors:
            await asyncio.sleep(0.01)
        user.cut()
        await user.connect()
        await user.emptied()
        user.cut()
    (device,) = recorder.devices
    assert [entry.rev for entry in device.seen] == [1, 2, 3]
    assert device.duplicates == 1
    assert heard[2]["cursors"] == {"c_1": {"epoch": "e", "rev": 1}}
    assert recorder.errors == {"error: rate_limited": 1}, "a socket that was cut on purpose is no error"
    assert recorder.unsettled == 0
    assert device.seen[0] == Entry("c_1", "e", 1, 1, "u_2", "m1", "text 1")


async def test_a_socket_that_ends_by_itself_is_an_error() -> None:
    async def play(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps({"type": "connected", "user": {}, "conversations": []}))
        await socket.close(4430)

    recorder = Recorder()
    async with asyncio.timeout(LIMIT), serve(play, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        await User("u_1", "a token", f"ws://127.0.0.1:{port}/ws", recorder).connect()
        while not recorder.errors:
            await asyncio.sleep(0.01)
    assert recorder.errors == {"socket lost: 4430": 1}


async def test_what_is_no_websocket_cannot_be_opened() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with asyncio.timeout(LIMIT), server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionError, match="503"):
            await open_socket(f"ws://127.0.0.1:{port}/", lambda frame, at: None, lambda socket: None)


def test_processes_are_found_by_the_ports_they_listen_on() -> None:
    with sockets.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert processes.find({"me": port}) == {"me": os.getpid()}
    assert processes.find({"me": port}) == {}


def test_usage_counts_cpu_seconds_of_processes_that_stayed() -> None:
    before = processes.usage(os.getpid())
    assert before is not None
    busy = now() + 0.1
    while now() < busy:
        pass
    after = processes.usage(os.getpid())
    assert after is not None
    assert after.cpu > before.cpu
    assert after.rss > 2**20
    replaced = processes.Usage(pid=1, cpu=0.0, rss=0)
    used = processes.cpu_between(
        processes.Reading(0.0, {"me": before, "killed": replaced}),
        processes.Reading(1.0, {"me": after, "killed": before}),
    )
    assert used == {"me": after.cpu - before.cpu}
    assert processes.usage(2**22 + 1) is None


def test_a_report_tells_people_and_programs_the_same(tmp_path: Path) -> None:
    finding = Finding(Fault.LOST, "c_1", "m1", "of u_1")
    report = Report("pairs", {"users": 2}, errors={"socket lost: 4430": 2})
    report.verdict = Verdict((finding,), sent=3, acknowledged=3, unanswered=0, stored=2, seen=4, raw_duplicates=1)
    report.add("rate", {"sent per s": 12.5}, {"sent per s": 1000})
    assert not report.ok
    console = Console(record=True, width=120, file=(tmp_path / "shown").open("w"))
    report.show(console)
    console.file.close()
    shown = console.export_text()
    for expected in ("12.50", "1,000", "socket lost: 4430", "lost: m1 in c_1 of u_1", "1 faults"):
        assert expected in shown
    report.save(tmp_path / "deep" / "report.json")
    saved = json.loads((tmp_path / "deep" / "report.json").read_bytes())
    assert saved["sections"]["rate"] == [{"sent per s": 12.5}, {"sent per s": 1000}]
    assert saved["verdict"]["findings"][0]["fault"] == "lost"
