"""`python -m parley.contract` writes the contract's documents, made from the code; `--check` tells which are stale."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from producer_gateway.api.app import routed
from producer_gateway.api.describing import describe
from schemas import asyncapi

FOLDER = Path(asyncapi.__file__).parent

DOCUMENTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "openapi.json": lambda: describe(routed()),
    "asyncapi.json": asyncapi.document,
}


def render(name: str) -> str:
    """A document's text, the same whenever the code is."""
    return json.dumps(DOCUMENTS[name](), indent=2, ensure_ascii=False) + "\n"


def stale() -> list[str]:
    """The documents that are not what the code says now."""
    return [name for name in DOCUMENTS if _written(name) != render(name)]


def write() -> None:
    for name in DOCUMENTS:
        (FOLDER / name).write_text(render(name), encoding="utf-8")


def _written(name: str) -> str | None:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        found = stale()
        for name in found:
            sys.stderr.write(f"schemas/{name} is stale: run python -m parley.contract\n")
        return 1 if found else 0
    if arguments:
        sys.stderr.write("usage: python -m parley.contract [--check]\n")
        return 2
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
