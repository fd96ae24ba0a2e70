"""The two attitudes of the contract: strict about what we produce, lenient about what newer peers send us.

Neither repeats what it was given in its errors: these end in logs, and bodies and secrets must not.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def _is_none(value: object) -> bool:
    return value is None


def absent() -> Any:
    """An optional field that is left out of the JSON when it has no value."""
    return Field(default=None, exclude_if=_is_none)


QUIET = ConfigDict(hide_input_in_errors=True)
"""For a TypeAdapter, which does not look into its models for it."""


class Produced(BaseModel):
    """Something this version writes: immutable, and a field it does not know is a mistake."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, serialize_by_alias=True, validate_by_name=True, hide_input_in_errors=True
    )


class Consumed(BaseModel):
    """Something read from a peer that may be one version ahead: fields it does not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)
