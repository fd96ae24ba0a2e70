"""`parley inspect peek`."""

from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from bus.ports import Bus
from parley.inspect.auditing import audit
from parley.inspect.decoding import as_line
from parley.inspect.environment import Environment, environment_of
from parley.inspect.moments import moment
from parley.inspect.output import remark, show_line
from parley.inspect.peek import Peek, Query, follow, peek
from parley.inspect.running import COMMAND_SECONDS, Failure, run


def peek_command(
    context: typer.Context,
    topic: Annotated[str | None, typer.Option(help="A topic's name.")] = None,
    user: Annotated[str | None, typer.Option(help="A user's id or username: what he submitted.")] = None,
    conversation: Annotated[str | None, typer.Option(help="A conversation's id.")] = None,
    since: Annotated[str | None, typer.Option(help="From when: 10m, 2h, 5d ago, or 2026-01-31T09:05:07Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Until when, likewise.")] = None,
    grep: Annotated[str | None, typer.Option(help="Only what contains this text. Needs --show-bodies.")] = None,
    following: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="So many records at most.")] = 20,
    show_bodies: Annotated[bool, typer.Option("--show-bodies", help="Show what people wrote. Audited.")] = False,
) -> None:
    """Decoded records, one JSON object a line: the newest, or with --since the first from then on."""
    environment = environment_of(context)
    if grep is not None and not show_bodies:
        raise typer.BadParameter("looking for text is looking at bodies: --grep needs --show-bodies")
    if following and until is not None:
        raise typer.BadParameter("--follow has no end: it goes without --until")
    query = Query(
        topic=topic,
        user=user,
        conversation=conversation,
        since=_moment(since, environment),
        until=_moment(until, environment),
        grep=grep,
        limit=limit,
        newest=following or since is None,
    )
    look = _look(environment, query, following=following, show_bodies=show_bodies)
    try:
        run(look, None if following else COMMAND_SECONDS)
    except KeyboardInterrupt:
        raise typer.Exit from None


def _moment(text: str | None, environment: Environment) -> datetime | None:
    try:
        return None if text is None else moment(text, environment.now())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


async def _look(environment: Environment, query: Query, *, following: bool, show_bodies: bool) -> None:
    query = replace(query, user=await _user(environment, query.user))
    if show_bodies:
        audit(environment, "peek", follow=following, **{name: getattr(query, name) for name in _ASKED})
    async with environment.bus() as bus:
        found = await peek(bus, query)
        for record in found.records:
            show_line(as_line(record, show_bodies=show_bodies))
        _remark(found)
        if following:
            await _follow(bus, query, found, show_bodies=show_bodies)


_ASKED = ("topic", "user", "conversation", "since", "until", "grep", "limit")


async def _user(environment: Environment, named: str | None) -> str | None:
    """A user's id, by his username if need be."""
    if named is None or named.startswith("u_"):
        return named
    async with environment.store() as store:
        found = await store.users.credentials(named)
    if found is None:
        raise Failure(f"there is no user {named}")
    return found[0].id


def _remark(found: Peek) -> None:
    if not found.records:
        remark("no such record")
    if found.unscanned:
        remark(f"{found.unscanned:,} records were not looked at: narrow it down with --since and --until")


async def _follow(bus: Bus, query: Query, found: Peek, *, show_bodies: bool) -> None:
    async with aclosing(follow(bus, query, found.looked_at)) as records:
        async for record in records:
            show_line(as_line(record, show_bodies=show_bodies))
