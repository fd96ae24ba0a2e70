"""What the driver raises, as the store's own errors. Its texts may hold whole documents, so they end here."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bson.errors import BSONError
from pymongo.errors import BulkWriteError, DocumentTooLarge, OperationFailure, PyMongoError

from store.errors import Conflict, Refused, StoreError, StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")

DUPLICATE_KEY = 11000
_CONFLICTS = frozenset({DUPLICATE_KEY, 112})
"""112: WriteConflict."""
_REFUSALS = frozenset({2, 9, 14, 121, 10334, 17280, 17419, 17420})
"""BadValue, FailedToParse, TypeMismatch, DocumentValidationFailure, and the ways of being too large."""
_UNSTORABLE = (BSONError, DocumentTooLarge, OverflowError, UnicodeEncodeError)
"""What cannot even be written as BSON."""


def guarded(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A method of the store that raises the store's errors only."""

    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except (PyMongoError, *_UNSTORABLE) as error:
            raise translated(error) from None

    return call


def translated(error: Exception) -> StoreError:
    """The store's word for it, with the driver's class and code but none of its text."""
    codes = _codes(error)
    told = f"{type(error).__name__} {sorted(codes)}"
    if isinstance(error, _UNSTORABLE) or codes & _REFUSALS:
        return Refused(told)
    if codes & _CONFLICTS or _aborted(error):
        return Conflict(told)
    return StoreUnavailable(told)


def _codes(error: Exception) -> frozenset[int]:
    if isinstance(error, BulkWriteError):
        return frozenset(failure["code"] for failure in error.details["writeErrors"])
    if isinstance(error, OperationFailure) and error.code is not None:
        return frozenset({error.code})
    return frozenset()


def _aborted(error: Exception) -> bool:
    """The server ended the transaction: nothing of it was written. (A lost connection carries the same label.)"""
    return isinstance(error, OperationFailure) and error.has_error_label("TransientTransactionError")
