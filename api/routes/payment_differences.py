"""Routes: what providers report otherwise than the ledger; people close it, nothing is repaired by itself."""

from typing import Annotated, Literal

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery
from domain.actors import STAFF, Role
from domain.base import Frozen
from services.payments.differences import PaymentDifference


class PaymentDifferenceQuery(PageQuery):
    """Only the open ones, or only those that were closed."""

    status: Literal["open", "closed"] = "open"
    """Whether open or closed ones are listed."""


class PaymentDifferenceList(Frozen):
    """A page of differences, oldest first."""

    items: tuple[PaymentDifference, ...]
    """The differences of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


class PaymentDifferenceClosing(Frozen):
    """Why a difference needs nothing more."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]
    """What was found or done; kept for ever."""


@endpoint("GET", "/v1/payments/differences", roles=STAFF | {Role.FINANCE}, tags=("reports",))
async def list_payment_differences(
    call: Call[Services], query: PaymentDifferenceQuery
) -> PaymentDifferenceList:
    """Differences between the providers' records and the ledger, found by `smot reconcile payments` and by webhooks.

    Each is also a question to finance in `GET /v1/attention`, of the kind `payment_difference`. One that is gone at the next
    comparison is closed by itself.
    """
    found = await call.services.merchants.payment_differences.page(
        call.merchant, query.page(), open=query.status == "open"
    )
    return PaymentDifferenceList(items=tuple(found.items), next=found.next)


@endpoint(
    "POST", "/v1/payments/differences/{difference}/closings", roles={Role.FINANCE, Role.SENIOR_AGENT}, status=201,
    tags=("reports",),
)  # fmt: skip
async def close_payment_difference(call: Call[Services], body: PaymentDifferenceClosing) -> PaymentDifference:
    """Close a difference with a reason. No money moves; it opens again only if either side says something else."""
    closed = await call.services.merchants.payment_differences.close(
        call.merchant, call.path["difference"], call.caller.actor, body.reason
    )
    if closed is None:
        raise Problem("not_found")
    return closed
