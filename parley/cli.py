"""The command line. Each command loads its own code only when it is called."""

import sys
from importlib import import_module
from typing import Annotated, Any

import typer

from parley.settings import BadSettingsError, Settings, load_settings

FORWARDS_ITS_ARGUMENTS: dict[str, Any] = {"ignore_unknown_options": True, "help_option_names": []}

app = typer.Typer(
    name="parley",
    help="Parley, a chat platform on Apache Kafka.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would show the values of variables, secrets among them
)

Rest = Annotated[list[str] | None, typer.Argument()]


def main() -> None:
    """Run the command line. Bad settings end in one line each on stderr, and exit code 2."""
    try:
        app()
    except BadSettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="The address that the servers listen on.")] = None,
    app_port: Annotated[int | None, typer.Option(help="The app and the REST API.")] = None,
    edge_ports: Annotated[str | None, typer.Option(help="One edge for each, for example 8081,8082.")] = None,
    kafka_port: Annotated[int | None, typer.Option(help="The broker's port.")] = None,
    mongod_port: Annotated[int | None, typer.Option(help="The port of mongod.")] = None,
    var: Annotated[str | None, typer.Option(help="Where data, logs and secrets are kept.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
) -> None:
    """Start Kafka, mongod and every service on this machine, and keep them running until Ctrl-C."""
    settings = load_settings(
        host=host,
        app_port=app_port,
        edge_ports=edge_ports,
        kafka_port=kafka_port,
        mongod_port=mongod_port,
        var=var,
        log_level=log_level,
    )
    raise typer.Exit(_load("parley.local.up", "up")(settings))


@app.command()
def erase(
    user: Annotated[str, typer.Argument(help="A username or a user's id.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without this, it is only said whose account it is.")
    ] = False,
) -> None:
    """Erase somebody's account for good, when he asks for it and cannot do it himself."""
    raise typer.Exit(_load("parley.erasing", "erase")(load_settings(), user, for_good=yes))


@app.command()
def edge(
    node: Annotated[str, typer.Option(help="This edge's name, unique in the fleet.")] = "edge-1",
    port: Annotated[int | None, typer.Option(help="Its port; without it, the first of edge_ports.")] = None,
) -> None:
    """Serve WebSockets."""
    settings = load_settings()
    _load("parley.edge", "main")(settings, node, settings.edge_ports[0] if port is None else port)


@app.command()
def api() -> None:
    """Serve the REST API and the app."""
    _run("parley.api", load_settings())


@app.command()
def router() -> None:
    """Forward commands from the users' topics to the conversations."""
    _run("parley.router", load_settings())


@app.command()
def writer() -> None:
    """Decide, store and push, in the order of each conversation."""
    _run("parley.writer", load_settings())


@app.command()
def notifications() -> None:
    """Tell members elsewhere of messages that do not reach them."""
    _run("parley.notifications", load_settings())


@app.command()
def delivery_status() -> None:
    """Keep how far members have got and read, and tell the senders."""
    _run("parley.delivery_status", load_settings())


@app.command()
def search_index() -> None:
    """Keep the words of messages, to be searched."""
    _run("parley.search_index", load_settings())


@app.command()
def session_expiry() -> None:
    """Remove the sessions of edges that are gone."""
    _run("parley.session_expiry", load_settings())


@app.command(context_settings=FORWARDS_ITS_ARGUMENTS)
def chat(arguments: Rest = None) -> None:
    """Chat in this terminal."""
    _hand_over("parley.chat", "chat", arguments)


@app.command(context_settings=FORWARDS_ITS_ARGUMENTS)
def inspect(arguments: Rest = None) -> None:
    """Look into topics, lag, records, dead letters, and follow one message through every hop."""
    _hand_over("parley.inspect", "app", arguments)


def _run(module: str, settings: Settings) -> None:
    _load(module, "main")(settings)


def _hand_over(module: str, name: str, arguments: list[str] | None) -> None:
    command = _load(module, name)
    if not isinstance(command, typer.Typer):
        function, command = command, typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        command.command()(function)
    command(args=arguments or [], prog_name=f"parley {module.rpartition('.')[2]}")


def _load(module: str, name: str) -> Any:
    return getattr(import_module(module), name)
