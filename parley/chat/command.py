"""The command line of the terminal chat."""

import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import structlog
import typer

from parley.chat import lines
from parley.chat.arriving import Arrive, sign_in, take_seat
from parley.chat.screens import Screen, open_screen
from parley.chat.talk import Talk
from parley_client import Client, parse_link
from parley_client.errors import ParleyError
from parley_client.models import User

PASSWORD = "PARLEY_CHAT_PASSWORD"  # noqa: S105 (the name of a variable)
CODE = "PARLEY_CHAT_CODE"

Begin = Callable[[Talk], Awaitable[None]]


def chat(
    user: Annotated[str | None, typer.Option(help="Your username.")] = None,
    link: Annotated[str | None, typer.Option(help="The link to your seat in an ephemeral chat; no account.")] = None,
    server: Annotated[str, typer.Option(help="The address of the app.")] = "http://127.0.0.1:8080",
    register: Annotated[bool, typer.Option("--register", help="Make the account first.")] = False,
    with_: Annotated[str | None, typer.Option("--with", help="Talk with this user.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Open the conversation with this id.")] = None,
    group: Annotated[str | None, typer.Option(help="Open your group of this name; made when there is none.")] = None,
    member: Annotated[list[str] | None, typer.Option(help="A member of a group that is made; can be repeated.")] = None,
) -> None:
    """Chat in this terminal. With pipes in place of the terminal, every line is a message or a command.

    The password is asked for, or taken from the variable PARLEY_CHAT_PASSWORD; the code of a link likewise, from
    PARLEY_CHAT_CODE. Exit code 1: something was not sent, or the chat could not begin.
    """
    if sum(choice is not None for choice in (with_, conversation, group)) > 1:
        raise typer.BadParameter("at most one of --with, --conversation and --group")
    if (user is None) == (link is None):
        raise typer.BadParameter("either --user or --link")
    if link is not None:
        if register or with_ or conversation or group:
            raise typer.BadParameter("a --link leads to its one chat, and needs nothing else")
        raise typer.Exit(0 if _run(_to_seat(link), _sit_down) else 1)
    password = _secret(PASSWORD, "password", again=register)
    arrive = partial(sign_in, server=server, user=user or "", password=password, register=register)
    begin = partial(_begin, user=with_, conversation=conversation, group=group, members=tuple(member or ()))
    raise typer.Exit(0 if _run(arrive, begin) else 1)


def _run(arrive: Arrive, begin: Begin) -> bool:
    """Whether everything was sent."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # what matters is shown as it happens
    try:
        with asyncio.Runner() as runner:
            client, me = arrive(runner)
            with open_screen() as screen:
                return runner.run(_talk(client, me, screen, begin))
    except ParleyError as error:
        typer.echo(lines.failure(error), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(1) from None


def _to_seat(link: str) -> Arrive:
    try:
        server, token = parse_link(link)
    except ValueError as error:
        raise typer.BadParameter(f"--link: {error}") from None
    return partial(take_seat, server=server, token=token, code=_given(CODE, "code"))


async def _sit_down(talk: Talk) -> None:
    """There is one conversation, and one is in it."""
    await talk.open("1")


async def _talk(client: Client, me: User, screen: Screen, begin: Begin) -> bool:
    try:
        talk = Talk(client, me, screen)
        await talk.load()
        await begin(talk)
        return await talk.run()
    finally:
        await client.close()


async def _begin(
    talk: Talk, user: str | None, conversation: str | None, group: str | None, members: tuple[str, ...]
) -> None:
    if user is not None:
        await talk.open_user(user)
    elif conversation is not None:
        await talk.enter(conversation)
    elif group is not None:
        await talk.open_group(group, members)
    else:
        await talk.list_conversations()


def _secret(variable: str, what: str, *, again: bool = False) -> str:
    given = _given(variable, what)
    if given is not None:
        return given
    typed = getpass.getpass(f"{what}: ")
    if again and getpass.getpass("once more: ") != typed:
        raise typer.BadParameter("the two differ")
    return typed


def _given(variable: str, what: str) -> str | None:
    """A secret from a variable; None: there is a terminal to ask for it."""
    given = os.environ.get(variable, "")
    if given.strip():
        return given
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"set {variable}: there is no terminal to ask for the {what}")
    return None
