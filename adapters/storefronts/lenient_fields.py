"""Fields of storefronts' bodies, read as senders write them: null is none, a number may be text and text a number."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.functional_validators import WrapValidator

from domain.clock import StatedInstant

T = TypeVar("T")


class LenientModel(BaseModel):
    """A part of a body: unknown fields are ignored, and null is the same as a missing field."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: part for name, part in value.items() if part is not None}


def _id_number(value: object) -> object:
    """A number, its text, or the last part of `gid://shopify/Order/1`. A fraction may have lost digits, so it is no id."""
    if isinstance(value, bool | float):
        raise ValueError("not an id")
    return value.rpartition("/")[2] if isinstance(value, str) else value


def _not_a_flag(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("not text")
    return value


def _text_with_offset(value: object) -> object:
    """A time is text with an offset, as Shopify documents it. Pydantic would read a bare number as seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError("not a time")
    return value


def _items(value: object) -> object:
    return [item for item in value if item is not None] if isinstance(value, list) else []


def _or_none(value: object, read: Callable[[object], T]) -> T | None:
    try:
        return read(value)
    except ValidationError:
        return None


Id = Annotated[int, BeforeValidator(_id_number), Field(ge=1, lt=2**63)]
Amount = Annotated[str, BeforeValidator(_not_a_flag), Field(max_length=24)]
Text = Annotated[str, BeforeValidator(_not_a_flag), Field(max_length=10_000)]
Count = Annotated[int, BeforeValidator(_not_a_flag), Field(ge=0, le=100_000)]
Time = Annotated[StatedInstant, BeforeValidator(_text_with_offset)]
Many = Annotated[list[T], BeforeValidator(_items)]
"""A list. What is no list is read as an empty one, and a null in it is left out."""
Maybe = Annotated[T | None, WrapValidator(_or_none)]
"""A part that may be missing. One that cannot be read is read as missing."""
