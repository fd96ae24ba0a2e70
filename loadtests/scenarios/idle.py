"""What a connected user costs who says nothing."""

import asyncio

from loadtests.clock import now
from loadtests.processes import cpu_between
from loadtests.recording import Recorder
from loadtests.report import Report
from loadtests.stack import Stack
from loadtests.traffic import CONNECT_AT_ONCE
from loadtests.users import User, connect_all

FIRST_USERS = 50
"""Connected before the first reading, so that what a process loads at its first user is not counted."""


async def idle(stack: Stack, *, users: int, seconds: float) -> Report:
    """Connect so many users, and watch what that takes for so many seconds."""
    report = Report("idle", {"users": users, "seconds": seconds})
    recorder = Recorder()
    people = await stack.people(FIRST_USERS + users)
    urls = await stack.urls(people[0])
    everyone = [User(person.id, person.token, urls[n % len(urls)], recorder) for n, person in enumerate(people)]
    await connect_all(everyone[:FIRST_USERS], CONNECT_AT_ONCE)
    await stack.topics_opened(people[:FIRST_USERS])
    await asyncio.sleep(3)
    stack.processes.refresh()
    before = stack.processes.read(now())
    await connect_all(everyone[FIRST_USERS:], CONNECT_AT_ONCE)
    await stack.topics_opened(people)
    connected = stack.processes.read(now())
    await asyncio.sleep(seconds)
    after = stack.processes.read(now())
    connecting, resting = cpu_between(before, connected), cpu_between(connected, after)
    grown = {name: after.processes[name].rss - before.processes[name].rss for name in resting}
    report.add(
        "processes",
        *(
            {
                "process": name,
                "RSS MiB before": before.processes[name].rss / 2**20,
                "RSS MiB after": after.processes[name].rss / 2**20,
                "KiB per user": grown[name] / 1024 / users,
                "CPU ms per user, connecting": 1000 * connecting.get(name, 0.0) / users,
                "% of a core, idle": 100 * resting[name] / (after.at - connected.at),
            }
            for name in sorted(resting)
        ),
    )
    edges = sum(bytes_ for name, bytes_ in grown.items() if name.startswith("edge"))
    report.add(
        "an idle user", {"KiB in the edges": edges / 1024 / users, "connecting took, s": connected.at - before.at}
    )
    report.errors = recorder.errors
    return report
