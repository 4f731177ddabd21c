"""A command of a person that waits for a short while, in which it can be taken back (AGT-7)."""

from typing import Literal

from domain.actors import Actor
from domain.base import State
from domain.clock import Instant

PlannableName = Literal[
    "override_order", "override_return", "close_question", "cancel_order", "cancel_return", "decide_claw_back",
    "resolve_lost_parcel", "respond_to_delay_consent", "remove_units", "choose_refund", "open_return",
]  # fmt: skip
"""The commands that people plan, by their names in the table of commands."""


class PlannedCommand(State):
    """One that waits.

    plan: the id of the command that planned it.
    command, body: the planned command, and its fields as JSON.
    subject: what it is about, as the audit names it.
    due_at: when it has its effect.
    """

    plan: str
    command: PlannableName
    body: str
    subject: str = ""
    by: Actor
    planned_at: Instant
    due_at: Instant
