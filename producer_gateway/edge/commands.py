"""From a socket's command to Kafka, and back to `accepted`."""

import asyncio
from functools import partial
from random import Random

from bus.ports import Position
from producer_gateway.edge.effects import Submit
from producer_gateway.edge.socket import Socket
from producer_gateway.incarnation import ProcessLife
from producer_gateway.submitting import NotSubmitted, Submitter
from schemas import metrics
from schemas.errors import ErrorCode
from schemas.times import from_millis

_ACCEPTED = metrics.EDGE_COMMANDS.labels("accepted")


class Commands:
    """Submits each socket's commands in the order of its frames, several at a time without waiting for Kafka. Where
    one fails that may be tried again, those behind it fail too until it is."""

    def __init__(self, submitter: Submitter, life: ProcessLife, random: Random) -> None:
        self._submitter = submitter
        self._life = life
        self._random = random

    async def submit(self, socket: Socket, effect: Submit) -> None:
        """Returns when the command is on its way, its place in the order taken. Waits while too many are under way."""
        await socket.commands.take()
        started = asyncio.get_running_loop().time()
        command = effect.command
        if socket.turns.is_kept_back(command.client_id, started):
            self._failed(socket, command.client_id, ErrorCode.UNAVAILABLE)
            return
        try:
            submission = await self._submitter.submit(
                command,
                self._life.reply_to(socket.address),
                self._traceparent(),
                known_member=effect.known_member,
                sealed=None if socket.view is None else socket.view.sealed,
            )
        except NotSubmitted as error:
            self._refused(socket, command.client_id, error)
        else:
            submission.acknowledgement.add_done_callback(
                partial(self._acknowledged, socket, command.client_id, started, submission.masked)
            )

    def _acknowledged(
        self,
        socket: Socket,
        client_id: str,
        started: float,
        masked: bool,
        acknowledgement: "asyncio.Future[Position]",
    ) -> None:
        error = acknowledgement.exception()
        if isinstance(error, NotSubmitted):
            return self._refused(socket, client_id, error)
        socket.commands.give()
        _ACCEPTED.inc()
        metrics.EDGE_ACCEPT_SECONDS.observe(asyncio.get_running_loop().time() - started)
        at = from_millis(acknowledgement.result().timestamp)
        return socket.perform(socket.session.accepted(client_id, at, masked=masked))

    def _refused(self, socket: Socket, client_id: str, error: NotSubmitted) -> None:
        if not error.final:
            socket.turns.failed(client_id, asyncio.get_running_loop().time())
        self._failed(socket, client_id, error.code)

    def _failed(self, socket: Socket, client_id: str, code: ErrorCode) -> None:
        socket.commands.give()
        metrics.EDGE_COMMANDS.labels(code).inc()
        socket.perform(socket.session.failed(client_id, code))

    def _traceparent(self) -> str:
        """A new trace for each command (W3C Trace Context, sampled)."""
        bits = self._random.getrandbits(192) | (1 << 64) | 1  # neither id may be zero
        return f"00-{bits >> 64:032x}-{bits & 0xFFFF_FFFF_FFFF_FFFF:016x}-01"
