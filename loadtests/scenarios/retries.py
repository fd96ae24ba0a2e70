"""Every message is sent, its socket cut, and sent again under the same id: none may be stored or seen twice."""

import asyncio
from random import Random

from loadtests.checker import check
from loadtests.clock import now
from loadtests.report import Report
from loadtests.stack import Stack
from loadtests.traffic import Talk, gather, history, settle
from loadtests.users import User

BURST = 10
LONGEST_SECONDS = 0.25
ANSWER_SECONDS = 60.0


async def retries(stack: Stack, *, users: int, messages: int, seed: int) -> Report:
    """Bursts of BURST messages; each burst's socket is cut at a random moment within LONGEST_SECONDS."""
    report = Report("retries", {"users": users, "messages": messages, "burst": BURST, "seed": seed})
    crowd = await gather(stack, users)
    talk, random = Talk(crowd.users), Random(seed)
    rounds = messages // (BURST * users)
    began = now()
    for done in range(rounds):
        async with asyncio.TaskGroup() as tasks:
            for place, user in enumerate(crowd.users):
                first = (done * users + place) * BURST
                tasks.create_task(_burst(user, talk, first, random.uniform(0, LONGEST_SECONDS)))
        stack.say(f"{(done + 1) * users * BURST} messages sent twice and more")
    settled = await settle(crowd.recorder)
    report.add(
        "retries",
        {
            "messages": len(crowd.recorder.sent),
            "sockets cut": rounds * users,
            "answered before the cut": sum(user.settled_early for user in crowd.users),
            "seconds": now() - began,
            "settled": settled,
        },
    )
    report.errors = crowd.recorder.errors
    report.verdict = check(await history(stack, crowd))
    return report


async def _burst(user: User, talk: Talk, first: int, patience: float) -> None:
    for number in range(first, first + BURST):
        user.say(talk.message(user, number), now())
    frames = list(user.outbox.values())
    await asyncio.sleep(patience)
    user.settled_early += len(frames) - len(user.outbox)
    user.cut()
    await user.connect()
    for frame in frames:  # all of them, also those whose outcome is known: a client that has forgotten it would
        user.repeat(frame)
    async with asyncio.timeout(ANSWER_SECONDS):
        await user.emptied()
