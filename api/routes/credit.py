"""Store credit: what a customer has, and what they pay with it."""

from api.context import Services
from api.endpoint import Call, Response, endpoint
from api.problems import Problem
from api.request_context import actor_of, business_now
from api.schemas.orders import invalid_body
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.model.order import Identifier
from domain.money import Money
from domain.reasons import Reason, Violation
from store.ledger import store_credit
from store.ledger.redemptions import redeem
from store.ledger.store_credit import CreditView


class StoreCreditList(Frozen):
    items: tuple[CreditView, ...]


class NewRedemption(Frozen):
    """`reference`: the shop's own id of what is paid for. Once per reference; the same again is answered alike."""

    reference: Identifier
    amount: Money


class Redemption(Frozen):
    """Credit that was spent. `remaining`: what the customer can still spend in that currency."""

    reference: str
    amount: Money
    remaining: Money


@endpoint(
    "GET", "/v1/customers/{customer}/credit", roles=STAFF | {Role.STOREFRONT, Role.FINANCE}, tags=("customers",)
)  # fmt: skip
async def get_credit(call: Call[Services]) -> StoreCreditList:
    """A customer's store credit per currency, and when each part of it expires."""
    customer = call.services.vault.customer_of(call.merchant, call.path["customer"])
    async with call.services.db.read() as session:
        views = await store_credit.balances(session, call.merchant, customer)
    return StoreCreditList(items=tuple(views))


@endpoint(
    "POST", "/v1/customers/{customer}/credit/redemptions", roles={Role.STOREFRONT}, status=201, other_statuses=(200,),
    tags=("customers",), problems=("refused", "redemption_conflict"), idempotency="required",
)  # fmt: skip
async def redeem_credit(call: Call[Services], body: NewRedemption) -> Response[Redemption]:
    """Spend credit at a checkout: the whole amount or nothing, what ends soonest first."""
    if body.amount.minor <= 0:
        raise invalid_body([("not_positive", "/amount/minor")])
    customer = call.services.vault.customer_of(call.merchant, call.path["customer"])
    now = await business_now(call)
    async with call.services.db.write() as session:
        done = await redeem(
            session, call.merchant, customer, body.reference, body.amount, actor_of(call), now
        )
    if done.outcome == "conflict":
        raise Problem("redemption_conflict")
    if done.outcome == "insufficient":
        facts: dict[str, str | int] = {"requested": body.amount.minor, "available": done.remaining.minor}
        raise Problem("refused", reasons=[Violation(code=Reason.INSUFFICIENT_CREDIT, details=facts)])
    redemption = Redemption(reference=body.reference, amount=body.amount, remaining=done.remaining)
    return Response(redemption, status=201 if done.outcome == "new" else 200)
