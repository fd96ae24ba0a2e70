"""The AsyncAPI document: the WebSocket protocol in both directions, and what stands in every topic."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Literal, get_args

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from schemas import commands, deliveries, events, frames, headers, presence, receipts, topics, user_topics
from schemas.base import Consumed, Produced
from schemas.topics import TopicSpec

Document = dict[str, Any]
Model = type[BaseModel]

_REF = "#/components/schemas/{model}"
_SOCKET = "socket"
_TRACED = (headers.SCHEMA, headers.TRACEPARENT)
_ANSWERED = (*_TRACED, headers.REPLY_TO)
_HEADERS = {
    headers.SCHEMA: "Name and version of the value's schema, `command/1`",
    headers.TRACEPARENT: "W3C Trace Context of the request that caused the record",
    headers.REPLY_TO: "Where the outcome is awaited: `<edge topic>/<session or request id>`",
    headers.SENT_AT: "Epoch milliseconds of the command's first append, the broker's clock",
    headers.ORIGIN: "`<topic>/<partition>/<offset>` of the record that this one was forwarded from",
}
_PARAMETERS = {
    "user": "The user's id",
    "generation": "Counts the topics that this user has had",
    "node": "The process's name in the fleet",
    "incarnation": "Random, new at each of its starts",
}
_DESCRIPTION = """\
One JSON object per text frame: at most 64 KiB from a client, 1 MiB from the server. `GET /api/connect` says where to
open the socket. The first frame, within 10 seconds, is `connect`. Records are JSON; a reader ignores fields it does
not know and refuses a schema version above its own."""
_SERVERS = {
    "edge": {
        "host": "127.0.0.1:8081",
        "protocol": "ws",
        "pathname": "/ws",
        "description": "An edge of the local stack; clients ask `GET /api/connect`.",
    },
    "kafka": {"host": "127.0.0.1:19092", "protocol": "kafka", "description": "The broker of the local stack."},
}


class Opened(Consumed):
    """The first record of every user topic, made with the topic: the first append costs the broker most."""

    type: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True)
class _Topic:
    """One kind of topic. `key` says what its records are keyed by, `headers` what they carry."""

    channel: str
    spec: TopicSpec
    description: str
    key: str | None
    headers: tuple[str, ...]
    models: tuple[Model, ...]


def _topics() -> Iterable[_Topic]:
    fixed = {spec.name: spec for spec in topics.fixed_topics()}
    all_commands = (commands.SendMessage, commands.CreateConversation)
    yield _Topic(
        "userTopic",
        topics.user_topic_spec("user.{user}.{generation}"),
        "What one user has asked for, in order. A name is never used twice.",
        "conversation",
        _ANSWERED,
        (Opened, *all_commands),
    )
    yield _Topic(
        "userTopics",
        fixed[topics.USER_TOPICS],
        "Which users' topics exist and are active.",
        "user",
        (headers.SCHEMA,),
        (user_topics.UserTopic,),
    )
    yield _Topic(
        "conversations",
        fixed[topics.CONVERSATIONS],
        "Every command, in the order in which its conversation decides it.",
        "conversation",
        (*_ANSWERED, headers.SENT_AT, headers.ORIGIN),
        all_commands,
    )
    yield _Topic(
        "receipts",
        fixed[topics.RECEIPTS],
        "How far members have got and read.",
        "conversation",
        (headers.SCHEMA,),
        (receipts.ReceiptRecord,),
    )
    yield _Topic(
        "presence",
        fixed[topics.PRESENCE],
        "That users' sockets may have changed, each report at least once. The sockets themselves are in MongoDB.",
        "user",
        (headers.SCHEMA,),
        (presence.PresenceReport,),
    )
    yield _Topic(
        "events",
        fixed[topics.EVENTS],
        "What has happened, each at least once; repetitions carry the same `event_id`.",
        "conversation",
        _TRACED,
        (events.ConversationCreated, events.MessageStored),
    )
    yield _Topic(
        "edge",
        topics.edge_topic_spec("edge.{node}.{incarnation}"),
        "Frames for the sockets and the waiting requests of one life of one edge or api process.",
        None,
        (headers.SCHEMA,),
        (deliveries.Deliveries,),
    )


def document() -> Document:
    """AsyncAPI 3.0, from Parley's side: it receives what clients send, and sends what they get."""
    kafka = tuple(_topics())
    received, sent = _members(frames.ClientFrame), _members(frames.ServerFrame)
    operations = {
        "receiveFrames": _operation("receive", _SOCKET, received),
        "sendFrames": _operation("send", _SOCKET, sent),
    }
    for topic in kafka:
        name = topic.channel[0].upper() + topic.channel[1:]
        operations[f"produce{name}"] = _operation("send", topic.channel, topic.models)
        operations[f"consume{name}"] = _operation("receive", topic.channel, topic.models)
    refs, schemas = _schemas([*received, *sent, *(model for topic in kafka for model in topic.models)])
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Parley", "version": str(frames.PROTOCOL), "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": {
            _SOCKET: _socket((*received, *sent), refs),
            **{topic.channel: _topic_channel(topic, refs) for topic in kafka},
        },
        "operations": operations,
        "components": {"schemas": schemas},
    }


def _members(union: Any) -> tuple[Model, ...]:
    return get_args(union)


def _schemas(models: Iterable[Model]) -> tuple[dict[Model, Document], Document]:
    """Every model's reference, and the schemas behind them: of what is sent as it is written, of what is received as
    it is read."""
    modes: list[tuple[Model, JsonSchemaMode]] = [(model, _mode(model)) for model in dict.fromkeys(models)]
    refs, schemas = models_json_schema(modes, ref_template=_REF)
    return {model: dict(refs[model, mode]) for model, mode in modes}, dict(sorted(schemas["$defs"].items()))


def _mode(model: Model) -> JsonSchemaMode:
    return "serialization" if issubclass(model, Produced) else "validation"


def _socket(models: Iterable[Model], refs: dict[Model, Document]) -> Document:
    return {
        "address": "/ws",
        "servers": [{"$ref": "#/servers/edge"}],
        "description": "One user on one device. Answers to a frame with an `id` carry the same `id`.",
        "messages": {model.__name__: _message(model, refs, _wire_name(model)) for model in models},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }


def _topic_channel(topic: _Topic, refs: dict[Model, Document]) -> Document:
    parameters = {name: {"description": _PARAMETERS[name]} for name in re.findall(r"{(\w+)}", topic.spec.name)}
    carried = {
        "headers": {
            "type": "object",
            "properties": {name: {"type": "string", "description": _HEADERS[name]} for name in topic.headers},
        }
    }
    if topic.key is not None:
        key = {"type": "string", "description": f"The {topic.key}'s id"}
        carried["bindings"] = {"kafka": {"key": key, "bindingVersion": "0.5.0"}}
    return {
        "address": topic.spec.name,
        "servers": [{"$ref": "#/servers/kafka"}],
        "description": topic.description,
        **({"parameters": parameters} if parameters else {}),
        "messages": {model.__name__: _message(model, refs, model.__name__) | carried for model in topic.models},
        "bindings": {"kafka": _kafka(topic.spec)},
    }


def _message(model: Model, refs: dict[Model, Document], name: str) -> Document:
    described = {"description": cleandoc(model.__doc__)} if model.__doc__ else {}
    return {"name": name, **described, "payload": refs[model]}


def _wire_name(frame: Model) -> str:
    """The frame's `type`."""
    return str(get_args(frame.model_fields["type"].annotation)[0])


def _kafka(spec: TopicSpec) -> Document:
    config: Document = {name: int(value) if name.endswith(".ms") else value for name, value in spec.config.items()}
    if "cleanup.policy" in config:
        config["cleanup.policy"] = [config["cleanup.policy"]]
    return {"partitions": spec.partitions, "topicConfiguration": config, "bindingVersion": "0.5.0"}


def _operation(action: str, channel: str, models: Iterable[Model]) -> Document:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{model.__name__}"} for model in models],
    }
