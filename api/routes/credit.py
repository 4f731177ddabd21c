"""Routes: a customer's store credit, and payments with it."""

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.problems import Problem
from api.http.reasons import reason_views
from api.schemas.orders import invalid_body
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.model.order import Identifier
from domain.money import Money
from domain.reasons import Reason, Violation
from services.credit import CreditView


class StoreCreditList(Frozen):
    """A customer's store credit, one entry per currency."""

    items: tuple[CreditView, ...]
    """One entry per currency."""
    next: None = None
    """Always null: all are here."""


class NewRedemption(Frozen):
    """Store credit that the customer spends. A repetition with the same reference has the same answer."""

    reference: Identifier
    """The shop's own id of what is paid for; credit is taken once per reference."""
    amount: Money
    """How much is spent."""


class RedemptionView(Frozen):
    """Credit that was spent."""

    reference: str
    """The shop's own id of what was paid for."""
    amount: Money
    """How much was spent."""
    remaining: Money
    """What the customer can still spend in that currency."""


@endpoint(
    "GET", "/v1/customers/{customer}/credit", roles=STAFF | {Role.STOREFRONT, Role.FINANCE}, tags=("customers",)
)  # fmt: skip
async def get_credit(call: Call[Services]) -> StoreCreditList:
    """A customer's store credit per currency, and when each part of it expires."""
    credit = call.services.customers.credit
    return StoreCreditList(items=tuple(await credit.balances(call.merchant, call.path["customer"])))


@endpoint(
    "POST", "/v1/customers/{customer}/credit/redemptions", roles={Role.STOREFRONT}, status=201, other_statuses=(200,),
    location="/v1/customers/{customer}/credit",
    tags=("customers",), problems=("refused", "redemption_conflict"), idempotency="required",
)  # fmt: skip
async def redeem_credit(call: Call[Services], body: NewRedemption) -> Response[RedemptionView]:
    """Spend credit at a checkout: the whole amount or nothing; what expires soonest is spent first."""
    if body.amount.minor <= 0:
        raise invalid_body([("not_positive", "/amount/minor")])
    done = await call.services.customers.credit.redeem(
        call.merchant, call.caller.actor, call.path["customer"], body.reference, body.amount
    )
    if done.outcome == "conflict":
        raise Problem("redemption_conflict")
    if done.outcome == "insufficient":
        details: dict[str, str | int] = {"requested": body.amount.minor, "available": done.remaining.minor}
        raise Problem(
            "refused", reasons=reason_views([Violation(code=Reason.INSUFFICIENT_CREDIT, details=details)])
        )
    redemption = RedemptionView(reference=body.reference, amount=body.amount, remaining=done.remaining)
    return Response(redemption, status=201 if done.outcome == "new" else 200)
