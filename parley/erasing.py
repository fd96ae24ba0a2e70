"""Erasing an account for somebody who cannot do it himself: he asks the operator."""

import structlog
import typer

from parley.inspect.auditing import keep
from parley.inspect.environment import Environment, environment
from parley.inspect.running import Failure, run
from parley.settings import Settings
from store.ports import Store

log = structlog.get_logger(__name__)


def erase(settings: Settings, named: str, *, for_good: bool) -> int:
    """Erase the account of that username or id; without `for_good`, say whose it would be. Returns the exit code."""
    typer.echo(run(_erase(environment(settings), named, for_good=for_good)))
    return 0


async def _erase(place: Environment, named: str, *, for_good: bool) -> str:
    async with place.store() as store:
        username, user, password_hash = await _account(store, named)
        if not for_good:
            return f"{user} ({username}) would be erased\nnothing was done: --yes does it"
        keep(place, "erase", user=user)
        if not await store.users.erase(user, password_hash):
            raise Failure(f"{user} was changed at this moment: try again")
        log.warning("account_erased", who=place.operator, user=user)
    return f"{user} ({username}) is erased; session-expiry closes his sockets and removes the rest within a minute"


async def _account(store: Store, named: str) -> tuple[str, str, str]:
    """Username, id and password hash. Raises Failure when there is no such account."""
    found = (await store.users.get([named])).get(named)
    credentials = await store.users.credentials(named if found is None else found.username)
    if credentials is None:
        raise Failure(f"there is no user {named}")
    user, password_hash = credentials
    return user.username, user.id, password_hash
