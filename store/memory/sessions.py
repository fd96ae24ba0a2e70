"""Open sockets, in memory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase, Seat
from store.ports import Session, SessionAddress


class MemorySessions:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def register(self, sessions: Sequence[Session], *, again: bool = False) -> Mapping[str, SessionAddress]:
        return await self._wire.ask("sessions.register", lambda: self._register(sessions, again))

    def _register(self, sessions: Sequence[Session], again: bool) -> dict[str, SessionAddress]:
        closing = {session.id: self._take_seat(session, again) for session in sessions}
        return {session: _address(closed) for session, closed in closing.items() if closed is not None}

    def _take_seat(self, session: Session, again: bool) -> Session | None:
        """Returns the session that has to close."""
        seat = self._database.seats.setdefault((session.user, session.device), Seat(session))
        held = seat.session
        if held.id != session.id:
            if again or any(former.id == session.id for former in seat.replaced.values()):
                return seat.replaced.get(session.id, session)
            seat.replaced[session.id] = held
        seat.session = session
        return seat.replaced.get(session.id)

    async def remove(self, sessions: Iterable[str]) -> None:
        await self._wire.ask("sessions.remove", lambda: self._remove(frozenset(sessions)))

    def _remove(self, sessions: frozenset[str]) -> None:
        self._empty([session for session in self._all() if session.id in sessions])

    async def of(self, users: Iterable[str]) -> Mapping[str, Sequence[SessionAddress]]:
        return await self._wire.ask("sessions.of", lambda: self._of(frozenset(users)))

    def _of(self, users: frozenset[str]) -> Mapping[str, Sequence[SessionAddress]]:
        found: defaultdict[str, list[SessionAddress]] = defaultdict(list)
        for session in self._all():
            if session.user in users:
                found[session.user].append(_address(session))
        return dict(found)

    async def of_logins(self, logins: Iterable[str]) -> Sequence[SessionAddress]:
        return await self._wire.ask("sessions.of_logins", lambda: self._of_logins(frozenset(logins)))

    def _of_logins(self, logins: frozenset[str]) -> Sequence[SessionAddress]:
        return [_address(session) for session in self._all() if session.login in logins]

    async def remove_incarnations(self, incarnations: Iterable[str]) -> frozenset[str]:
        return await self._wire.ask(
            "sessions.remove_incarnations", lambda: self._remove_incarnations(frozenset(incarnations))
        )

    def _remove_incarnations(self, incarnations: frozenset[str]) -> frozenset[str]:
        dead = [session for session in self._all() if session.incarnation in incarnations]
        self._empty(dead)
        return frozenset(session.user for session in dead)

    def _all(self) -> list[Session]:
        return [seat.session for seat in self._database.seats.values()]

    def _empty(self, sessions: Iterable[Session]) -> None:
        for session in sessions:
            del self._database.seats[session.user, session.device]


def _address(session: Session) -> SessionAddress:
    return SessionAddress(session.id, session.edge_topic)
