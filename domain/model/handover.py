"""Handovers: goods that reach the customer without a parcel, because they are collected in the shop or digital."""

from domain.base import State
from domain.clock import Instant
from domain.units import UnitsByLine


class Handover(State):
    """Units of lines whose fulfilment is `pickup` or `digital`, as the shop reported them.

    ready_at: since when the customer can collect them.
    handed_over_at: when they were collected, or delivered digitally.
    reminded: the customer was reminded to collect them.
    fulfilment: the storefront's own name of it, if a storefront reported it.
    """

    handover_id: str
    units: UnitsByLine
    ready_at: Instant | None = None
    handed_over_at: Instant | None = None
    reminded: bool = False
    fulfilment: str = ""
