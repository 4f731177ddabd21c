"""The two kinds of model: values that never change, and state that only the journey changes."""

from collections.abc import Iterable
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict

F = TypeVar("F", bound="Frozen")
_set = object.__setattr__  # as pydantic itself fills a model


class Frozen(BaseModel):
    """A value that never changes. Unknown fields are refused, so a typo is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of_checked(cls, rows: Iterable[dict[str, Any]]) -> tuple[Self, ...]:
        """Values of which the caller has checked what validation would, at a third of its cost; never for outside input.

        rows: each with every field in the order of the class, as it would be after validation. A value keeps its row.
        """
        fields = set(cls.model_fields)
        return tuple(_made(cls.__new__(cls), row, fields) for row in rows)


def _made(new: F, row: dict[str, Any], fields: set[str]) -> F:
    _set(new, "__dict__", row)
    _set(new, "__pydantic_fields_set__", fields)
    _set(new, "__pydantic_extra__", None)
    _set(new, "__pydantic_private__", None)
    return new


class State(BaseModel):
    """A part of the journey's state. A new field always has a default, because old runs carry old states."""

    model_config = ConfigDict(extra="ignore")
