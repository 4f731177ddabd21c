"""Bodies of the routes that have something tried again."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call
from api.http.fields import SentInstant
from api.http.problems import Problem
from domain.base import Frozen


class ReplayReason(Frozen):
    """Why it is tried again, in the agent's words; kept sealed in the audit."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]
    """Why it is tried again, in the agent's words."""


class ReplaySelection(ReplayReason):
    """Those that fulfil all that is given."""

    problem: Annotated[str | None, Field(max_length=200)] = None
    """How their own `reason` begins."""
    since: SentInstant | None = None
    """Not those that came before, in real time."""
    until: SentInstant | None = None
    """Not those that came later, in real time."""
    dry_run: bool = False
    """Only count them."""


class ReplayQueued(Frozen):
    """It is queued."""

    id: int
    """The id of what is queued."""


class ManyReplayed(Frozen):
    """How many are tried again."""

    queued: int
    """How many are tried again."""
    more: int
    """How many others there are; repeat the request for them."""


def number_in_path(call: Call[Services], name: str) -> int:
    """The number of a row. Raises not_found for what is no number."""
    text = call.path[name]
    if not text.isascii() or not text.isdecimal():
        raise Problem("not_found")
    return int(text)
