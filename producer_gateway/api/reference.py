"""The OpenAPI document as a page for people: plain HTML that needs no script and no other host."""

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

Schema = Mapping[str, Any]

_METHODS = ("get", "post", "put", "delete")
_FRAME = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} API</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<main>
<h1>{title} API, version {version}</h1>
<p class="lead">{description}</p>
<p><a href="/api/openapi.json">openapi.json</a> · <a href="/api/asyncapi.json">asyncapi.json</a> ·
<a href="/">start page</a></p>
<h2>Routes</h2>
{routes}
<h2>Bodies</h2>
{schemas}
</main>
</body>
</html>
"""


def page(document: Schema) -> str:
    info = document["info"]
    return _FRAME.format(
        title=escape(info["title"]),
        version=escape(info["version"]),
        description=_prose(info["description"]),
        routes="\n".join(_routes(document["paths"])),
        schemas="\n".join(_schema(name, found) for name, found in document["components"]["schemas"].items()),
    )


def _routes(paths: Schema) -> Iterable[str]:
    for path, operations in paths.items():
        for method in _METHODS:
            if method in operations:
                yield _route(method, path, operations[method])


def _route(method: str, path: str, operation: Schema) -> str:
    parameters = [_row(found["name"], found["in"], found["schema"], found) for found in operation.get("parameters", ())]
    bodies = (found["schema"] for found in operation.get("requestBody", {}).get("content", {}).values())
    takes = [f"<p>Body: {_type(body)}</p>" for body in bodies]
    lock = " <small>signed in</small>" if operation.get("security") else ""
    return "".join(
        (
            f"<section><h3><code>{method.upper()} {escape(path)}</code>{lock}</h3>",
            f"<p><strong>{escape(operation['summary'])}.</strong> {_prose(operation.get('description', ''))}</p>",
            _table(parameters),
            *takes,
            _table([_answer(status, found) for status, found in operation["responses"].items()]),
            "</section>",
        )
    )


def _answer(status: str, response: Schema) -> str:
    types = " or ".join(_type(found["schema"]) for found in response.get("content", {}).values() if "schema" in found)
    return f"<tr><th>{escape(status)}</th><td>{types}</td><td>{_prose(response['description'])}</td></tr>"


def _schema(name: str, schema: Schema) -> str:
    required = schema.get("required", ())
    rows = [
        _row(field, "" if field in required else "may be absent", found, found)
        for field, found in schema.get("properties", {}).items()
    ]
    choices = f"<p>{_type(schema)}</p>" if "enum" in schema else ""
    anchor = escape(name, quote=True)
    return (
        f'<section id="{anchor}"><h3>{escape(name)}</h3>'
        f"<p>{_prose(schema.get('description', ''))}</p>{choices}{_table(rows)}</section>"
    )


def _row(name: str, note: str, schema: Schema, described: Schema) -> str:
    notes = "<br>".join(filter(None, (escape(note), _prose(described.get("description", "")))))
    return f"<tr><th><code>{escape(name)}</code></th><td>{_type(schema)}</td><td>{notes}</td></tr>"


def _table(rows: Iterable[str]) -> str:
    body = "".join(rows)
    return f"<table>{body}</table>" if body else ""


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2], quote=True)
        return f'<a href="#{name}">{name}</a>'
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(_type(found) for found in schema[choice])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", (schema.get("const"),))
        return " ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("type", "anything")))


def _prose(text: str) -> str:
    """Paragraphs, and what stands in backticks as code."""
    parts = escape(text.strip()).split("`")
    marked = "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
    return marked.replace("\n\n", "<br><br>")
