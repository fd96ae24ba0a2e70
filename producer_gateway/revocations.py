"""Which sign-ins are over, asked of the store now and then."""

import asyncio

from domain.limits import CAPACITY
from store.errors import StoreUnavailable
from store.ports import Logins

BELIEVED_SECONDS = 10.0


class Revocations:
    """For requests, of which one sign-in sends many: that it goes on is believed for some seconds, that it is over for
    ever. While the store cannot say, it goes on."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins
        self._seen: dict[str, float] = {}

    async def is_over(self, login: str) -> bool:
        now = asyncio.get_running_loop().time()
        if self._seen.get(login, 0.0) > now:
            return False
        try:
            over = login in await self._logins.ended([login])
        except StoreUnavailable:
            return False
        if not over:
            self._believe(login, now + BELIEVED_SECONDS)
        return over

    def _believe(self, login: str, until: float) -> None:
        self._seen.pop(login, None)
        if len(self._seen) >= CAPACITY:
            del self._seen[next(iter(self._seen))]
        self._seen[login] = until
