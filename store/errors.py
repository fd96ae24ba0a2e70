"""What can go wrong in the store, told apart by what the caller may do next.

StoreError
├── StoreUnavailable   perhaps done; trying again may help (every write is safe to repeat)
├── Conflict           the condition of a write did not hold: nothing was written
├── Refused            the store will never take this, however often it is tried: nothing was written
└── Taken              the unique name is somebody else's
"""


class StoreError(Exception):
    """Any failure of the store."""


class StoreUnavailable(StoreError):
    """The store did not do it, or did not say so in time."""


class Conflict(StoreError):
    """What the write was conditioned on has changed: read again and decide again. Nothing was written."""


class Refused(StoreError):
    """What was to be written breaks the store's own rules (its schema, its size limits). Nothing was written."""


class Taken(StoreError):
    """A unique name is taken."""
