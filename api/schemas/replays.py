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


class ReplaySelection(ReplayReason):
    """Those that fulfil all that is given.

    `problem`: how their own reason begins. `since`, `until`: when they came, real time. `dry_run`: only count them.
    """

    problem: Annotated[str | None, Field(max_length=200)] = None
    since: SentInstant | None = None
    until: SentInstant | None = None
    dry_run: bool = False


class ReplayQueued(Frozen):
    """It is queued."""

    id: int


class ManyReplayed(Frozen):
    """`queued`: how many are tried again. `more`: how many others there are; repeat the request for them."""

    queued: int
    more: int


def number_in_path(call: Call[Services], name: str) -> int:
    """The number of a row. Raises not_found for what is no number."""
    text = call.path[name]
    if not text.isascii() or not text.isdecimal():
        raise Problem("not_found")
    return int(text)
