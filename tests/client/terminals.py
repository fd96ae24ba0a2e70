"""`parley chat` as people start it: a process of its own, through pipes or at a terminal, against a scripted server."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

import httpx

from tests.client.scripted import ScriptedServer

PARLEY = sys.executable, "-m", "parley", "chat"


class Ended(NamedTuple):
    code: int | None
    out: str
    err: str


@contextmanager
def over_http(server: ScriptedServer) -> Iterator[str]:
    """The address at which the scripted routes are answered."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            response = server.answer(httpx.Request(self.command, f"http://parley{self.path}", content=body))
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = answer  # noqa: N815 (http.server calls them so)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (likewise)
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_address[1]}"
        finally:
            http.shutdown()
            thread.join()


async def piped(*arguments: str, typed: str | None, **environment: str) -> Ended:
    """Through pipes, to its end. None: nothing comes, and the pipe stays open."""
    talk = await asyncio.create_subprocess_exec(
        *(*PARLEY, *arguments),
        env={"PATH": os.environ["PATH"], **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert talk.stdin is not None
    assert talk.stdout is not None
    assert talk.stderr is not None
    if typed is not None:
        talk.stdin.write(typed.encode())
        talk.stdin.close()
    out, err = await asyncio.gather(talk.stdout.read(), talk.stderr.read())
    return Ended(await talk.wait(), out.decode(), err.decode())


class Terminal:
    """What a process shows at its terminal, where somebody types."""

    def __init__(self, process: int, terminal: int) -> None:
        self.seen = ""
        self._read = 0
        self._process = process
        self._over = False
        self._terminal = terminal

    async def until(self, text: str) -> None:
        """Wait until it is seen, after what was waited for before."""
        while (found := self.seen.find(text, self._read)) < 0:
            assert await self._see(), f"ended without {text!r}: {self.seen}"
        self._read = found + len(text)

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    async def end(self) -> int:
        """Its exit code."""
        while await self._see():
            pass
        _, status = await asyncio.to_thread(os.waitpid, self._process, 0)
        self._over = True
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """End it, if it has not ended by itself."""
        if not self._over:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
        os.close(self._terminal)

    async def _see(self) -> bool:
        try:
            chunk = await asyncio.to_thread(os.read, self._terminal, 4096)
        except OSError:  # how Linux tells that nobody is at the other side any more
            return False
        self.seen += chunk.decode()
        return bool(chunk)


@contextmanager
def at_terminal(link: str) -> Iterator[Terminal]:
    """A process at a terminal of its own; it does not outlive the test."""
    process, terminal = pty.fork()
    if process == 0:
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        os.execve(sys.executable, [*PARLEY, "--link", link], environment)
    seen = Terminal(process, terminal)
    try:
        yield seen
    finally:
        seen.close()
