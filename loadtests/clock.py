"""The one clock of a run."""

from time import perf_counter


def now() -> float:
    """Seconds, to the microsecond: uvloop's own clock only moves by milliseconds."""
    return perf_counter()
