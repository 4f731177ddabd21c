"""The port Payments on a WooCommerce shop, where it differs from other providers."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.payments.woocommerce import WooCommercePayments
from adapters.woocommerce.client import Egress
from domain.money import Money
from ports.payments import (
    AccountRefused,
    Declined,
    NotSent,
    OutcomeUnknown,
    PersonNeeded,
    ProviderRefund,
    RefundRequest,
)
from tests.adapters.payments_contract import MERCHANT, eur, settle
from tests.adapters.woocommerce_shop import DISTURBING, FINAL, KEY, Accounts, WooShop


def request(order: int, amount: Money, leg: int = 1) -> RefundRequest:
    """A first request about that order."""
    key = f"m-one/{order}/{leg}"
    return RefundRequest(key=key, merchant=MERCHANT, order=str(order), payment=str(order), amount=amount)


async def test_the_key_is_in_the_reason_and_in_the_metadata_and_the_gateway_is_asked(woo: WooShop) -> None:
    order = (await woo.order())["id"]
    await woo.payments.refund(request(order, eur(1250)))
    [row] = await woo.rows(order)
    assert (row["reason"], row["amount"]) == (f"smot refund m-one/{order}/1 1250 EUR", "12.50")
    assert [(meta["key"], meta["value"]) for meta in row["meta_data"]] == [
        ("_smot_refund", f"m-one/{order}/1")
    ]
    assert (row["refunded_payment"], await woo.paid(order)) == (True, ["12.50"])


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("fault", DISTURBING)
async def test_after_each_fault_one_effect_also_from_another_process(
    woo: WooShop, fault: str, restarted: bool
) -> None:
    order = (await woo.order())["id"]
    await woo.arm(fault, order=order)
    asked = request(order, eur(3000))
    try:
        outcome = await woo.payments.refund(asked)
    except OutcomeUnknown as unknown:
        if restarted:
            woo.payments = woo.adapter()
        await woo.pass_time(timedelta(minutes=3))
        at = None if isinstance(unknown, NotSent) else datetime.now(UTC)
        outcome = await settle(woo, asked.model_copy(update={"sent_at": at}))
    paid = await woo.paid(order)
    assert paid == (["30.00"] if isinstance(outcome, ProviderRefund) else [])


@pytest.mark.parametrize("fault", FINAL)
async def test_what_the_shop_never_says_stays_unknown_and_is_never_sent_again(
    woo: WooShop, fault: str
) -> None:
    order = (await woo.order())["id"]
    await woo.arm(fault, order=order)
    asked = request(order, eur(3000))
    with pytest.raises(OutcomeUnknown):
        await woo.payments.refund(asked)
    before = await woo.paid(order)
    sent, later = asked.model_copy(update={"sent_at": datetime.now(UTC)}), woo.adapter()
    for span in (timedelta(minutes=3), timedelta(days=3)):
        await woo.pass_time(span)
        for call in (later.find, later.refund, woo.payments.refund):
            with pytest.raises(OutcomeUnknown):
                await call(sent)
    assert await woo.paid(order) == before


async def test_an_empty_list_never_proves_that_a_request_paid_nothing(woo: WooShop) -> None:
    order = (await woo.order())["id"]
    sent = request(order, eur(3000)).model_copy(update={"sent_at": woo.now()})
    for call in (woo.payments.find, woo.payments.refund):
        with pytest.raises(OutcomeUnknown):
            await call(sent)
    assert await woo.paid(order) == []
    await woo.pass_time(timedelta(minutes=3))
    for call in (woo.payments.find, woo.payments.refund):
        with pytest.raises(PersonNeeded):
            await call(sent)
    assert await woo.paid(order) == []


async def test_legs_of_one_order_are_refunded_one_at_a_time(woo: WooShop) -> None:
    await woo.settings(check_pause_seconds=0.05, clock_shift_seconds=0)
    order = (await woo.order())["id"]
    legs = [request(order, eur(2000), number) for number in range(5)]
    outcomes = await asyncio.gather(*(woo.payments.refund(leg) for leg in legs))
    assert sum(isinstance(outcome, ProviderRefund) for outcome in outcomes) == 2
    assert {outcome.left for outcome in outcomes if isinstance(outcome, Declined)} == {eur(1000)}
    assert await woo.paid(order) == ["20.00", "20.00"]
    await woo.settings()


async def test_a_page_cache_hides_no_refund(woo: WooShop) -> None:
    await woo.settings(page_cache=True)
    order = (await woo.order())["id"]
    await woo.arm("html_504_after", order=order)
    assert isinstance(await settle(woo, request(order, eur(5000))), ProviderRefund)
    assert await woo.paid(order) == ["50.00"]
    await woo.settings()


async def test_a_row_of_another_amount_under_our_key_is_no_proof(woo: WooShop) -> None:
    order = (await woo.order())["id"]
    body = {"amount": "1", "reason": f"smot refund m-one/{order}/1 3000 EUR"}
    assert (await woo.rest("POST", f"/orders/{order}/refunds", body)).status == 201
    with pytest.raises(OutcomeUnknown):
        await woo.payments.refund(request(order, eur(3000)))
    assert await woo.paid(order) == ["1.00"]


async def test_an_order_that_staff_set_to_refunded_holds_nothing(woo: WooShop) -> None:
    order = (await woo.order())["id"]
    since = datetime.now(UTC) - timedelta(minutes=1)
    await woo.rest("PUT", f"/orders/{order}", {"status": "refunded"})
    assert await woo.payments.refund(request(order, eur(1))) == Declined(code="amount_too_large", left=eur(0))
    listed = [one async for one in woo.payments.refunds_since(MERCHANT, since) if one.payment == str(order)]
    assert [(one.key, one.amount, one.reason) for one in listed] == [("", eur(5000), "recorded_by_hand")]


@pytest.mark.parametrize(
    ("total", "order_currency", "amount", "outcome"),
    [
        ("1500", "JPY", Money(minor=1500, currency="JPY"), "1500.00"),
        ("9.00", "KWD", Money(minor=4500, currency="KWD"), "4.50"),
        ("9.00", "KWD", Money(minor=4505, currency="KWD"), Declined(code="amount_finer_than_the_shop")),
        ("50.00", "USD", eur(100), Declined(code="currency_mismatch")),
    ],
)
async def test_amounts_go_in_the_shops_own_decimals(
    woo: WooShop, total: str, order_currency: str, amount: Money, outcome: Declined | str
) -> None:
    order = (await woo.order(total, currency=order_currency))["id"]
    found = await woo.payments.refund(request(order, amount))
    if isinstance(outcome, Declined):
        assert (found, await woo.paid(order)) == (outcome, [])
    else:
        assert isinstance(found, ProviderRefund)
        assert (found.amount, await woo.paid(order)) == (amount, [outcome])


@pytest.mark.parametrize(("method", "code"), [("cheque", "gateway_without_refunds"), ("", "gateway_missing")])
async def test_an_order_whose_gateway_cannot_pay_back_is_declined(
    woo: WooShop, method: str, code: str
) -> None:
    order = (await woo.order(payment_method=method))["id"]
    assert await woo.payments.refund(request(order, eur(1))) == Declined(code=code)


@pytest.mark.parametrize("payment", ["999999", "ch_1", "1/refunds", "٣"])
async def test_a_payment_that_is_no_order_is_unknown(woo: WooShop, payment: str) -> None:
    asked = request(1, eur(1)).model_copy(update={"payment": payment})
    assert await woo.payments.refund(asked) == Declined(code="unknown_payment")


async def test_the_check_finds_a_key_that_may_only_read(woo: WooShop) -> None:
    assert woo.base.endswith(await woo.payments.check(MERCHANT))
    await woo.control(
        "POST", "keys", {"consumer_key": KEY, "consumer_secret": "cs_live", "permissions": "read"}
    )
    with pytest.raises(AccountRefused):
        await woo.payments.check(MERCHANT)
    await woo.control("POST", "keys", {"consumer_key": KEY, "consumer_secret": "cs_live"})


async def test_an_address_that_is_not_allowed_is_never_called(woo: WooShop) -> None:
    egress = Egress(rejection=lambda address: "address_not_public")
    guarded = WooCommercePayments(Accounts(woo.base), egress)
    with pytest.raises(AccountRefused, match="address_not_public"):
        await guarded.check(MERCHANT)
    await guarded.close()
