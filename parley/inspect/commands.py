"""`parley inspect`: its commands, brought together."""

from typing import Annotated

import typer

from parley.inspect import dead_letter_commands, peek_command, tables
from parley.inspect.environment import environment_of
from parley.inspect.hops import CommandName
from parley.inspect.lag import GroupLag, measure
from parley.inspect.output import show_json, show_table
from parley.inspect.running import Failure, run
from parley.inspect.topics import TopicRow, survey
from parley.inspect.trace import SCANNED, Trace, name_of, trace
from schemas.ids import parse_message_id
from store.ports import Store

app = typer.Typer(
    name="inspect",
    help="Look into topics, lag, records and dead letters, and follow one message through every hop.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(dead_letter_commands.app, name="dlq")
app.command(name="peek")(peek_command.peek_command)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")]


@app.command()
def topics(
    context: typer.Context,
    users: Annotated[bool, typer.Option("--users", help="Each user's topic in a row of its own.")] = False,
) -> None:
    """Every topic with its partitions, records and retention."""
    environment = environment_of(context)

    async def look() -> list[TopicRow]:
        async with environment.bus() as bus:
            return list(await survey(bus.admin(), each_user=users))

    show_table(tables.topics_table(run(look())))


@app.command()
def lag(context: typer.Context, as_json: AsJson = False) -> None:
    """How far router and writer are behind, in records and in time; unread for more than 5 days is an alarm."""
    environment = environment_of(context)

    async def look() -> list[GroupLag]:
        async with environment.bus() as bus, environment.store() as store:
            return list(await measure(bus, store.router_positions))

    groups, now = run(look()), environment.now()
    if as_json:
        show_json(tables.lag_json(groups, now))
        return
    for table in tables.lag_tables(groups, now):
        show_table(table)


@app.command(name="trace")
def trace_command(
    context: typer.Context,
    message: Annotated[str | None, typer.Argument(metavar="MESSAGE_ID", help="<conversation id>.<seq>")] = None,
    command: Annotated[
        tuple[str, str, str] | None,
        typer.Option(metavar="CONVERSATION SENDER CLIENT_ID", help="A command instead, also one that was rejected."),
    ] = None,
    scan: Annotated[int, typer.Option(min=1, max=1_000_000, help="Records to look at in each partition.")] = SCANNED,
    as_json: AsJson = False,
) -> None:
    """Every hop of one message, with its time, topic, partition and offset."""
    environment = environment_of(context)
    if (message is None) == (command is None):
        raise typer.BadParameter("name a message, or a --command")

    async def look() -> Trace:
        async with environment.bus() as bus, environment.store() as store:
            name = await _name(store, message) if command is None else CommandName(*command)
            return await trace(bus, store, name, limit=scan)

    found = run(look())
    if as_json:
        show_json(tables.trace_json(found))
    else:
        show_table(tables.trace_table(found))


async def _name(store: Store, message: str | None) -> CommandName:
    try:
        conversation, seq = parse_message_id(message or "")
    except ValueError:
        raise Failure(f"{message!r} is no message id: they are <conversation id>.<seq>") from None
    return await name_of(store, conversation, seq)
