"""The fast-return bonus as a dated table: what goods add that are handed over by which day."""

from datetime import date

from domain.base import Frozen
from domain.clock import Instant
from domain.money import Money


class BonusRow(Frozen):
    """One row: the bonus until the end of a day at the destination, from the day after the row before."""

    days: int
    """The last day, counted from the day of the authorization, which is 0."""
    until: date
    """The same as a date."""
    ends_at: Instant
    """The end of that day there."""
    bonus: Money
    """What is added, as store credit."""
