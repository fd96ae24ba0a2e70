"""What people do beside talking: change what was said, and who is in a group. Mostly what they may, sometimes not."""

from collections.abc import Iterator
from random import Random

from loadtests.history import Wish
from tests.simulation.devices import Device, Seen

EMOJI = ("👍", "🎉")
_MISCHIEF = 0.1
"""How often somebody tries what he may not."""


def change(device: Device, conversation: str, random: Random) -> Wish | None:
    """Something to do to a message that the device shows; None when it shows none."""
    seen = device.seen.get(conversation)
    kind = random.choice(("edit", "edit", "delete", "react", "react", "react"))
    shown = [] if seen is None else [*_rightful(kind, device, seen, anything=random.random() < _MISCHIEF)]
    if not shown:
        return None
    seq = random.choice(shown[-6:])
    if kind == "react":
        return Wish(kind, seq, emoji=random.choice(EMOJI), on=random.random() < 0.7)
    return Wish(kind, seq)


def _rightful(kind: str, device: Device, seen: Seen, *, anything: bool) -> Iterator[int]:
    admin = seen.roles.get(device.user) == "admin"
    for seq, message in sorted(seen.messages.items()):
        talk = message["kind"] == "text" and "deleted_at" not in message
        own = message["sender"] == device.user or (kind == "delete" and admin)
        if anything or (talk and (own or kind == "react")):
            yield seq


def reshape(user: str, seen: Seen | None, users: list[str], staying: str, random: Random) -> Wish:
    """Something to do to a group, or to be in it again. `staying` is in it for good, so that it never ends."""
    others = [each for each in users if each not in (user, staying)]
    if seen is None:
        return Wish("join")
    mischief = random.random() < _MISCHIEF
    out = [each for each in others if each not in seen.roles]
    here = [each for each in others if each in seen.roles]
    if seen.roles.get(user) == "admin" or mischief:
        return random.choice([*_managing(out, here, user, staying, random)])
    return Wish("leave") if user != staying else Wish("role", user=user, role="admin")


def _managing(out: list[str], here: list[str], user: str, staying: str, random: Random) -> Iterator[Wish]:
    if out:
        yield from [Wish("add", user=random.choice(out))] * 2
    if here:
        yield from [Wish("remove", user=random.choice(here))] * 2
    yield Wish("role", user=random.choice([*here, user, staying]), role=random.choice(("admin", "member")))
    if user != staying:
        yield Wish("leave")
