"""Inputs are scalars by type before they reach a query: a mapping in their place would be an operator."""

from collections.abc import Iterable


def text(value: str) -> str:
    """Raises TypeError for anything but a string, whatever an unchecked caller believed."""
    if not isinstance(value, str):
        raise TypeError(f"expected a string, not {type(value).__name__}")
    return value


def texts(values: Iterable[str]) -> list[str]:
    return [text(value) for value in values]


def number(value: int) -> int:
    if not isinstance(value, int):
        raise TypeError(f"expected an integer, not {type(value).__name__}")
    return value
