"""`parley inspect dlq`: list, show and redrive what could not be handled."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bus.ports import Bus, Partition
from parley.inspect import tables
from parley.inspect.auditing import audit
from parley.inspect.dead_letters import Box, Letter, parse_letter_id, read
from parley.inspect.decoding import as_object
from parley.inspect.environment import Environment, environment_of
from parley.inspect.output import remark, show_json, show_line, show_table
from parley.inspect.redriving import Redriver, original
from parley.inspect.running import Failure, run
from schemas.headers import DEAD_LETTER_CODE
from schemas.topics import DEAD_LETTERS

app = typer.Typer(help="What could not be handled: list it, show it, put it back.", no_args_is_help=True)


@app.command(name="list")
def list_command(
    context: typer.Context,
    code: Annotated[str | None, typer.Option(help="Only those with this code.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
) -> None:
    """The dead letters, the newest last."""
    environment = environment_of(context)

    async def look() -> Sequence[Letter]:
        async with environment.bus() as bus:
            return [one for one in (await read(bus)).letters if code in (None, one.said(DEAD_LETTER_CODE))]

    letters = run(look())
    if not letters:
        remark("no dead letters")
        return
    show_table(tables.letters_table(letters[-limit:]))
    if len(letters) > limit:
        remark(f"and {len(letters) - limit:,} older ones (--limit)")


@app.command()
def show(
    context: typer.Context,
    letter: Annotated[str, typer.Argument(metavar="ID", help="As the list names it, like 3/17.")],
    show_bodies: Annotated[bool, typer.Option("--show-bodies", help="Show what people wrote. Audited.")] = False,
) -> None:
    """One dead letter with its headers, as JSON."""
    environment = environment_of(context)

    async def look() -> Letter:
        wanted = parse_letter_id(letter)
        async with environment.bus() as bus:
            found = (await read(bus)).one(wanted)
        if show_bodies:
            audit(environment, "dlq show", letter=found.name)
        return found

    found = run(look())
    show_json({**as_object(found.record, show_bodies=show_bodies), "redriven": tables.redriven(found)})


@app.command()
def redrive(
    context: typer.Context,
    letters: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As the list names them.")] = None,
    code: Annotated[str | None, typer.Option(help="All with this code that were not put back yet.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only said.")] = False,
) -> None:
    """Put dead letters back where they came from: same bytes, key and headers. Each only once."""
    environment = environment_of(context)
    if bool(letters) == (code is not None):
        raise typer.BadParameter("name dead letters by their ids, or a --code")
    run(_redrive(environment, letters or (), code, yes=yes))


async def _redrive(environment: Environment, named: Sequence[str], code: str | None, *, yes: bool) -> None:
    ids = [parse_letter_id(each) for each in named]
    async with environment.bus() as bus:
        found = await read(bus)
        chosen = [found.one(each) for each in ids] if code is None else _of_code(found, code)
        await _require_origins(bus, chosen)
        if yes:
            await _do(environment, bus, found, chosen)
        else:
            _say(chosen)


def _of_code(found: Box, code: str) -> list[Letter]:
    """Of several letters of one original only the first: they are the same record."""
    chosen: dict[bytes | None, Letter] = {}
    for letter in found.letters:
        if letter.said(DEAD_LETTER_CODE) == code and (letter.mark is None or letter.mark.redriven_as is None):
            chosen.setdefault(letter.record.key, letter)
    if not chosen:
        raise Failure(f"no dead letter with code {code} is left to be put back")
    return list(chosen.values())


async def _require_origins(bus: Bus, chosen: Sequence[Letter]) -> None:
    known = await bus.admin().topics()
    for letter in chosen:
        if letter.origin.topic not in known:
            raise Failure(f"{letter.id}: its topic {letter.origin.topic} does not exist any more")


def _say(chosen: Sequence[Letter]) -> None:
    for letter in chosen:
        if letter.mark is not None and letter.mark.redriven_as is not None:
            show_line(f"{letter.id}: was put back already, as {letter.mark.redriven_as}")
            continue
        record = original(letter)
        key = "no key" if record.key is None else f"key {record.key.decode(errors='backslashreplace')}"
        show_line(f"{letter.id}: would be put back to {record.topic}, {key}, {len(record.value or b'')} bytes")
    show_line("nothing was done: --yes does it")


async def _do(environment: Environment, bus: Bus, found: Box, chosen: Sequence[Letter]) -> None:
    redriver = Redriver(bus, environment.operator)
    done = 0
    for letter in chosen:
        read_to = found.ends[Partition(DEAD_LETTERS, letter.id.partition)]
        result = await redriver.redrive(letter, read_to, environment.now())
        done += result.done
        show_line(f"{letter.id}: {result.text}")
    show_line(f"{done} of {len(chosen)} put back")
