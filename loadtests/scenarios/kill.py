"""Every kind of process is killed again and again while people talk: nothing may be lost, and how long it takes."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from random import Random
from statistics import median

from loadtests import deadlines, notified
from loadtests.absent import Absence, receiving
from loadtests.checker import check
from loadtests.clock import now
from loadtests.deadlines import Leave, Outage
from loadtests.killing import Killed, is_back, kill_one, require_ours
from loadtests.recording import Recorder, Window
from loadtests.report import Report, Row
from loadtests.resuming import ResumingTalk, ResumingUser
from loadtests.stack import Person, Stack
from loadtests.traffic import CONNECT_AT_ONCE, Crowd, history, no_garbage_collection, open_loop, settle
from loadtests.users import User, connect_all
from loadtests.visiting import Visitors

NOTIFICATIONS = "notifications"
KINDS = ("edge", "router", "writer", "delivery-status", NOTIFICATIONS, "session-expiry", "api", "kafka", "mongod")
AWAY = 4
"""People who are not there and are told of what is written to them, where whoever tells them is killed."""
VISITORS = 20
CONNECT_SECONDS = 120.0
RECOVERY_SECONDS = 180.0
CALM_SECONDS = 1.0
"""Deliveries flow again when nothing older than this is waiting."""
LEAST_SECONDS = 3.0
"""What a kill does shows by then."""
LOOK_SECONDS = 0.05
WHOLE_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One that was done."""

    kind: str
    at: float
    over: float
    """When everything flowed again."""
    row: Row


async def kill(
    stack: Stack, *, kinds: Sequence[str], times: int, users: int, rate: float, topics: int, between: float
) -> Report:
    """Kill one process of each kind, so many times each, with so many seconds of calm in between."""
    parameters = {"kinds": kinds, "times": times, "users": users, "rate": rate, "topics": topics, "between": between}
    report = Report("kill", parameters)
    require_ours(stack, kinds)
    await _have_topics(stack, topics)
    people = await stack.people(users)
    async with receiving(stack) if NOTIFICATIONS in kinds else nullcontext() as absence:
        conversations = await _converse(stack, people, absence)
        await _run(stack, report, Crowd(people, [], conversations, Recorder()), absence)
    return report


async def _run(stack: Stack, report: Report, crowd: Crowd, absence: Absence | None) -> None:
    recorder, given = crowd.recorder, report.parameters
    pairs = [crowd.conversations[number // 2] for number in range(len(crowd.people))]
    talkers = [_talker(stack, *who, recorder) for who in zip(crowd.people, pairs, strict=True)]
    visitors = Visitors(stack, await stack.people(VISITORS), await stack.urls(crowd.people[0]), Recorder())
    kills: list[Kill] = []
    async with asyncio.TaskGroup() as tasks:
        living = [tasks.create_task(talker.live()) for talker in talkers]
        async with asyncio.timeout(CONNECT_SECONDS):
            await asyncio.gather(*(talker.connected.wait() for talker in talkers))
        stack.say(f"{len(talkers)} users connected")
        visiting = tasks.create_task(visitors.live(Random(0)))
        with no_garbage_collection():
            talking = tasks.create_task(open_loop(given["rate"], WHOLE_DAY, ResumingTalk(talkers).say))
            await asyncio.sleep(given["between"])
            for turn in range(given["times"]):
                for kind in given["kinds"]:
                    kills.append(await _kill_one(stack, recorder, kind, turn))
                    await asyncio.sleep(given["between"])
            talking.cancel()
            settled = await settle(recorder)
        if absence is not None:
            await _judge_notifications(report, absence, recorder, kills)
        visiting.cancel()
        await asyncio.wait([visiting])
        rested = await visitors.rest()
        for task in living:
            task.cancel()
    report.add("kills", *(kill.row for kill in kills))
    report.add("recovery", *(_of_kind(kind, kills) for kind in given["kinds"]))
    report.add("the end", {"messages": len(recorder.sent), "settled": settled})
    _judge_presence(report, rested, visitors.leaves, kills)
    report.errors = recorder.errors
    report.verdict = check(await history(stack, crowd))


async def _converse(stack: Stack, people: Sequence[Person], absence: Absence | None) -> list[str]:
    """A conversation for every two of them; with some, somebody is in it who is away."""
    pairs = list(zip(people[::2], people[1::2], strict=True))
    if absence is None:
        return await stack.pair_up(pairs)
    away = await stack.people(min(AWAY, len(pairs)))
    return [*await absence.gather(pairs[: len(away)], away), *await stack.pair_up(pairs[len(away) :])]


def _judge_presence(report: Report, rested: Row, leaves: Sequence[Leave], kills: Sequence[Kill]) -> None:
    report.add("presence", rested)
    report.add("deadlines", deadlines.figures(leaves))
    if rested["wrongly told"]:
        report.faults.append(f"{rested['wrongly told']} visitors are told to be what they are not")
    outages = [Outage(kill.kind, kill.at, kill.over) for kill in kills]
    report.faults += map(str, deadlines.judge(leaves, outages))


async def _judge_notifications(report: Report, absence: Absence, recorder: Recorder, kills: Sequence[Kill]) -> None:
    run = await absence.told(recorder, [kill.at for kill in kills if kill.kind == NOTIFICATIONS])
    await absence.end()
    report.add("notifications", run.figures())
    report.faults += map(str, notified.judge(run))


async def _have_topics(stack: Stack, count: int) -> None:
    """So many users come, get their topics, and leave: their topics stay, and are read."""
    if count == 0:
        return
    people = await stack.people(count)
    urls = await stack.urls(people[0])
    recorder = Recorder()
    users = [User(person.id, person.token, urls[n % len(urls)], recorder) for n, person in enumerate(people)]
    await connect_all(users, CONNECT_AT_ONCE)
    await stack.topics_opened(people)
    for user in users:
        user.cut()


def _talker(stack: Stack, person: Person, conversation: str, recorder: Recorder) -> ResumingUser:
    return ResumingUser(stack.settings.public_url, person, conversation, recorder)


async def _kill_one(stack: Stack, recorder: Recorder, kind: str, turn: int) -> Kill:
    recorder.window = window = Window()
    killed = kill_one(stack, kind, turn)
    victim, at = killed.name, killed.at
    recovered, back = await _recovery(stack, recorder, killed)
    recorder.window = None
    late = max((came - at for came, _ in window.late), default=0.0)
    receipts = max((came - at for came in window.late_receipts), default=0.0)
    row = {
        "killed": victim,
        "recovery s": late if recovered else float("inf"),
        "receipts s": receipts if recovered else float("inf"),
        "process back s": back,
        "longest delivery s": max(window.deliveries.samples, default=0.0),
        "late": len(window.late),
        "messages": window.sent,
    }
    stack.say(
        f"{victim} killed: deliveries flow again after {late:.1f} s, receipts after {receipts:.1f} s,"
        f" the process is back after {back:.1f} s"
    )
    return Kill(kind, at, now(), row)


async def _recovery(stack: Stack, recorder: Recorder, killed: Killed) -> tuple[bool, float]:
    """Wait until deliveries flow and the process is back; whether they do, and when it was."""
    at, back = killed.at, float("inf")
    while now() - at < RECOVERY_SECONDS:
        await asyncio.sleep(LOOK_SECONDS)
        if back == float("inf") and is_back(stack, killed):
            back = now() - at
        oldest = min(next(iter(recorder.waiting.values()), now()), recorder.oldest_unheard() or now())
        if now() - oldest < CALM_SECONDS and now() - at > LEAST_SECONDS and back != float("inf"):
            return True, back
    return False, back


def _of_kind(kind: str, kills: Sequence[Kill]) -> Row:
    killed = [kill.row for kill in kills if kill.kind == kind]
    times, receipts = [row["recovery s"] for row in killed], [row["receipts s"] for row in killed]
    return {
        "kind": kind,
        "kills": len(times),
        "least s": min(times),
        "median s": median(times),
        "most s": max(times),
        "receipts, median s": median(receipts),
        "receipts, most s": max(receipts),
    }
