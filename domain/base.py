"""The two kinds of model: values that never change, and state that only the journey changes."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that never changes. Unknown fields are refused, so a typo is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class State(BaseModel):
    """A part of the journey's state. A new field always has a default, because old runs carry old states."""

    model_config = ConfigDict(extra="ignore")
