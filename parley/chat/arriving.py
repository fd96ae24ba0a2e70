"""How somebody gets into a chat: by an account, or by a link and its code."""

import asyncio
import getpass
from collections.abc import Callable

import typer

from parley.chat import lines
from parley_client import Client, Rest, Seat
from parley_client.errors import NotFound, ParleyError, WrongPassword
from parley_client.models import User
from parley_client.rest import SeatView

Arrived = tuple[Client, User]
Arrive = Callable[[asyncio.Runner], Arrived]
"""Gets somebody in. What has to be asked is asked while no loop runs: there Ctrl-C is obeyed at once."""


class LeadsNowhere(ParleyError):
    """There is no chat at the end of a link, or none any more: nobody can tell which."""

    def __init__(self) -> None:
        super().__init__("This link leads nowhere: it is mistyped, or its chat has ended.")


def sign_in(runner: asyncio.Runner, *, server: str, user: str, password: str, register: bool) -> Arrived:
    """By an account, made first where that is wished for. Raises what the client raises."""
    if register:
        runner.run(_register(server, user, password))
    return runner.run(_connected(Client(server, username=user, password=password)))


def take_seat(runner: asyncio.Runner, *, server: str, token: str, code: str | None) -> Arrived:
    """By a link and its code. None: it is asked for at the terminal, by name, until it is right.

    Raises LeadsNowhere before any code is asked for, and what else the client raises; Exit when the person gives up,
    which costs no try.
    """
    seat = runner.run(_look(server, token))
    if code is not None:
        return runner.run(_enter(server, Seat(token, code)))
    typer.echo(lines.greeting(seat.name))
    while typed := _typed_code():
        try:
            return runner.run(_enter(server, Seat(token, typed)))
        except WrongPassword as wrong:
            typer.echo(lines.failure(wrong), err=True)
    raise typer.Exit(1)


def _typed_code() -> str:
    """Empty: the person gives up."""
    try:
        return getpass.getpass("code: ").strip()
    except EOFError:
        typer.echo(err=True)
        return ""


async def _register(server: str, user: str, password: str) -> None:
    async with Rest(server) as rest:
        await rest.register(user, password)


async def _look(server: str, token: str) -> SeatView:
    async with Rest(server) as rest:
        try:
            return await rest.look(token)
        except NotFound:
            raise LeadsNowhere from None


async def _enter(server: str, seat: Seat) -> Arrived:
    try:
        return await _connected(Client(server, seat=seat))
    except NotFound:
        raise LeadsNowhere from None


async def _connected(client: Client) -> Arrived:
    """Whoever does not get in leaves nothing open."""
    try:
        return client, await client.connect()
    except BaseException:
        await client.close()
        raise
