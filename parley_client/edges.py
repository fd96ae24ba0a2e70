"""Which edge to try next."""

from collections import deque

from parley_client.errors import RequestFailed, Unauthenticated, Unreachable
from parley_client.rest import Rest


class Edges:
    """The edges' addresses in the server's order, each once before any is tried again."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._known: tuple[str, ...] = ()
        self._untried: deque[str] = deque()

    async def next(self) -> str:
        """The address to try now. While the server cannot tell, those it told before are tried again.

        Raises Unauthenticated, and Unreachable or RequestFailed when no address is known.
        """
        if not self._untried:
            self._untried.extend(await self._ask())
        return self._untried.popleft()

    async def _ask(self) -> tuple[str, ...]:
        try:
            self._known = (await self._rest.where_to_connect()).urls or self._known
        except Unauthenticated:
            raise
        except (Unreachable, RequestFailed):
            if not self._known:
                raise
        if not self._known:
            raise Unreachable("there is no edge at the moment")
        return self._known
