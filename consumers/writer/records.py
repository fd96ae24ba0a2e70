"""A record of `conversations`, read: the command, its place in the log and where its outcome is awaited."""

from dataclasses import dataclass

from bus.errors import Refused
from bus.ports import Record
from domain.conversation import Applied
from domain.decision import Stamp
from schemas.commands import COMMAND, SCHEMA_NAME, SCHEMA_VERSION, Command
from schemas.headers import REPLY_TO, SCHEMA, SENT_AT, TRACEPARENT, ReplyTo, parse_reply_to
from schemas.ids import command_key
from schemas.times import from_millis


@dataclass(frozen=True, slots=True)
class Submission:
    """A command as the log holds it."""

    command: Command
    stamp: Stamp
    reply_to: ReplyTo | None
    trace: str | None
    record: Record

    @property
    def conversation(self) -> str:
        return self.command.conversation

    @property
    def key(self) -> str:
        return command_key(self.command.conversation, self.command.sender, self.command.client_id)


def read(record: Record, generation: int) -> Submission:
    """The submission in a record of the given topic generation.

    Raises Refused for a schema version above ours, ValueError for what is no command.
    """
    headers = {name: value.decode() for name, value in record.headers}
    _check_version(headers.get(SCHEMA))
    sent_at = headers.get(SENT_AT)
    reply_to = headers.get(REPLY_TO)
    return Submission(
        command=COMMAND.validate_json(record.value or b""),
        stamp=Stamp(
            Applied(generation, record.offset),
            from_millis(record.timestamp if sent_at is None else int(sent_at)),
        ),
        reply_to=None if reply_to is None else parse_reply_to(reply_to),
        trace=headers.get(TRACEPARENT),
        record=record,
    )


def _check_version(schema: str | None) -> None:
    if schema is None:
        return
    name, _, version = schema.partition("/")
    if name != SCHEMA_NAME or not version.isdigit() or int(version) > SCHEMA_VERSION:
        raise Refused("unsupported_version", f"schema {schema!r}, this writer reads {SCHEMA_NAME}/{SCHEMA_VERSION}")
