"""Which user topics have something new, as edges and apis hint: the reader is prompted, and need not look at all."""

import asyncio
from random import Random

import structlog
from pydantic import ValidationError

from bus.errors import BusError
from bus.ports import Admin, Partition, Reader, Record
from schemas import metrics
from schemas.topics import USER_ACTIVITY
from schemas.user_activity import UserActivity

log = structlog.get_logger(__name__)

_WAIT_SECONDS = 0.5
_RETRY_SECONDS = 0.5


class Prompter:
    """Passes on the hints that come from now on; what was hinted at before, the reader finds by itself."""

    def __init__(self, admin: Admin, hints: Reader, commands: Reader, random: Random) -> None:
        self._admin = admin
        self._hints = hints
        self._commands = commands
        self._random = random

    async def run(self) -> None:
        """Prompt until cancelled."""
        self._hints.add(await self._ends())
        while True:
            for records in (await self._hints.poll(_WAIT_SECONDS)).values():
                for record in records:
                    self._commands.prompt(Partition(topic) for topic in _topics(record))

    async def _ends(self) -> dict[Partition, int]:
        while True:
            try:
                partitions = (await self._admin.topics(USER_ACTIVITY)).get(USER_ACTIVITY, 0)
                ends = await self._admin.end_offsets(Partition(USER_ACTIVITY, n) for n in range(partitions))
            except BusError as error:
                log.warning("hints_delayed", error=repr(error))
            else:
                if ends:
                    return dict(ends)
            await asyncio.sleep(_RETRY_SECONDS * self._random.uniform(0.5, 1.5))


def _topics(record: Record) -> tuple[str, ...]:
    try:
        return UserActivity.model_validate_json(record.value or b"").topics
    except ValidationError:
        metrics.ROUTER_HINTS_UNREADABLE.inc()
        return ()
