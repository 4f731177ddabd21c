"""A refund in Shopify that only records what was paid by another way, so that the shop's books show it."""

from typing import Final

from pydantic import ValidationError

from adapters.shopify import documents
from adapters.shopify.amounts import AmountNotExact, to_decimal
from adapters.shopify.answers import AdminOrder, Created, PaidTransaction, gid
from adapters.shopify.client import ShopifyClient
from adapters.shopify.money_left import left_of
from domain import storefront_keys
from domain.money import Money
from ports.payments import OutcomeUnknown
from ports.storefront_updates import BeforeSending, NotShown, ShopWrite, Shown

_NOT_BY_HAND: Final = "the shop's own payment would pay it again: it is not recorded there"


async def record_refund(
    client: ShopifyClient, write: ShopWrite, amount: Money, sending: BeforeSending
) -> Shown | NotShown:
    """Record it on a payment that people took by hand: Shopify moves no money through those, and through others it would.

    The key of the call and the note are the record's own, so that it is made once and known as ours.
    """
    order = await _order(client, write)
    for refund in order.refunds:
        noted = storefront_keys.record_in_note(refund.note or "")
        if noted is not None and noted.key == write.leg_key:
            return Shown(reference=refund.id)
    if len(order.refunds) >= documents.MAX_REFUNDS:
        raise OutcomeUnknown("more refunds than can be looked through")
    by_hand = [one for one in order.transactions if one.takes and one.manual_payment_gateway]
    if not by_hand or order.currency_code != order.presentment_currency_code:
        return Shown(reason=_NOT_BY_HAND)
    try:
        fitting = [one for one in by_hand if amount <= left_of(order, one)]
    except (AmountNotExact, ValueError) as problem:
        raise OutcomeUnknown(f"an amount of Shopify: {problem}") from problem
    if not fitting:
        return NotShown(reason="the shop's payment holds less than was paid back")
    return await _create(client, write, amount, fitting[0], sending)


async def _order(client: ShopifyClient, write: ShopWrite) -> AdminOrder:
    name = gid("Order", write.order)
    data = await client.call(write.merchant, documents.ORDER, {"id": name})
    try:
        order = AdminOrder.model_validate(data.get("order"))
    except ValidationError:
        raise OutcomeUnknown("an answer about an order that cannot be read") from None
    if order.id != name:
        raise OutcomeUnknown("the answer is about another order")
    return order


async def _create(
    client: ShopifyClient, write: ShopWrite, amount: Money, parent: PaidTransaction, sending: BeforeSending
) -> Shown | NotShown:
    name = gid("Order", write.order)
    payment = {"amount": to_decimal(amount), "gateway": parent.gateway or "", "kind": "REFUND"}
    given = {
        "orderId": name,
        "note": storefront_keys.record_note(write.leg_key, amount),
        "notify": False,
        "transactions": [{**payment, "orderId": name, "parentId": parent.id}],
    }
    await sending("refundCreate")
    key = storefront_keys.record_call(write.leg_key)
    data = await client.call(write.merchant, documents.CREATE, {"input": given, "key": key})
    try:
        created = Created.model_validate(data.get("refundCreate"))
    except ValidationError:
        raise OutcomeUnknown("an answer about a refund that cannot be read") from None
    if created.refund is not None:
        return Shown(reference=created.refund.id)
    if any("currently in progress" in error.message for error in created.user_errors):
        raise OutcomeUnknown("the key is in use")
    return NotShown(reason="the shop refuses to record the refund")
