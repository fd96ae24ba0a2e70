"""Parts of lists."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list; `next` continues it, None at its end."""

    items: tuple[T, ...]
    next: str | None = None
