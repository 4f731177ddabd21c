"""WooCommerce as payer: refunds through the payment gateway of the order, by the shop's REST interface.

WooCommerce knows no idempotency keys. What stands for one is the reason of the refund: the shop saves it before its gateway
pays, so a refund under a key that was made, or may have been made, is seen in the order's list. The list is read before every
request. After a request that was lost, an empty list proves nothing until the shop's program must have ended.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from pydantic import BaseModel, ValidationError

from adapters.payments.woocommerce_answers import (
    META_KEY,
    GatewayUnclear,
    OrderMoney,
    RefundRow,
    declined,
)
from adapters.payments.woocommerce_list import changed_refunds, provider_refund
from adapters.woocommerce.amounts import UnreadableAmount, fits, to_text
from adapters.woocommerce.client import PROVIDER, Egress, WooAnswer, WooCommerceClient
from domain import payment_keys
from ports.payments import (
    AccountRefused,
    Declined,
    NotSent,
    OutcomeUnknown,
    PaymentAccounts,
    PersonNeeded,
    ProviderRefund,
    RefundRequest,
)

M = TypeVar("M", bound=BaseModel)
_GONE: Final = Declined(code="unknown_payment")
_ONLY_THE_GATEWAY: Final = "only the shop's payment gateway knows whether it has paid"
_GATEWAY_TIMEOUT: Final = 80.0
"""Seconds. WooCommerce waits up to 70 for its gateway: https://developer.wordpress.org/reference/functions/wp_remote_post/"""
IN_FLIGHT = timedelta(minutes=2)
"""How long a request without an answer may still be under way in the shop."""


class WooCommercePayments:
    """The port `Payments` on a WooCommerce shop. A request's payment is the shop's id of the order.

    timeout: seconds for one call. A gateway may take longer; the refund is then looked up.
    in_flight: instead of IN_FLIGHT.
    now: real time.
    """

    name: Final = PROVIDER

    def __init__(
        self,
        accounts: PaymentAccounts,
        egress: Egress,
        *,
        timeout: float = 20.0,
        gateway_timeout: float = _GATEWAY_TIMEOUT,
        in_flight: timedelta | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = WooCommerceClient(accounts, egress, timeout)
        self._gateway = WooCommerceClient(accounts, egress, gateway_timeout)
        self._in_flight, self._now = in_flight or IN_FLIGHT, now
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._sent: dict[str, datetime] = {}

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        """See the port. One at a time for each order, as WooCommerce checks and writes without a lock."""
        async with self._one_at_a_time(request):
            try:
                order = await self._order(request)
                known = order and await self._found(order, request, listed=bool(order.refunds))
            except (AccountRefused, PersonNeeded):
                raise
            except OutcomeUnknown as problem:
                raise NotSent(str(problem)) from problem
            return _gone(request) if order is None else known or await self._make(order, request)

    async def find(self, request: RefundRequest) -> ProviderRefund | Declined | None:
        """See the port. None only for a request that was never sent, as the shop deletes the row of a gateway without answer."""
        async with self._one_at_a_time(request):
            order = await self._order(request)
            return _gone(request) if order is None else await self._found(order, request, listed=True)

    async def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        """See the port. WooCommerce lists no refunds by time, so the changed orders are read, and the refunds of each."""
        async for refund in changed_refunds(self._client, merchant, since):
            yield refund

    async def check(self, merchant: str) -> str:
        """See the port. The right to write shows in a refund of order 0, which no shop has: it is refused as unknown."""
        orders = await self._client.call(merchant, "GET", "orders", {"per_page": "1"})
        refused = await self._client.call(merchant, "POST", "orders/0/refunds", json={"amount": "0"})
        if orders.status != 200 or not isinstance(orders.content, list) or declined(refused) != _GONE:
            raise OutcomeUnknown(f"WooCommerce answered {orders.status} and {refused.status} {refused.code}")
        return await self._client.site(merchant)

    async def close(self) -> None:
        """Close the session."""
        await self._client.close()
        await self._gateway.close()

    @asynccontextmanager
    async def _one_at_a_time(self, request: RefundRequest) -> AsyncIterator[None]:
        name = (request.merchant, request.payment)
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        async with lock:
            yield

    async def _found(
        self, order: OrderMoney, request: RefundRequest, *, listed: bool
    ) -> ProviderRefund | None:
        """The refund under the key. Raises OutcomeUnknown for a row of ours that may be paid or not, PersonNeeded without a row.

        listed: whether the list is read even where the key was never sent.
        """
        sent = (request.sent_at, request.last_sent_at, self._sent.get(request.key))
        last = max(filter(None, sent), default=None)
        rows = await self._rows(request) if listed or last is not None else []
        ours = [row for row in rows if row.key == request.key]
        if len(ours) > 1:
            raise OutcomeUnknown("the shop has two refunds under one key")
        if ours:
            return self._read(ours[0], order.currency, request)
        if order.unanswered(request.key):
            raise PersonNeeded(_ONLY_THE_GATEWAY)
        if last is not None and self._now() - last < self._in_flight:
            raise OutcomeUnknown("the request may still be under way in the shop")
        if last is not None:
            raise PersonNeeded(f"a request was sent and has left no row: {_ONLY_THE_GATEWAY}")
        return None

    async def _make(self, order: OrderMoney, request: RefundRequest) -> ProviderRefund | Declined:
        refused = _refusal(order, request)
        if refused is not None:
            return refused
        self._remember(request.key)
        try:
            answer = await self._gateway.call(
                request.merchant, "POST", f"orders/{request.payment}/refunds", json=_body(request)
            )
            return await self._answered(answer, order, request)
        except NotSent:
            self._sent.pop(request.key, None)
            raise
        except OutcomeUnknown:
            made = await self._made_all_the_same(request)
            if made is None:
                raise
            return made

    async def _answered(
        self, answer: WooAnswer, order: OrderMoney, request: RefundRequest
    ) -> ProviderRefund | Declined:
        try:
            refused = declined(answer)
        except GatewayUnclear:
            await self._note_silence(request)
            raise PersonNeeded(_ONLY_THE_GATEWAY) from None
        if answer.status == 429:
            raise NotSent("the shop's server refuses so many requests")
        if refused is not None:
            self._sent.pop(request.key, None)
            return await self._with_left(refused, request)
        row = _read_as(RefundRow, answer, "a refund")
        if row.key != request.key:
            raise OutcomeUnknown("an answer about another refund")
        return self._read(row, order.currency, request)

    async def _made_all_the_same(self, request: RefundRequest) -> ProviderRefund | None:
        """The refund, where the list shows it after an answer that was lost or could not be read."""
        try:
            ours = [row for row in await self._rows(request) if row.key == request.key]
            return self._read(ours[0], request.amount.currency, request) if len(ours) == 1 else None
        except OutcomeUnknown:
            return None

    async def _with_left(self, refused: Declined, request: RefundRequest) -> Declined:
        """The refusal with what the order holds now; shops write its text in their own language."""
        try:
            order = await self._order(request)
        except OutcomeUnknown:
            return refused
        too_large = _refusal(order, request) if order is not None else None
        return too_large or refused

    async def _note_silence(self, request: RefundRequest) -> None:
        """Have the order remember it: the row is gone, and without it the list would look as if nothing had happened."""
        meta = [
            {
                "key": payment_keys.unanswered_refund(request.key),
                "value": self._now().isoformat(timespec="seconds"),
            }
        ]
        await self._client.call(
            request.merchant, "PUT", f"orders/{request.payment}", json={"meta_data": meta}
        )

    def _remember(self, key: str) -> None:
        now = self._now()
        self._sent = {other: at for other, at in self._sent.items() if now - at < self._in_flight}
        self._sent[key] = now

    def _read(self, row: RefundRow, currency: str, request: RefundRequest) -> ProviderRefund:
        """Raises OutcomeUnknown where the row says neither that it was paid nor that it was not."""
        try:
            refund = provider_refund(row, request.payment, currency)
        except UnreadableAmount as problem:
            raise OutcomeUnknown(f"an amount of WooCommerce: {problem}") from problem
        if refund.amount != request.amount:
            raise OutcomeUnknown("the refund under the key has another amount")
        if not row.refunded_payment:
            raise OutcomeUnknown("the refund is saved, and the shop does not say that its gateway has paid")
        return refund

    async def _order(self, request: RefundRequest) -> OrderMoney | None:
        """The order; None where the shop has none of that id. Raises OutcomeUnknown."""
        if not (request.payment.isascii() and request.payment.isdigit()):
            return None
        answer = await self._client.call(request.merchant, "GET", f"orders/{request.payment}")
        if answer.status == 404 and answer.code == "woocommerce_rest_shop_order_invalid_id":
            return None
        order = _read_as(OrderMoney, answer, "an order")
        if answer.status != 200 or order.id != request.payment:
            raise OutcomeUnknown(f"an order with status {answer.status}, or another order")
        return order

    async def _rows(self, request: RefundRequest) -> list[RefundRow]:
        path = f"orders/{request.payment}/refunds"
        try:
            return [
                RefundRow.model_validate(row)
                async for page in self._client.pages(request.merchant, path)
                for row in page
            ]
        except ValidationError:
            raise OutcomeUnknown("a list of refunds that cannot be read") from None


def _gone(request: RefundRequest) -> Declined:
    """There is no such order. Raises PersonNeeded where a refund of it may have been made while it was there."""
    if request.sent_at is not None:
        raise PersonNeeded(f"the order has gone: {_ONLY_THE_GATEWAY}")
    return _GONE


def _refusal(order: OrderMoney, request: RefundRequest) -> Declined | None:
    """The reason not to send the refund; the shop's own check of the amount comes later, when its staff may have refunded too."""
    if order.currency != request.amount.currency:
        return Declined(code="currency_mismatch")
    try:
        left = order.left()
        if not fits(request.amount, order.total):
            return Declined(code="amount_finer_than_the_shop")
    except UnreadableAmount as problem:
        raise OutcomeUnknown(f"an amount of WooCommerce: {problem}") from problem
    return Declined(code="amount_too_large", left=left) if left < request.amount else None


def _body(request: RefundRequest) -> dict[str, Any]:
    """No lines: goods and stock are booked from what came back, and a line of another shop's id would void the others."""
    return {
        "amount": to_text(request.amount),
        "reason": payment_keys.refund_note(request.key, request.amount),
        "api_refund": True,
        "api_restock": False,
        "meta_data": [{"key": META_KEY, "value": request.key}],
    }


def _read_as(kind: type[M], answer: WooAnswer, what: str) -> M:
    try:
        return kind.model_validate(answer.content)
    except (ValidationError, ValueError):
        raise OutcomeUnknown(f"{answer.status} {answer.code} and not {what}") from None
