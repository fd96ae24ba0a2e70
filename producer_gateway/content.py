"""What may be said: the operator's word lists, read from his files, applied before anything reaches Kafka."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.moderation import WordLists
from schemas import metrics
from schemas.commands import Command

log = structlog.get_logger(__name__)

_WRITTEN = ("text", "name", "description")
"""What in a command was written by a person for others to read."""


@dataclass(frozen=True, slots=True)
class ContentConfig:
    reject: Path | None = None
    """A file of words, one a line (UTF-8; `#` begins a comment): what has one of them is refused."""
    mask: Path | None = None
    """The same, for words that are shown as asterisks."""
    look_seconds: float = 10.0
    """How often it is looked whether the files have changed."""


class ForbiddenContent(Exception):
    """It has a word that the operator refuses."""


class ContentRules:
    """The lists as the files had them when they were last looked at. One that cannot be read leaves those before it."""

    def __init__(self, config: ContentConfig) -> None:
        """Raises OSError or ValueError (it is no UTF-8) when a file cannot be read."""
        self._config = config
        self._seen = self._stamps()
        self._words = self._read()

    def applied(self, command: Command) -> tuple[Command, bool]:
        """The command as it may be submitted, and whether words in it were masked. Raises ForbiddenContent."""
        changed: dict[str, str] = {}
        for field in _WRITTEN:
            written = getattr(command, field, None)
            if written and (said := self._said(written)) is not written:
                changed[field] = said
        if not changed:
            return command, False
        metrics.CONTENT_RULED.labels("masked").inc()
        return command.model_copy(update=changed), True

    def name(self, written: str) -> str:
        """A name as it may be shown to others. Raises ForbiddenContent."""
        said = self._said(written)
        if said is not written:
            metrics.CONTENT_RULED.labels("masked").inc()
        return said

    def _said(self, written: str) -> str:
        """Itself, where nothing is masked."""
        said = self._words.judged(written)
        if said is None:
            metrics.CONTENT_RULED.labels("refused").inc()
            raise ForbiddenContent
        return said

    async def run(self) -> None:
        """Follow the files until cancelled."""
        while self._files():
            await asyncio.sleep(self._config.look_seconds)
            await asyncio.to_thread(self.look)

    def look(self) -> None:
        """Read the files again if they have changed."""
        try:
            stamps = self._stamps()
            if stamps != self._seen:
                self._words, self._seen = self._read(), stamps
                log.info("word_lists_read", words=len(self._words))
        except (OSError, ValueError):
            metrics.WORD_LISTS_UNREADABLE.inc()
            log.exception("word_lists_unreadable")

    def _files(self) -> Sequence[Path]:
        return [file for file in (self._config.reject, self._config.mask) if file is not None]

    def _stamps(self) -> list[tuple[int, int, int]]:
        found = [file.stat() for file in self._files()]
        return [(stamp.st_mtime_ns, stamp.st_size, stamp.st_ino) for stamp in found]

    def _read(self) -> WordLists:
        return WordLists(reject=_words(self._config.reject), mask=_words(self._config.mask))


def _words(file: Path | None) -> Sequence[str]:
    lines = [] if file is None else file.read_text(encoding="utf-8").splitlines()
    return [word for line in lines if (word := line.partition("#")[0].strip())]
