"""Bodies of requests about disputes."""

from typing import Annotated

from pydantic import Field

from domain.base import Frozen
from domain.clock import StatedInstant
from domain.model.dispute import DisputeState
from domain.model.order import Identifier
from domain.model.shipment import PackedLine
from domain.money import Money

_Note = Annotated[str, Field(min_length=3, max_length=500)]


class DisputeStatementRequest(Frozen):
    """What became of a dispute that is known."""

    state: DisputeState
    """Where it stands now."""
    amount: Money | None = None
    """What is asked back, if it has changed."""
    fee: Money | None = None
    """What the provider has charged for it in all."""
    respond_by: StatedInstant | None = None
    """Until when evidence is taken, if it has changed."""
    note: _Note
    """Why, as the person who states it knows it; kept sealed in the audit."""


class NewDispute(Frozen):
    """A dispute that a person knows of: a provider reported it on paper, or a bank asked a manual payment back."""

    tender_id: Identifier
    """The tender that is disputed."""
    reference: Annotated[str, Field(min_length=1, max_length=255)]
    """The provider's or the bank's own number of the dispute; the same number again is the same dispute."""
    amount: Money
    """What is asked back."""
    state: DisputeState = "needs_response"
    """Where it stands."""
    fee: Money | None = None
    """What the provider has charged for it in all."""
    reason: Annotated[str, Field(max_length=200)] = ""
    """Why the customer disputes the payment, in the bank's word."""
    respond_by: StatedInstant | None = None
    """Until when evidence is taken."""
    note: _Note
    """How it became known; kept sealed in the audit."""


class DisputeUnits(Frozen):
    """For which units a bank has paid after a lost dispute."""

    lines: Annotated[tuple[PackedLine, ...], Field(max_length=200)] = ()
    """Units that nothing has settled yet; none where the bank paid for nothing in particular."""
    payments: Annotated[tuple[Annotated[str, Field(max_length=128)], ...], Field(max_length=50)] = ()
    """Payments to the customer that waited for the dispute and that the bank has made instead."""
    note: _Note
    """Why, in the person's words; kept sealed in the audit."""
