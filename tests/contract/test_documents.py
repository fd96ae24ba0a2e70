"""The contract's documents: what the code says now, and sound as OpenAPI and AsyncAPI."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from parley import contract
from schemas import frames, topics
from schemas.errors import ErrorCode

Document = dict[str, Any]


def read(name: str) -> Document:
    document: Document = json.loads((contract.FOLDER / name).read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def openapi() -> Document:
    return read("openapi.json")


@pytest.fixture(scope="module")
def asyncapi() -> Document:
    return read("asyncapi.json")


def test_the_documents_are_what_the_code_says() -> None:
    assert contract.stale() == [], "run python -m parley.contract"


@pytest.mark.parametrize("seed", ["1", "2"])
def test_every_run_writes_the_same(seed: str) -> None:
    """Whatever order sets have in a process: compared in fresh ones."""
    environment = os.environ | {"PYTHONHASHSEED": seed}
    checked = subprocess.run(
        [sys.executable, "-m", "parley.contract", "--check"],
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_stale_document_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(contract, "DOCUMENTS", {"openapi.json": lambda: {"openapi": "3.1.0"}})
    assert contract.main(["--check"]) == 1
    assert "schemas/openapi.json is stale" in capsys.readouterr().err
    assert contract.main(["--what"]) == 2


def nodes(value: Any) -> Iterator[Document]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


@pytest.mark.parametrize("name", ["openapi.json", "asyncapi.json"])
def test_every_reference_leads_somewhere(name: str) -> None:
    document = read(name)
    for node in nodes(document):
        if isinstance(node.get("$ref"), str):
            found: Any = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]


@pytest.mark.parametrize("name", ["openapi.json", "asyncapi.json"])
def test_every_schema_is_used(name: str) -> None:
    document = read(name)
    used = {node["$ref"] for node in nodes(document) if isinstance(node.get("$ref"), str)}
    assert {f"#/components/schemas/{schema}" for schema in document["components"]["schemas"]} <= used


def operations(openapi: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_routes_of_this_version_are_there(openapi: Document) -> None:
    assert {name for name, _ in operations(openapi)} >= {
        "POST /api/users",
        "GET /api/users",
        "GET /api/users/{id}",
        "PUT /api/users/{id}/picture",
        "POST /api/login",
        "POST /api/refresh",
        "POST /api/logout",
        "GET /api/connect",
        "POST /api/conversations",
        "GET /api/conversations",
        "GET /api/conversations/{id}",
        "POST /api/conversations/{id}/messages",
        "GET /api/conversations/{id}/messages",
        "GET /api/messages/{id}",
        "PUT /api/conversations/{id}/mute",
        "DELETE /api/conversations/{id}/mute",
        "PUT /api/conversations/{id}/unread",
        "DELETE /api/conversations/{id}/unread",
        "GET /api/search",
        "POST /api/media",
        "GET /api/media/{id}",
        "GET /api/media/{id}/thumbnail",
    }


def test_every_operation_is_described_and_fails_with_problems(openapi: Document) -> None:
    names = [operation["operationId"] for _, operation in operations(openapi)]
    assert len(names) == len(set(names))
    for name, operation in operations(openapi):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        errors = {status: found for status, found in operation["responses"].items() if not status.startswith("2")}
        assert "default" in errors, name
        for found in errors.values():
            assert list(found["content"]) == ["application/problem+json"], name


def test_only_these_are_open_to_those_who_are_not_signed_in(openapi: Document) -> None:
    unlocked = {name for name, operation in operations(openapi) if "security" not in operation}
    accounts = {"POST /api/users", "POST /api/login", "POST /api/refresh", "POST /api/logout"}
    chats = {"POST /api/chats", "GET /api/chats/seats/{token}", "POST /api/chats/seats/{token}/enter"}
    assert unlocked == accounts | chats


def test_the_catalogue_of_errors_is_there_whole(openapi: Document) -> None:
    assert openapi["components"]["schemas"]["ErrorCode"]["enum"] == [code.value for code in ErrorCode]


@pytest.mark.parametrize(
    ("operation", "union"), [("receiveFrames", frames.ClientFrame), ("sendFrames", frames.ServerFrame)]
)
def test_every_frame_is_there_under_its_type(asyncapi: Document, operation: str, union: Any) -> None:
    listed = [found["$ref"].rpartition("/")[2] for found in asyncapi["operations"][operation]["messages"]]
    messages = asyncapi["channels"]["socket"]["messages"]
    types = {get_args(model.model_fields["type"].annotation)[0] for model in get_args(union)}
    assert {messages[name]["name"] for name in listed} == types
    assert len(listed) == len(get_args(union))


def test_topics_have_their_names_and_partitions(asyncapi: Document) -> None:
    channels = asyncapi["channels"]
    fixed = {spec.name: spec.partitions for spec in topics.fixed_topics()}
    for name in ("conversations", "events", "userTopics"):
        channel = channels[name]
        assert channel["bindings"]["kafka"]["partitions"] == fixed[channel["address"]]
    assert channels["userTopic"]["address"] == topics.user_topic("{user}", "{generation}")  # type: ignore[arg-type]
    assert channels["edge"]["address"] == topics.edge_topic("{node}", "{incarnation}")
    for channel in channels.values():
        assert set(channel.get("parameters", {})) == {part.split("}")[0] for part in channel["address"].split("{")[1:]}


def test_asyncapi_has_the_shape_of_version_3(asyncapi: Document) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(asyncapi["info"])
    for server in asyncapi["servers"].values():
        assert {"host", "protocol"} <= set(server)
    for operation in asyncapi["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])
