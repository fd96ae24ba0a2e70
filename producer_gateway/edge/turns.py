"""The order of a socket's commands across one that failed."""


class Turns:
    """Keeps back what was on its way when a command failed, until that command comes again.

    A client sends several commands without waiting. When Kafka does not take one, those behind it, which the client
    sent before it could know, must not pass: it sends all of them again, in order, and a later one that was taken
    meanwhile would stand before an earlier one (go-back-N, as of RFC 3366). Whoever does not send the failed one again
    is kept back for `seconds` only.
    """

    __slots__ = ("_failed", "_seconds", "_until")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._failed: str | None = None
        """The first that failed."""
        self._until = 0.0

    def failed(self, client_id: str, now: float) -> None:
        """Its client is told to send it again."""
        if self._failed is None or now >= self._until:
            self._failed = client_id
        self._until = now + self._seconds

    def is_kept_back(self, client_id: str, now: float) -> bool:
        """Whether this one would overtake one that failed (`now` in seconds, monotonic)."""
        if self._failed is None:
            return False
        if client_id == self._failed or now >= self._until:
            self._failed = None
            return False
        return True
