"""Who is seen online, in a fleet that has come to rest: one person's devices leave, or die with their edges, stay away
for so long that his topic retires, and return with something to say.

Also, all the while things break: nobody whose socket has long been open is told to be offline.
"""

import asyncio
from collections.abc import Callable

from domain.presence import GRACE_SECONDS, Presence
from tests.simulation.devices import Device
from tests.simulation.world import IDLE_SECONDS, LEASE_SECONDS, World

_LONG_SECONDS = 35.0
"""Longer than any pause: what a process knew before it was paused may be told after."""
_SETTLE_SECONDS = 120.0
_TOLD_SECONDS = 15.0
_RETIRED_SECONDS = 120.0
"""The routers may stand still over his last words for longer than he stays away."""
_NOTICED_SECONDS = 2.5
"""To be back at an edge that was started anew, and to have its snapshot."""


class PresenceWatch:
    """Looks at sockets and at what is told of their users, four times a second."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open_since: dict[str, float] = {}
        self._online: set[str] = set()
        self.findings: list[str] = []

    async def run(self) -> None:
        while True:
            self._look(asyncio.get_running_loop().time())
            await asyncio.sleep(0.25)

    def _look(self, now: float) -> None:
        sessions = {seat.session.id: seat.session.user for seat in self._world.database.seats.values()}
        self._open_since = {session: self._open_since.get(session, now) for session in sessions}
        online = {user for user in self._world.users if told(self._world, user).online}
        for session, user in sessions.items():
            seconds = now - self._open_since[session]
            if user in self._online - online and seconds > _LONG_SECONDS:
                self.findings.append(f"{user} is told to be offline, {session} of his is open for {seconds:.1f} s")
        self._online = online


def told(world: World, user: str) -> Presence:
    return world.database.presences.get(user, Presence())


async def come_and_go(world: World, *, edges_die: bool) -> list[str]:
    """What goes wrong while one person leaves and returns; `edges_die` as he does."""
    person = world.users[0]
    his = [device for device in world.devices if device.user == person]
    others = [device for device in world.devices if device.user != person]
    if not await _holds(_SETTLE_SECONDS, lambda: all(_sees_everybody(world, device) for device in world.devices)):
        return ["not everybody is seen online in the end"]
    findings: list[str] = []
    await asyncio.sleep(_LONG_SECONDS)
    for device in his[1:]:
        device.leave()
    await asyncio.sleep(GRACE_SECONDS + 5.0)
    if not all(person in device.online for device in others):
        findings.append(f"{person} is not seen online any more, one of his devices is")
    await _last_words(world, his[0])
    his[0].leave()
    if edges_die:
        world.kill_edges()
    if not await _holds(_TOLD_SECONDS, lambda: not told(world, person).online):
        findings.append(f"{person} left and is not offline after {_TOLD_SECONDS} s")
    if not await _holds(_NOTICED_SECONDS, lambda: not any(person in device.online for device in others)):
        findings.append(f"{person} left and is still seen")
    findings += [
        f"{device.user} was there and is not told so" for device in others if not told(world, device.user).online
    ]
    findings += await _stay_away(world, person)
    for number, device in enumerate(his):
        device.say(f"back-{number}", world.random.choice(sorted(device.seen)), "back again")
        device.come_back()
    if not await _holds(_TOLD_SECONDS, lambda: all(_sees_everybody(world, device) for device in world.devices)):
        findings.append(f"{person} is back and not seen by everybody")
    return findings


async def _last_words(world: World, device: Device) -> None:
    """Accepted, and not forwarded for as long as the routers stand still."""
    if world.random.random() < 0.5:
        world.pause_routers(world.random.uniform(IDLE_SECONDS, 3 * IDLE_SECONDS))
    device.say("last-words", world.random.choice(sorted(device.seen)), "good night")
    await asyncio.sleep(1.0)


async def _stay_away(world: World, person: str) -> list[str]:
    """Until his topic retires, has been retired, or shortly before; the one who retires it may die."""
    removed = world.random.random() < 0.3
    away = world.random.uniform(IDLE_SECONDS, IDLE_SECONDS + LEASE_SECONDS + 10.0)
    if world.random.random() < 0.5:
        asyncio.get_running_loop().call_later(away - world.random.uniform(0.0, 3.0), world.kill_session_expiry)
    await asyncio.sleep(away)
    topic = world.database.user_topics.get(person)
    if removed and topic is not None and not await _holds(_RETIRED_SECONDS, lambda: topic.state == "absent"):
        return [f"the topic of {person} is idle and still there"]
    return []


def _sees_everybody(world: World, device: Device) -> bool:
    return device.online == set(world.users) - {device.user}


async def _holds(seconds: float, what: Callable[[], bool]) -> bool:
    """Whether it comes to hold in that time."""
    end = asyncio.get_running_loop().time() + seconds
    while not what():
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(0.1)
    return True
