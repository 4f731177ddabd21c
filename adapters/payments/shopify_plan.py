"""One refund in the terms of Shopify: the payment that it goes back through, its amount in the buyer's currency, or a refusal."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from adapters.shopify.amounts import to_decimal
from adapters.shopify.answers import AdminOrder, PaidTransaction, gid, number_of
from adapters.shopify.money_left import given_back, left_of
from domain import payment_keys
from domain.money import Money
from ports.payments import Declined, RefundRequest

_GIFT_CARD: Final = "gift_card"  # Shopify's name of the gateway


def order_of(request: RefundRequest) -> str:
    """The global id of the order: the payment names it; else it is the shop's own id. Empty where neither is a number."""
    number = _parts(request.payment)[0] or request.order
    return gid("Order", number) if _is_number(number) else ""


def _parts(payment: str) -> tuple[str, str]:
    """The order and the transaction in the id of a payment, as `payment_name` made it."""
    source, _, rest = payment.partition("-")
    order, _, transaction = rest.partition("-")
    if source != "shopify" or not _is_number(order):
        return "", ""
    return order, transaction


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19


def parent_of(order: AdminOrder, request: RefundRequest) -> PaidTransaction | Declined:
    """The payment that the money goes back through. It is never chosen between different means of payment."""
    wanted = _parts(request.payment)[1]
    taken = [one for one in order.transactions if one.takes]
    if wanted:
        named = [one for one in order.transactions if number_of(one.id) == wanted]
        if not named:
            return Declined(code="unknown_payment")
        return named[0] if named[0].takes else Declined(code="payment_not_captured")
    others = [one for one in taken if one.gateway != _GIFT_CARD]
    if not others:
        return Declined(code="payment_not_captured" if order.transactions else "unknown_payment")
    if len({one.gateway for one in others}) > 1:
        return Declined(code="payment_ambiguous")
    fitting = [one for one in others if request.amount <= left_of(order, one)]
    return fitting[0] if fitting else max(others, key=lambda one: left_of(order, one).minor)


def refusal(order: AdminOrder, request: RefundRequest, parent: PaidTransaction) -> Declined | None:
    """Why it cannot be paid, by what the order shows. Raises AmountNotExact."""
    left = left_of(order, parent)
    if left.currency != request.amount.currency:
        return Declined(code="currency_mismatch")
    if not left:
        return Declined(code="charge_already_refunded", left=left)
    if not request.amount <= left:
        return Declined(code="amount_too_large", left=left)
    if not _buyers(order, request.amount, parent):
        return Declined(code="amount_too_small")
    return None


def refund_input(order: AdminOrder, request: RefundRequest, parent: PaidTransaction) -> dict[str, Any]:
    """`RefundInput`. Shopify sends no mail: the notices are ours. Raises AmountNotExact."""
    amount = _buyers(order, request.amount, parent)
    wanted: dict[str, Any] = {
        "orderId": order.id,
        "note": payment_keys.refund_note(request.key, request.amount),
        "notify": False,
    }
    if order.currency_code != order.presentment_currency_code:
        wanted["currency"] = order.presentment_currency_code
    if request.as_store_credit:
        stated = {"amount": to_decimal(amount), "currencyCode": amount.currency}
        return {**wanted, "refundMethods": [{"storeCreditRefund": {"amount": stated}}]}
    payment = {
        "amount": to_decimal(amount),
        "gateway": parent.gateway or "",
        "kind": "REFUND",
        "orderId": order.id,
        "parentId": parent.id,
    }
    return {**wanted, "transactions": [payment]}


def _buyers(order: AdminOrder, asked: Money, parent: PaidTransaction) -> Money:
    """The amount in the buyer's currency, by the rate of the payment itself.

    It is the difference of two rounded sums, so that parts add up to the whole payment. Raises AmountNotExact.
    """
    paid = parent.amount_set
    shop, buyer = paid.shop_money.money(), paid.presentment_money.money()
    if shop.currency == buyer.currency:
        return asked
    before = given_back(order, parent)
    shop_before = sum(one.amount_set.shop_money.money().minor for one in before)
    buyer_before = sum(one.amount_set.presentment_money.money().minor for one in before)
    share = Decimal(shop_before + asked.minor) * buyer.minor / shop.minor
    whole = min(buyer.minor, int(share.to_integral_value(ROUND_HALF_UP)))
    return Money(minor=max(0, whole - buyer_before), currency=buyer.currency)
