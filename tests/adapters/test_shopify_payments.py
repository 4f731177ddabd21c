"""The adapter for Shopify on its stand-in: the contract of all providers, and what is Shopify's own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.payments.shopify import ShopifyPayments
from adapters.shopify.amounts import from_decimal, to_decimal
from domain import payment_keys
from domain.money import Money
from ports.payments import (
    AccountRefused,
    Declined,
    OutcomeUnknown,
    PaymentAccount,
    ProviderRefund,
    RefundRequest,
)
from tests.adapters.payments_contract import (
    MERCHANT,
    Captured,
    PaymentsContract,
    eur,
    refund_request,
    settle,
)
from tests.adapters.shopify_shop import DOMAIN, TOKEN, ShopProcess, number, running_shop


class Accounts:
    """The port `PaymentAccounts` on a table."""

    def __init__(self, base: str) -> None:
        tokens = {MERCHANT: TOKEN, "m-refused": "revoked"}
        self.known = {
            merchant: PaymentAccount(
                provider="shopify", base=base, account=DOMAIN, keys={"access_token": token}
            )
            for merchant, token in tokens.items()
        }

    async def account(self, merchant: str, provider: str) -> PaymentAccount | None:
        return self.known.get(merchant) if provider == "shopify" else None


class ShopifyUnderTest:
    """The port of the contract."""

    faults: Sequence[str] = (
        "cut_before",
        "cut_after",
        "cut_in_body",
        "hang",
        "slow",
        "internal_before",
        "internal_after",
        "internal_kept",
        "http_500_before",
        "http_500_after",
        "http_503",
        "html_200",
        "not_json",
        "no_data",
        "other_refund",
        "throttled",
    )

    def __init__(self, shop: ShopProcess) -> None:
        self.shop = shop
        self.ahead = timedelta()
        self.accounts = Accounts(shop.base)
        self.payments = ShopifyPayments(
            self.accounts, timeout=1.5, now=lambda: datetime.now(UTC) + self.ahead
        )

    async def capture(self, amount: Money) -> Captured:
        return captured_of(await self.shop.order(to_decimal(amount)))

    async def arm(self, fault: str) -> None:
        if fault == "other_refund":
            other = await self.shop.order("1.00")
            await self.shop.refund(other, "1.00", f"other-{other['id']}")
        await self.shop.arm(fault, field="refundCreate", seconds=2.0)

    async def paid_back(self, captured: Captured) -> list[Money]:
        query = """query Refunds($id: ID!) { order(id: $id) { transactions {
            kind status amountSet { shopMoney { amount currencyCode } } } } }"""
        _, body, _ = await self.shop.graphql(query, {"id": f"gid://shopify/Order/{captured.order}"})
        return [
            from_decimal(*one["amountSet"]["shopMoney"].values())
            for one in body["data"]["order"]["transactions"]
            if one["kind"] == "REFUND" and one["status"] in ("SUCCESS", "PENDING")
        ]

    async def refund_by_staff(self, captured: Captured, amount: Money) -> None:
        parent = f"gid://shopify/OrderTransaction/{captured.payment.rpartition('-')[2]}"
        order = f"gid://shopify/Order/{captured.order}"
        body = {"order": order, "parent": parent, "amount": to_decimal(amount)}
        await self.shop.post(f"/shops/{DOMAIN}/refunds", body)

    async def pass_time(self, span: timedelta) -> None:
        self.ahead += span
        await self.shop.post("/clock", {"seconds": span.total_seconds()})


def captured_of(order: dict[str, Any]) -> Captured:
    name, paid = number(order["id"]), number(order["transactions"][0]["id"])
    return Captured(order=name, payment=f"shopify-{name}-{paid}")


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ShopifyUnderTest]:
    async with running_shop(tmp_path_factory.mktemp("shopify") / "shops.sqlite") as shop:
        under_test = ShopifyUnderTest(shop)
        yield under_test
        await under_test.payments.close()


class TestContract(PaymentsContract):
    """The contract."""


def key_of(order: dict[str, Any], key: str) -> str:
    return f"m-one/{order['id']}/{key}"


async def refund_once(
    provider: ShopifyUnderTest, order: dict[str, Any], amount: Money, key: str = "1"
) -> ProviderRefund | Declined:
    """`key`: unique for the order."""
    return await provider.payments.refund(refund_request(captured_of(order), key_of(order, key), amount))


async def test_a_refund_that_waits_is_accepted_and_holds_its_money(provider: ShopifyUnderTest) -> None:
    order = await provider.shop.order("10.00", plan="pending")
    refund = await refund_once(provider, order, eur(600))
    assert isinstance(refund, ProviderRefund)
    assert (refund.state, refund.raw_state) == ("accepted", "PENDING")
    assert await refund_once(provider, order, eur(500), "2") == Declined(
        code="amount_too_large", left=eur(400)
    )
    transaction = f"gid://shopify/OrderTransaction/{refund.reference}"
    for status, state in (("SUCCESS", "settled"), ("FAILURE", "failed")):
        await provider.shop.post(
            f"/shops/{DOMAIN}/transactions", {"transaction": transaction, "status": status}
        )
        found = await provider.payments.find(refund_request(captured_of(order), key_of(order, "1"), eur(600)))
        assert isinstance(found, ProviderRefund)
        assert (found.state, found.reference) == (state, refund.reference)
    assert isinstance(await refund_once(provider, order, eur(1000), "3"), ProviderRefund)


async def test_a_refund_that_failed_at_once_has_paid_nothing(provider: ShopifyUnderTest) -> None:
    order = await provider.shop.order("10.00", plan="failure")
    refund = await refund_once(provider, order, eur(1000))
    assert isinstance(refund, ProviderRefund)
    assert refund.state == "failed"


async def test_shopify_sends_no_mail_and_keeps_our_key_in_the_note(provider: ShopifyUnderTest) -> None:
    before = await provider.shop.mails()
    order = await provider.shop.order("10.00")
    await refund_once(provider, order, eur(1000), "cancel/t/1")
    assert await provider.shop.mails() == before
    bodies = [one["body"] for one in await provider.shop.webhooks("refunds/create")]
    assert f'"note": "smot refund {key_of(order, "cancel/t/1")} 1000 EUR"' in bodies[-1]


@pytest.mark.parametrize(
    ("total", "rate", "parts"),
    [("9.00", "1.4194", [710, 567]), ("10.00", "0.0071", [3, 4]), ("33.33", "0.917", [1000, 1000, 1056])],
)
async def test_parts_in_the_shops_currency_add_up_in_the_buyers(
    provider: ShopifyUnderTest, total: str, rate: str, parts: list[int]
) -> None:
    order = await provider.shop.order(total, presentment="USD", rate=rate)
    for place, minor in enumerate(parts):
        refund = await refund_once(provider, order, eur(minor), f"m-one/two/{place}")
        assert isinstance(refund, ProviderRefund), (place, refund)
        assert refund.amount == eur(minor)
    _, body, _ = await provider.shop.graphql(
        "query Left($id: ID!) { order(id: $id) { netPaymentSet { presentmentMoney { amount } } } }",
        {"id": order["id"]},
    )
    assert body["data"]["order"]["netPaymentSet"]["presentmentMoney"] == {"amount": "0.0"}


async def test_store_credit_is_given_by_the_same_keyed_call(provider: ShopifyUnderTest) -> None:
    order = await provider.shop.order("10.00")
    request = refund_request(captured_of(order), "m-one/credit/1", eur(400))
    request = request.model_copy(update={"as_store_credit": True})
    first, again = await provider.payments.refund(request), await provider.payments.refund(request)
    assert isinstance(first, ProviderRefund)
    assert first == again
    assert first.state == "settled"


async def test_an_order_that_was_paid_by_two_means_is_never_guessed(provider: ShopifyUnderTest) -> None:
    transactions = [{"amount": "10.00"}, {"amount": "20.00", "gateway": "paypal"}]
    order = await provider.shop.order(transactions=transactions)
    whole = Captured(order=number(order["id"]), payment=f"shopify-{number(order['id'])}")
    assert await provider.payments.refund(refund_request(whole, "m-one/guess/1", eur(500))) == Declined(
        code="payment_ambiguous"
    )
    named = captured_of(order)
    assert await provider.payments.refund(refund_request(named, "m-one/guess/2", eur(1500))) == Declined(
        code="amount_too_large", left=eur(1000)
    )


async def test_two_captures_of_one_means_take_the_one_that_holds_enough(provider: ShopifyUnderTest) -> None:
    transactions = [{"amount": "10.00", "kind": "CAPTURE"}, {"amount": "20.00", "kind": "CAPTURE"}]
    order = await provider.shop.order(transactions=transactions)
    whole = Captured(order=number(order["id"]), payment=f"shopify-{number(order['id'])}")
    refund = await provider.payments.refund(refund_request(whole, "m-one/captures/1", eur(1500)))
    assert isinstance(refund, ProviderRefund)
    assert refund.payment == whole.payment


async def test_an_authorization_is_not_paid_back(provider: ShopifyUnderTest) -> None:
    order = await provider.shop.order(transactions=[{"amount": "10.00", "kind": "AUTHORIZATION"}])
    assert await refund_once(provider, order, eur(500)) == Declined(code="payment_not_captured")


async def test_a_chargeback_stops_a_refund_and_an_inquiry_does_not(provider: ShopifyUnderTest) -> None:
    order = await provider.shop.order("10.00")
    change = {"order": order["id"]}
    await provider.shop.post(f"/shops/{DOMAIN}/disputes", {**change, "type": "INQUIRY"})
    assert isinstance(await refund_once(provider, order, eur(100)), ProviderRefund)
    await provider.shop.post(f"/shops/{DOMAIN}/disputes", change)
    assert await refund_once(provider, order, eur(100), "2") == Declined(code="charge_disputed")
    sent = refund_request(captured_of(order), "m-one/r/3", eur(100))
    sent = sent.model_copy(update={"sent_at": provider.payments._now()})
    with pytest.raises(OutcomeUnknown):  # the call before may still pay
        await provider.payments.refund(sent)
    await provider.shop.post(f"/shops/{DOMAIN}/disputes", {**change, "status": "WON"})
    assert isinstance(await refund_once(provider, order, eur(100), "4"), ProviderRefund)


async def test_another_currency_is_declined(provider: ShopifyUnderTest) -> None:
    order = await provider.shop.order("10.00")
    assert await refund_once(provider, order, Money(minor=100, currency="USD")) == Declined(
        code="currency_mismatch"
    )


@pytest.mark.parametrize("order", ["", "A-17", "gid://shopify/Order/1", "99999999999999999999"])
async def test_an_order_that_cannot_be_one_of_shopify_is_declined(
    provider: ShopifyUnderTest, order: str
) -> None:
    request = RefundRequest(key="m-one/x", merchant=MERCHANT, order=order, payment="pay_1", amount=eur(1))
    assert await provider.payments.refund(request) == Declined(code="unknown_payment")
    assert await provider.payments.find(request) is None


async def test_a_key_that_failed_gets_another_key_and_one_refund(provider: ShopifyUnderTest) -> None:
    captured = await provider.capture(eur(1000))
    await provider.arm("internal_kept")
    outcome = await settle(provider, refund_request(captured, "m-one/failed/1", eur(1000)))
    assert isinstance(outcome, ProviderRefund)
    assert await provider.paid_back(captured) == [eur(1000)]


async def test_a_clean_refusal_whose_answer_was_lost_stays_a_refusal(provider: ShopifyUnderTest) -> None:
    order = await provider.shop.order("10.00", presentment="USD", rate="1", customer=False)
    request = refund_request(captured_of(order), "m-one/lost/1", eur(100))
    request = request.model_copy(update={"as_store_credit": True})
    await provider.arm("cut_after")
    with pytest.raises(OutcomeUnknown):
        await provider.payments.refund(request)
    assert await provider.payments.refund(request) == Declined(code="refused")


async def test_throttling_is_waited_for_whichever_way_it_is_said(provider: ShopifyUnderTest) -> None:
    for status in (200, 429):
        await provider.shop.shop(throttle_status=status, maximum_points=100, restore_rate=500)
        orders = [await provider.shop.order("10.00") for _ in range(6)]
        refunds = await asyncio.gather(
            *(
                refund_once(provider, order, eur(100), f"m-one/busy/{status}/{place}")
                for place, order in enumerate(orders)
            )
        )
        assert all(isinstance(one, ProviderRefund) for one in refunds)
    await provider.shop.shop()


async def test_a_token_without_scopes_waits_for_a_person(provider: ShopifyUnderTest) -> None:
    order = await provider.shop.order("10.00")
    await provider.shop.shop(scopes=["read_orders"])
    with pytest.raises(AccountRefused):
        await provider.payments.check(MERCHANT)
    with pytest.raises(AccountRefused):
        await refund_once(provider, order, eur(100))
    await provider.shop.shop()
    assert await provider.payments.check(MERCHANT) == f"Example shop ({DOMAIN})"


async def test_the_address_of_an_account_is_a_shop_of_shopify(tmp_path: Path) -> None:
    accounts = Accounts("")
    accounts.known[MERCHANT] = PaymentAccount(
        provider="shopify", account="shop.example.com", keys={"access_token": "x"}
    )
    payments = ShopifyPayments(accounts)
    with pytest.raises(AccountRefused):
        await payments.check(MERCHANT)


async def test_a_list_has_more_orders_and_refunds_than_a_page(provider: ShopifyUnderTest) -> None:
    many = [await provider.shop.order("10.00") for _ in range(30)]
    for place in range(22):
        await provider.shop.refund(many[0], "0.10", f"many-{place}")
    for place, order in enumerate(many[1:]):
        await provider.shop.refund(order, "1.00", f"each-{place}")
    await provider.pass_time(timedelta(hours=1))
    since = datetime.now(UTC) + provider.ahead - timedelta(hours=2)
    listed = [one async for one in provider.payments.refunds_since(MERCHANT, since)]
    orders = {number(order["id"]) for order in many}
    here = [one for one in listed if one.payment.split("-")[1] in orders]
    assert len(here) == 22 + 29
    assert [one async for one in provider.payments.refunds_since(MERCHANT, since + timedelta(days=1))] == []


@given(
    key=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=255),
    minor=st.integers(1, 10**15),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_a_note_is_read_as_it_was_written(key: str, minor: int, currency: str) -> None:
    amount = Money(minor=minor, currency=currency)
    assert payment_keys.refund_in_note(payment_keys.refund_note(key, amount)) == (key, amount)


@pytest.mark.parametrize(
    "note", ["", "Things were damaged", "smot refund x", "smot refund k 1 XXZ", "x" * 5000]
)
def test_a_note_of_somebody_else_is_not_ours(note: str) -> None:
    assert payment_keys.refund_in_note(note) is None


@given(minor=st.integers(0, 10**14), currency=st.sampled_from(["EUR", "JPY", "KWD", "USD"]))
def test_amounts_are_written_and_read_without_loss(minor: int, currency: str) -> None:
    amount = Money(minor=minor, currency=currency)
    text = to_decimal(amount)
    if minor < 10**11:
        assert from_decimal(text, currency) == amount
        assert from_decimal(f"{Decimal(text).normalize():f}", currency) == amount
