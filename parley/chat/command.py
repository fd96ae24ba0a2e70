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

from parley.chat.screens import Screen, open_screen
from parley.chat.talk import Talk
from parley_client import Client, Rest
from parley_client.errors import ParleyError

PASSWORD = "PARLEY_CHAT_PASSWORD"  # noqa: S105 (the name of a variable)


def chat(
    user: Annotated[str, typer.Option(help="Your username.")],
    server: Annotated[str, typer.Option(help="The address of the app.")] = "http://127.0.0.1:8080",
    register: Annotated[bool, typer.Option("--register", help="Make the account first.")] = False,
    with_: Annotated[str | None, typer.Option("--with", help="Talk with this user.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Open the conversation with this id.")] = None,
    group: Annotated[str | None, typer.Option(help="Open your group of this name; made when there is none.")] = None,
    member: Annotated[list[str] | None, typer.Option(help="A member of a group that is made; can be repeated.")] = None,
) -> None:
    """Chat in this terminal. With pipes in place of the terminal, every line is a message or a command.

    The password is asked for, or taken from the variable PARLEY_CHAT_PASSWORD. Exit code 1: something was not sent,
    or the chat could not begin.
    """
    if sum(choice is not None for choice in (with_, conversation, group)) > 1:
        raise typer.BadParameter("at most one of --with, --conversation and --group")
    password = _password(new=register)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # what matters is shown as it happens
    try:
        if register:
            asyncio.run(_register(server, user, password))
        with open_screen() as screen:
            begin = partial(_begin, user=with_, conversation=conversation, group=group, members=tuple(member or ()))
            complete = asyncio.run(_chat(screen, Client(server, username=user, password=password), begin))
    except ParleyError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(1) from None
    raise typer.Exit(0 if complete else 1)


async def _register(server: str, user: str, password: str) -> None:
    async with Rest(server) as rest:
        await rest.register(user, password)


async def _chat(screen: Screen, client: Client, begin: Callable[[Talk], Awaitable[None]]) -> bool:
    try:
        talk = Talk(client, await client.connect(), screen)
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


def _password(*, new: bool) -> str:
    given = os.environ.get(PASSWORD)
    if given:
        return given
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"set {PASSWORD}: there is no terminal to ask for the password")
    password = getpass.getpass("password: ")
    if new and getpass.getpass("once more: ") != password:
        raise typer.BadParameter("the two passwords differ")
    return password
