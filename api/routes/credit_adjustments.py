"""Routes: store credit that staff give or take, and a guest's credit that becomes a customer's."""

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.problems import Problem
from api.schemas.credit import (
    CreditAdjusted,
    CreditAdjustment,
    CreditClaim,
    CreditClaimLink,
    StoreCreditList,
    refusal,
)
from domain.actors import STAFF, Role
from domain.reasons import Reason
from services.credit import AdjustmentRequest, LinkUnusable, UnknownOrder


@endpoint(
    "POST", "/v1/customers/{customer}/credit/adjustments", roles={Role.SENIOR_AGENT, Role.FINANCE, Role.ADMIN},
    status=201, other_statuses=(200,), tags=("customers",),
    problems=("refused", "redemption_conflict"), idempotency="optional",
)  # fmt: skip
async def adjust_credit(call: Call[Services], body: CreditAdjustment) -> Response[CreditAdjusted]:
    """Give credit or take it, with a reason that the audit log keeps. Credit that is authorized for a checkout is not taken."""
    body.check()
    credit = call.services.customers.credit
    request = AdjustmentRequest(**dict(body))
    try:
        done = await credit.adjust(call.merchant, call.path["customer"], call.caller.actor, request)
    except UnknownOrder:
        raise Problem("not_found", "The customer has no such order.") from None
    if done.outcome == "conflict":
        raise Problem("redemption_conflict")
    if done.outcome == "insufficient":
        raise refusal(Reason.INSUFFICIENT_CREDIT, requested=body.amount.minor, available=done.remaining.minor)
    adjusted = CreditAdjusted(
        reference=body.reference, direction=body.direction, amount=body.amount, remaining=done.remaining
    )
    return Response(adjusted, status=201 if done.outcome == "new" else 200)


@endpoint(
    "POST", "/v1/customers/{customer}/credit/claim-links", roles=STAFF | {Role.STOREFRONT}, status=201,
    tags=("customers",), idempotency="optional",
)  # fmt: skip
async def create_claim_link(call: Call[Services]) -> CreditClaimLink:
    """A text for a link by which a guest claims this credit once they have an account.

    The shop sends the link, and sends the text back with the customer who is logged in. A customer who has the link can claim it.
    """
    token, ends = call.services.customers.credit.claim_link(call.merchant, call.path["customer"])
    return CreditClaimLink(token=token, expires_at=ends)


@endpoint(
    "POST", "/v1/credit-claims", roles={Role.STOREFRONT}, status=201, other_statuses=(200,), tags=("customers",),
    problems=("refused",), idempotency="optional",
)  # fmt: skip
async def claim_credit(call: Call[Services], body: CreditClaim) -> Response[StoreCreditList]:
    """Make a guest's credit that of the customer who is logged in, with its expiry. Returns all the credit of that customer."""
    credit = call.services.customers.credit
    try:
        is_new, views = await credit.claim(call.merchant, call.caller.actor, body.token, body.customer)
    except LinkUnusable:
        raise refusal(Reason.CLAIM_LINK_UNUSABLE) from None
    return Response(StoreCreditList(items=tuple(views)), status=201 if is_new else 200)
