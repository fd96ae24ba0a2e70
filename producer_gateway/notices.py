"""What one in an ephemeral chat is told beside its messages."""

import structlog

from bus.errors import BusError
from bus.mail import Mail, fragment, post
from bus.ports import Producer
from schemas.frames import Notice
from store.errors import StoreError
from store.ports import Sessions

log = structlog.get_logger(__name__)


class Notices:
    """Tells somebody's open sockets. Nothing of it is kept or tried again: who is not there is not told."""

    def __init__(self, sessions: Sessions, producer: Producer) -> None:
        self._sessions = sessions
        self._producer = producer

    async def tell(self, user: str, notice: Notice) -> None:
        try:
            mail = Mail()
            mail.put_to_all((await self._sessions.of([user])).get(user, ()), fragment(notice))
            await post(self._producer, mail.records())
        except (BusError, StoreError) as error:
            log.warning("notice_not_told", code=notice.code, error=repr(error))
