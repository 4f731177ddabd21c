"""Routes: payments of an order that come after it was placed."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.request_context import context_of, order_of, view_after
from api.schemas.orders import invalid_body
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.journey.order_view import OrderView
from domain.model.order import Identifier
from domain.model.reported_payment import ReportedPayment
from domain.money import Money
from services.orders.payment_holders import UnknownProvider
from services.orders.payments import PaymentTaken


class NewPayment(Frozen):
    """A payment of a tender that was not captured when the order was placed."""

    tender_id: Identifier
    """The tender that was paid, by the shop's own id of it."""
    amount: Money | None = None
    """What was paid; all of the tender if left out. It is less where goods came back before the customer paid."""
    payment: Identifier | None = None
    """The provider's id of the payment. A refund goes back through it; without one a person pays it."""
    provider: Identifier | None = None
    """The payment provider that holds the payment; left out, the one at which the merchant has its only account."""


@endpoint(
    "POST", "/v1/orders/{order}/payments", roles={Role.STOREFRONT, Role.FINANCE} | STAFF, tags=("orders",),
    problems=("refused", "payment_taken", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def report_payment(call: Call[Services], body: NewPayment) -> OrderView:
    """Report that the customer has paid, as an invoice or cash on delivery; the same payment again changes nothing.

    Nothing goes back of a payment before it is reported. What the customer paid above what they owe by then is paid back.
    """
    order = await order_of(call)
    context = await context_of(call)
    payment = ReportedPayment(**{name: getattr(body, name) for name in NewPayment.model_fields})
    try:
        result = await call.services.orders.payments.report(context, order, payment)
    except PaymentTaken:
        raise Problem("payment_taken") from None
    except UnknownProvider:
        raise invalid_body([("unknown_provider", "/provider")]) from None
    return await view_after(call, order, result)
