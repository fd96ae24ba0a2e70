"""What load tests ask of the API for people without an account."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from loadtests.clock import now

BUSY_SECONDS = 60.0
"""For so long what is refused for now is asked again."""
PAUSE_SECONDS = 0.25
_AGAIN = frozenset(
    {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT},
)


class Asking:
    """Asks again, and counts that, while the API makes one wait, has no time, does not know, or (for `patience`
    seconds) is not there. So whatever is asked may be done twice."""

    def __init__(self, http: httpx.AsyncClient, patience: float = 0.0) -> None:
        self._http = http
        self._patience = patience
        self.repeats = 0

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer, whatever it is. Raises httpx.TransportError when there is none in time."""
        began = now()
        while True:
            try:
                response = await self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                if now() - began > self._patience:
                    raise
                pause = PAUSE_SECONDS
            else:
                if response.status_code not in _AGAIN or now() - began > BUSY_SECONDS:
                    return response
                pause = float(response.headers.get("Retry-After", "1"))
            self.repeats += 1
            await asyncio.sleep(pause)

    async def done(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """What a request is answered that succeeds. Raises httpx.HTTPError when it does not."""
        response = await self.ask(method, path, body, headers)
        response.raise_for_status()
        return response.json() if response.content else None


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
