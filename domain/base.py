"""The two kinds of model: facts that never change, and state that only the journey changes."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A frozen value: once said it stays as it is. Unknown fields are refused, so a typo is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class State(BaseModel):
    """A part of the journey's state. Fields are only ever added with a default (old runs carry old states)."""

    model_config = ConfigDict(extra="ignore")
