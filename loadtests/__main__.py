"""`python -m loadtests`: put a running stack under load, then check the history of what happened."""

import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from loadtests.report import Report
from loadtests.scenarios.chats import KILLED
from loadtests.scenarios.chats import chats as run_chats
from loadtests.scenarios.group import group as run_group
from loadtests.scenarios.guesses import guesses as run_guesses
from loadtests.scenarios.idle import idle as run_idle
from loadtests.scenarios.kill import KINDS
from loadtests.scenarios.kill import kill as run_kill
from loadtests.scenarios.pairs import pairs as run_pairs
from loadtests.scenarios.retries import retries as run_retries
from loadtests.scenarios.saturate import saturate as run_saturate
from loadtests.stack import NotRunning, Stack, open_stack

app = typer.Typer(
    help="Put the stack that runs on this machine under load. It is found by the settings it was started with.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Users = Annotated[int, typer.Option(min=2, help="Connected users; they talk two and two.")]
Seconds = Annotated[float, typer.Option(min=1, help="How long is measured.")]
Json = Annotated[Path | None, typer.Option(help="Where the figures go as JSON; var/loadtests/… without it.")]


@app.command()
def pairs(
    users: Users = 1000,
    rate: float = 1000.0,
    seconds: Seconds = 60.0,
    warmup: float = 10.0,
    acknowledge: Annotated[bool, typer.Option(help="Every recipient says `delivered` at once, `read` later.")] = False,
    json: Json = None,
) -> None:
    """Pairs of users at a fixed rate: latency, CPU and memory."""
    _run(
        lambda stack: run_pairs(stack, users=users, rate=rate, seconds=seconds, warmup=warmup, acknowledge=acknowledge),
        json,
    )


@app.command()
def group(
    members: Annotated[int, typer.Option(min=2, max=200, help="Of the group, each with one device.")] = 100,
    rate: float = 50.0,
    seconds: Seconds = 60.0,
    warmup: float = 10.0,
    json: Json = None,
) -> None:
    """A large group in which every device acknowledges every message."""
    _run(lambda stack: run_group(stack, members=members, rate=rate, seconds=seconds, warmup=warmup), json)


@app.command()
def idle(users: Users = 1000, seconds: Seconds = 10.0, json: Json = None) -> None:
    """Connected users who say nothing: memory of each."""
    _run(lambda stack: run_idle(stack, users=users, seconds=seconds), json)


@app.command()
def saturate(
    users: Users = 200,
    start: float = 500.0,
    step: float = 500.0,
    seconds: Seconds = 10.0,
    limit: float = 20_000.0,
    json: Json = None,
) -> None:
    """Raise the rate until delivery takes a second (p99), or less than 95% of it comes through in time."""
    _run(lambda stack: run_saturate(stack, users=users, start=start, step=step, seconds=seconds, limit=limit), json)


@app.command()
def retries(users: Users = 100, messages: int = 10_000, seed: int = 1, json: Json = None) -> None:
    """Cut the socket of every message, and send it again under the same id."""
    _run(lambda stack: run_retries(stack, users=users, messages=messages, seed=seed), json)


@app.command()
def chats(
    count: Annotated[int, typer.Option(min=1, help="Ephemeral chats.")] = 1000,
    messages: Annotated[int, typer.Option(min=0, max=200, help="In each, by turns.")] = 10,
    at_once: Annotated[int, typer.Option(min=1, help="Chats at a time.")] = 20,
    kill: Annotated[
        list[str] | None,
        typer.Option(help=f"Of {', '.join(KILLED)}: processes that are killed (-9) in turn all the while."),
    ] = None,
    json: Json = None,
) -> None:
    """Start, use and end ephemeral chats: the time and CPU of each, and that nothing of them is left."""
    kinds = kill or ()
    _require_known(kinds, KILLED)
    _run(lambda stack: run_chats(stack, count=count, messages=messages, at_once=at_once, kinds=kinds), json)


@app.command()
def guesses(
    guesses: Annotated[int, typer.Option(min=20, help="In each of the three parts.")] = 10_000,
    seats: Annotated[int, typer.Option(min=20, help="That are guessed at in the second and third.")] = 1000,
    json: Json = None,
) -> None:
    """Guess at the codes of ephemeral chats, at one seat and across many: how many guesses are judged."""
    _run(lambda stack: run_guesses(stack, guesses=guesses, seats=seats), json)


@app.command()
def kill(
    kind: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(KINDS)}; all of them without it.")] = None,
    times: int = 5,
    users: Users = 60,
    rate: float = 300.0,
    topics: Annotated[int, typer.Option(help="Topics of other users that are there.")] = 5000,
    between: Annotated[float, typer.Option(help="Seconds of calm after each recovery.")] = 32.0,
    json: Json = None,
) -> None:
    """Kill (-9) every kind of process while clients that resume talk: how long until deliveries flow again."""
    kinds = kind or KINDS
    _require_known(kinds, KINDS)
    _run(
        lambda stack: run_kill(stack, kinds=kinds, times=times, users=users, rate=rate, topics=topics, between=between),
        json,
    )


def _require_known(kinds: Sequence[str], known: Sequence[str]) -> None:
    if unknown := [name for name in kinds if name not in known]:
        raise typer.BadParameter(f"there is no {', '.join(unknown)}")


def _run(scenario: Callable[[Stack], Awaitable[Report]], json: Path | None) -> None:
    console = Console()
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - began:7.1f} s  {text}", markup=False, highlight=False)

    async def run() -> tuple[Report, Path]:
        async with open_stack(say) as stack:
            report = await scenario(stack)
            name = f"{report.scenario}-{report.began:%Y%m%d-%H%M%S}.json"
            return report, json or stack.settings.var / "loadtests" / name

    try:
        report, path = uvloop.run(run())
    except NotRunning as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    report.show(console)
    report.save(path)
    say(f"figures are in {path}")
    raise typer.Exit(0 if report.ok else 1)


app()
