"""What keeps the local stack from starting."""


class CannotStartError(Exception):
    """The stack cannot start. The text says in one line what is wrong and what to do about it."""
