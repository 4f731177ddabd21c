"""Routes: a customer's store credit, and payments with it: at once, or authorized, captured and voided, and refunded."""

from datetime import timedelta

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.problems import Problem
from api.schemas.credit import (
    CreditCapture,
    CreditRefund,
    NewRedemption,
    NewRedemptionView,
    RedemptionView,
    StoreCreditList,
    redemption_view,
    refusal,
    require_positive,
    view_of_step,
)
from domain.actors import STAFF, Role
from domain.reasons import Reason
from services.credit import CreditName

_READERS = STAFF | {Role.STOREFRONT, Role.FINANCE}


@endpoint("GET", "/v1/customers/{customer}/credit", roles=_READERS, tags=("customers",))
async def get_credit(call: Call[Services]) -> StoreCreditList:
    """A customer's store credit per currency, and when each part of it expires."""
    credit = call.services.customers.credit
    return StoreCreditList(items=tuple(await credit.balances(call.merchant, call.path["customer"])))


@endpoint(
    "POST", "/v1/customers/{customer}/credit/redemptions", roles={Role.STOREFRONT}, status=201, other_statuses=(200,),
    location="/v1/customers/{customer}/credit/redemptions/{reference}",
    tags=("customers",), problems=("refused", "redemption_conflict"), idempotency="required",
)  # fmt: skip
async def redeem_credit(call: Call[Services], body: NewRedemption) -> Response[NewRedemptionView]:
    """Spend credit at a checkout: the whole amount or nothing; what expires soonest is spent first.

    With `capture: manual` it is only authorized: it cannot be spent elsewhere until it is captured, voided or expires.
    """
    require_positive(body.amount)
    hold = timedelta(minutes=body.hold_minutes) if body.capture == "manual" else None
    name = CreditName(call.merchant, call.path["customer"], body.reference)
    done = await call.services.customers.credit.redeem(name, call.caller.actor, body.amount, hold)
    if done.outcome == "insufficient":
        raise refusal(Reason.INSUFFICIENT_CREDIT, requested=body.amount.minor, available=done.remaining.minor)
    if done.record is None:
        raise Problem("redemption_conflict")
    view = NewRedemptionView(**redemption_view(done.record).model_dump(), remaining=done.remaining)
    return Response(view, status=201 if done.outcome == "new" else 200)


@endpoint(
    "GET", "/v1/customers/{customer}/credit/redemptions/{redemption}", roles=_READERS, tags=("customers",)
)
async def get_redemption(call: Call[Services]) -> RedemptionView:
    """How a payment with store credit stands."""
    record = await call.services.customers.credit.redemption(_name(call))
    if record is None:
        raise Problem("not_found")
    return redemption_view(record)


@endpoint(
    "POST", "/v1/customers/{customer}/credit/redemptions/{redemption}/captures",
    roles={Role.STOREFRONT}, status=201, other_statuses=(200,), tags=("customers",),
    problems=("refused",), idempotency="optional",
)  # fmt: skip
async def capture_credit(call: Call[Services], body: CreditCapture | None) -> Response[RedemptionView]:
    """Take credit that was authorized, or a part of it; the remainder is the customer's again. It can be done once."""
    amount = body.amount if body else None
    if amount is not None:
        require_positive(amount)
    done = await call.services.customers.credit.capture(_name(call), call.caller.actor, amount)
    return Response(view_of_step(done, amount), status=201 if done.outcome == "new" else 200)


@endpoint(
    "POST", "/v1/customers/{customer}/credit/redemptions/{redemption}/voids",
    roles={Role.STOREFRONT}, status=201, other_statuses=(200,), tags=("customers",),
    problems=("refused",), idempotency="optional",
)  # fmt: skip
async def void_credit(call: Call[Services]) -> Response[RedemptionView]:
    """End an authorization that will not be captured: the credit is the customer's again."""
    done = await call.services.customers.credit.void(_name(call), call.caller.actor)
    return Response(view_of_step(done), status=201 if done.outcome == "new" else 200)


@endpoint(
    "POST", "/v1/customers/{customer}/credit/redemptions/{redemption}/refunds",
    roles={Role.STOREFRONT, Role.SENIOR_AGENT, Role.FINANCE}, status=201, other_statuses=(200,),
    tags=("customers",), problems=("refused", "redemption_conflict"), idempotency="optional",
)  # fmt: skip
async def refund_credit(call: Call[Services], body: CreditRefund) -> Response[RedemptionView]:
    """Give credit back that was spent on something that comes back. What never expires comes back first.

    For orders that are here, a return does this by itself: a tender of store credit is paid back as store credit. A bonus that
    has expired since it was spent is valid again, for as long as it was then.
    """
    require_positive(body.amount)
    credit = call.services.customers.credit
    done = await credit.refund(_name(call), call.caller.actor, body.reference, body.amount)
    return Response(view_of_step(done, body.amount), status=201 if done.outcome == "new" else 200)


def _name(call: Call[Services]) -> CreditName:
    return CreditName(call.merchant, call.path["customer"], call.path["redemption"])
