"""Where lines come from and go to: a terminal with a person at it, or pipes."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output
from prompt_toolkit.patch_stdout import patch_stdout

QUEUED_LINES = 100
CHUNK_BYTES = 64 * 1024
LEFT_SECONDS = 1.0


class Screen(Protocol):
    def show(self, text: str) -> None:
        """Print lines that stay."""

    def warn(self, text: str) -> None:
        """Print lines that whoever reads nothing else should see."""

    def status(self, text: str) -> None:
        """How the connection is, and where one is."""

    def waiting(self, lines: Sequence[str]) -> None:
        """One's messages on their way, one line each, as they are now."""

    def typists(self, names: Sequence[str]) -> None:
        """Who else types just now where one is."""

    def watch_draft(self, changed: Callable[[str], None]) -> None:
        """Have `changed` called with what has been typed and not entered, whenever it changes."""

    def give_back(self, text: str) -> None:
        """What was typed could not be taken: it is the person's again."""

    async def read(self) -> str | None:
        """The next line typed; None at the end of input."""

    def draft(self) -> str:
        """What has been typed and not yet been entered."""

    async def left(self) -> list[str]:
        """Lines that came and were never taken: those that were given back, and those that nobody read."""


class Terminal:
    """A line at the bottom to type in; what arrives scrolls by above it and leaves it alone."""

    def __init__(self, source: Input | None = None, sink: Output | None = None) -> None:
        self._status = ""
        self._waiting: Sequence[str] = ()
        self._typists = ""
        self._draft = ""
        self._session: PromptSession[str] = PromptSession(
            self._prompt,
            bottom_toolbar=lambda: self._status + self._typists,
            erase_when_done=True,
            input=source,
            output=sink,
        )

    def show(self, text: str) -> None:
        sys.stdout.write(f"{text}\n")

    def warn(self, text: str) -> None:
        self.show(text)

    def status(self, text: str) -> None:
        self._status = text
        self._session.app.invalidate()

    def waiting(self, lines: Sequence[str]) -> None:
        self._waiting = lines
        self._session.app.invalidate()

    def typists(self, names: Sequence[str]) -> None:
        self._typists = f" · {', '.join(names)} typing …" if names else ""
        self._session.app.invalidate()

    def watch_draft(self, changed: Callable[[str], None]) -> None:
        self._session.default_buffer.on_text_changed += lambda buffer: changed(buffer.text)

    def give_back(self, text: str) -> None:
        self._draft = text

    async def read(self) -> str | None:
        default, self._draft = self._draft, ""
        try:
            return await self._session.prompt_async(default=default)
        except EOFError:
            return None
        except KeyboardInterrupt:
            self._draft = self._session.default_buffer.text
            return None
        except asyncio.CancelledError:
            self._draft = self._session.default_buffer.text
            raise

    def draft(self) -> str:
        return self._draft

    async def left(self) -> list[str]:
        return []  # what was given back is in the draft

    def _prompt(self) -> str:
        return "\n".join((*self._waiting, "> "))


class Pipe:
    """Plain lines in and out, for scripts."""

    def __init__(self, source: int = 0) -> None:
        """`source`: the file descriptor that lines come from."""
        self._source = source
        self._status = ""
        self._waiting: frozenset[str] = frozenset()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue(QUEUED_LINES)
        self._reader: threading.Thread | None = None
        self._given_back: list[str] = []
        self._at_end = False

    def show(self, text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def warn(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def status(self, text: str) -> None:
        if text != self._status:
            self._status = text
            self.show(f"* {text}")

    def waiting(self, lines: Sequence[str]) -> None:
        for line in lines:
            if line not in self._waiting:
                self.show(line)
        self._waiting = frozenset(lines)

    def typists(self, names: Sequence[str]) -> None:
        """Scripts do not wait for people."""

    def watch_draft(self, changed: Callable[[str], None]) -> None:
        """Lines come whole."""

    def give_back(self, text: str) -> None:
        self._given_back.append(text)

    async def read(self) -> str | None:
        if self._reader is None:
            # A file cannot be awaited and a blocked read cannot be cancelled: a thread that may be left behind reads.
            loop = asyncio.get_running_loop()
            self._reader = threading.Thread(target=self._read_all, args=(loop,), daemon=True)
            self._reader.start()
        line = await self._lines.get()
        self._at_end = line is None
        return line

    def draft(self) -> str:
        return ""

    async def left(self) -> list[str]:
        """Waits for the rest no longer than LEFT_SECONDS: a pipe may stay open for ever."""
        found, self._given_back = self._given_back, []
        with suppress(TimeoutError):
            async with asyncio.timeout(LEFT_SECONDS):
                while not self._at_end and (line := await self.read()) is not None:
                    found.append(line)
        return found

    def _read_all(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in _lines_and_end(self._source):
            try:
                asyncio.run_coroutine_threadsafe(self._lines.put(line), loop).result()
            except (RuntimeError, CancelledError):  # the loop has ended: nobody reads any more
                return


def _lines_and_end(source: int) -> Iterator[str | None]:
    rest = b""
    while chunk := os.read(source, CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (_text(line) for line in whole)
    if rest:
        yield _text(rest)
    yield None


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode(errors="replace")


@contextmanager
def open_screen() -> Iterator[Screen]:
    """A terminal where input and output are one, else pipes."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        with patch_stdout():
            yield Terminal()
    else:
        yield Pipe()
