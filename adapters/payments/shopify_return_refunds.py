"""Shopify pays back for a return that it shows: goods and money of the return are processed by one call.

`returnProcess` takes no key. What stands for one are the units: they are processed once, so the same call again is refused.
It is not documented that the refund keeps the note of the call, so a refund of the return is also known by its payment,
its amount and its time: a return that is paid so has one refund of ours.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from adapters.shopify import documents
from adapters.shopify.amounts import to_decimal
from adapters.shopify.answers import AdminOrder, PaidTransaction, Processed, Refund, RefundsOfReturn, state_of
from adapters.shopify.client import ShopifyClient
from adapters.shopify.returns import ShownReturn, our_return
from domain import payment_keys
from ports.payments import AccountRefused, OutcomeUnknown, RefundRequest

_UNSURE: Final = timedelta(minutes=2)
"""How far apart the shop's clock and ours may be, and how long a call without an answer may be under way."""


class ReturnRefunds:
    """Refunds by `returnProcess`. now: real time."""

    def __init__(
        self, client: ShopifyClient, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client, self._now = client, now

    async def open_return(self, order: AdminOrder, request: RefundRequest) -> ShownReturn | None:
        """The return that the refund can be paid for; None where it is paid by `refundCreate`.

        A refund that was sent before is sent by the same way again: by the return if that was there at the time. Raises
        OutcomeUnknown while that is not certain.
        """
        found = await self._shown(order, request)
        if found is None or request.goods is None:
            return None
        if request.sent_at is not None:
            if abs(found.created_at - request.sent_at) < _UNSURE > self._now() - request.sent_at:
                raise OutcomeUnknown("it is not certain by which way the refund was sent before")
            if found.created_at > request.sent_at:
                return None
        return found if found.holds(request.goods.units) else None

    async def _shown(self, order: AdminOrder, request: RefundRequest) -> ShownReturn | None:
        """The shop's return; None without one, and where the access token may not read returns.

        Nor where the customer paid in another currency than the shop's: there the note tells what was asked for.
        """
        if request.goods is None or request.as_store_credit:
            return None
        if order.currency_code != order.presentment_currency_code:
            return None
        try:
            return await our_return(self._client, request.merchant, order.id, request.goods.return_id)
        except AccountRefused:
            return None

    async def made(self, order: AdminOrder, request: RefundRequest, parent: PaidTransaction) -> Refund | None:
        """The refund of that return that a call of ours made before."""
        found = await self._shown(order, request) if request.sent_at is not None else None
        if found is None:
            return None
        data = await self._client.call(request.merchant, documents.OF_RETURN, {"id": found.id})
        return _ours(_read(RefundsOfReturn, data.get("return")), request, parent)

    async def pay(self, request: RefundRequest, parent: PaidTransaction, shown: ShownReturn) -> Refund | None:
        """The refund; None where Shopify refuses it. Raises OutcomeUnknown."""
        assert request.goods is not None, "it is paid for a return"
        given = _input(request, parent, shown.to_process(request.goods.units))
        data = await self._client.call(
            request.merchant, documents.PROCESS, {"input": {"returnId": shown.id, **given}}
        )
        answer = _read(Processed, data.get("returnProcess"))
        if answer.user_errors:
            return None
        if answer.returned is None:
            raise OutcomeUnknown("neither a return nor a refusal")
        refund = _ours(answer.returned, request, parent)
        if refund is None:
            raise OutcomeUnknown("the return was processed and shows no refund of this amount")
        return refund


def _input(request: RefundRequest, parent: PaidTransaction, lines: list[dict[str, Any]]) -> dict[str, Any]:
    stated = {"amount": to_decimal(request.amount), "currencyCode": request.amount.currency}
    transfer = {"orderTransactions": [{"parentId": parent.id, "transactionAmount": stated}]}
    return {
        "returnLineItems": lines,
        "note": payment_keys.refund_note(request.key, request.amount),
        "notifyCustomer": False,
        "financialTransfer": {"issueRefund": transfer},
    }


def _ours(shown: RefundsOfReturn, request: RefundRequest, parent: PaidTransaction) -> Refund | None:
    """The refund that this request made: under its note, or without one, of its amount and not before it was sent."""
    noted = [(refund, payment_keys.refund_in_note(refund.note or "")) for refund in shown.refunds.nodes]
    for refund, note in noted:
        if note is not None and note.key == request.key:
            return refund
    fitting = [refund for refund, note in noted if note is None and _fits(refund, request, parent)]
    if len(fitting) > 1:
        raise OutcomeUnknown("the return has two refunds of this amount, and neither names its key")
    ours = {"note": payment_keys.refund_note(request.key, request.amount)}
    return fitting[0].model_copy(update=ours) if fitting else None


def _fits(refund: Refund, request: RefundRequest, parent: PaidTransaction) -> bool:
    paid = [one for one in refund.transactions.nodes if one.kind == "REFUND"]
    if len(paid) != 1 or state_of(paid[0].status) == "failed":
        return False
    if request.sent_at and refund.created_at and refund.created_at < request.sent_at - _UNSURE:
        return False
    through = paid[0].parent_transaction
    is_of_payment = through is not None and through.id == parent.id
    return is_of_payment and paid[0].amount_set.shop_money.money() == request.amount


M = TypeVar("M", Processed, RefundsOfReturn)


def _read(model: type[M], part: object) -> M:
    try:
        return model.model_validate(part)
    except ValidationError:
        raise OutcomeUnknown("an answer about a return that cannot be read") from None
