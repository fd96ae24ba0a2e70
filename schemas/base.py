"""The two attitudes of the contract: strict about what we produce, lenient about what newer peers send us."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def _is_none(value: object) -> bool:
    return value is None


def absent() -> Any:
    """An optional field that is left out of the JSON when it has no value."""
    return Field(default=None, exclude_if=_is_none)


class Produced(BaseModel):
    """Something this version writes: immutable, and a field it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True, validate_by_name=True)


class Consumed(BaseModel):
    """Something read from a peer that may be one version ahead: fields it does not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)
