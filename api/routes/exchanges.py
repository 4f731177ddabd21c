"""Routes: exchanges that are under way are paid for, and the shop's fulfilment reports on them."""

from pydantic import ValidationError

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.request_context import accepted, context_of, return_of
from api.schemas.orders import invalid_body
from api.schemas.returns import ExchangePayment, ExchangeReport
from domain.actors import STAFF, Role
from domain.model.order import Tender
from domain.returns.commands.report_exchange import ReportExchange
from domain.returns.views import ReturnView
from services.orders.payment_holders import UnknownProvider
from services.orders.payments import PaymentTaken
from services.returns.reader import FoundReturn

_PATH = "/v1/returns/{return}/exchange"
_TAGS = ("exchanges",)


@endpoint(
    "POST", _PATH + "/payments", roles={Role.STOREFRONT, Role.FINANCE} | STAFF, tags=_TAGS,
    problems=("refused", "payment_taken", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def report_exchange_payment(call: Call[Services], body: ExchangePayment) -> ReturnView:
    """Report that the customer has paid what the new goods cost more; the same payment again changes nothing.

    Nothing is ever charged by smot: the exchange waits for this report until `exchange.pay_by`. A payment that comes after an
    exchange has ended is paid back.
    """
    found = await return_of(call)
    try:
        tender = Tender(**body.model_dump())
    except ValidationError:
        raise invalid_body([("not_payable", "/kind")]) from None
    exchanges, context = call.services.orders.exchanges, await context_of(call)
    try:
        result = await exchanges.pay(context, found.order, found.return_id, tender)
    except PaymentTaken:
        raise Problem("payment_taken") from None
    except UnknownProvider:
        raise invalid_body([("unknown_provider", "/provider")]) from None
    await accepted(call, found.order, result)
    return await _view(call, found)


@endpoint(
    "POST", _PATH + "/reports", roles={Role.STOREFRONT, Role.WAREHOUSE} | STAFF, tags=_TAGS,
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def report_exchange(call: Call[Services], body: ExchangeReport) -> ReturnView:
    """Report that your fulfilment sends the new goods of an exchange, or that it does not after all.

    What it sends is reported as a parcel of the order, with the lines that the request named.
    """
    found = await return_of(call)
    context = await context_of(call)
    command = ReportExchange(**context.envelope(), return_id=found.return_id, **body.model_dump())
    result = await call.services.orders.exchanges.report(context, found.order, command)
    await accepted(call, found.order, result)
    return await _view(call, found)


async def _view(call: Call[Services], found: FoundReturn) -> ReturnView:
    details = await call.services.returns.reader.details(found)
    if details is None:
        raise Problem("not_found")
    return details.view
