"""A customer's statement that they withdraw from the contract, as the return has it that it opened."""

from typing import Final

from domain.base import Frozen
from domain.clock import Instant

WITHDRAWAL: Final = "withdrawal"
"""The reason of goods that come back because the customer withdrew: the law asks for none, and no form offers it."""


class Withdrawal(Frozen):
    """The statement of a withdrawal."""

    statement: str
    """Our id of the statement."""
    received_at: Instant
    """When the shop was told: from then on the law's time to pay back counts."""
