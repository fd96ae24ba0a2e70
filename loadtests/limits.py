"""What a run that meets the stack's limits should be told."""

from collections.abc import Iterable

from schemas.errors import ErrorCode

SETTINGS = (
    "PARLEY_LIMIT_COMMANDS",
    "PARLEY_LIMIT_QUESTIONS",
    "PARLEY_LIMIT_FRAMES",
    "PARLEY_LIMIT_CONNECTIONS",
    "PARLEY_LIMIT_REQUESTS",
    "PARLEY_LIMIT_ADDRESS_REQUESTS",
)
"""Those that thousands of users from one address, or users faster than people, can meet."""
HINT = (
    f"The stack's limits were met. To measure beyond them, start it with {' '.join(f'{name}=off' for name in SETTINGS)}"
)


def hint(errors: Iterable[str]) -> str | None:
    """What to set, if any of these says that something came too fast."""
    return HINT if any(ErrorCode.RATE_LIMITED in error for error in errors) else None
