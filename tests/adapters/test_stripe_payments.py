"""The port Payments on Stripe: the contract, and what is special there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.payments.stripe import StripePayments
from domain.money import Money
from ports.payments import AccountRefused, Declined, OutcomeUnknown, ProviderRefund
from tests.adapters.payments_contract import MERCHANT, PaymentsContract, eur, refund_request, settle
from tests.adapters.stripe_stand_in import (
    OTHER_ACCOUNT,
    PLATFORM_SECRET,
    StandIn,
    StripeUnderTest,
)


@pytest.fixture(scope="module")
async def stand_in(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandIn]:
    one = StandIn(tmp_path_factory.mktemp("stripe") / "stripe.sqlite")
    await one.start()
    yield one
    await one.end()


@pytest.fixture
async def provider(stand_in: StandIn) -> AsyncIterator[StripeUnderTest]:
    one = StripeUnderTest(stand_in)
    yield one
    await one.payments.close()


class TestStripe(PaymentsContract):
    """The contract on Stripe."""


async def test_a_refund_names_its_leg_and_its_order_to_people_at_stripe(provider: StripeUnderTest) -> None:
    captured = await provider.capture(eur(900))
    made = await provider.payments.refund(refund_request(captured, "m-one/names", eur(900)))
    assert isinstance(made, ProviderRefund)
    _, refund, _ = await provider.stand_in.raw("GET", f"/v1/refunds/{made.reference}")
    assert refund["metadata"] == {"smot_leg": "m-one/names", "smot_order": "o-1"}
    assert (made.state, made.raw_state, made.payment_alias) == ("settled", "succeeded", refund["charge"])
    assert made.at is not None


@pytest.mark.parametrize(
    ("minor", "currency", "units"),
    [
        (1500, "JPY", 1500),
        (5120, "KWD", 5120),
        (1500, "ISK", 150_000),
        (700, "UGX", 70_000),
        (300, "MGA", 3),
        (99, "HUF", 99),
    ],
)
async def test_amounts_are_in_the_units_of_stripe(
    provider: StripeUnderTest, minor: int, currency: str, units: int
) -> None:
    amount = Money(minor=minor, currency=currency)
    captured = await provider.capture(amount)
    made = await provider.payments.refund(refund_request(captured, f"m-one/{currency}", amount))
    assert isinstance(made, ProviderRefund)
    assert made.amount == amount
    _, refund, _ = await provider.stand_in.raw("GET", f"/v1/refunds/{made.reference}")
    assert (refund["amount"], refund["currency"]) == (units, currency.lower())


@pytest.mark.parametrize(("minor", "currency"), [(5124, "KWD"), (50, "MGA"), (1000, "IQD"), (1000, "CLF")])
async def test_an_amount_that_cannot_be_paid_exactly_is_declined_and_not_rounded(
    provider: StripeUnderTest, minor: int, currency: str
) -> None:
    captured = await provider.capture(eur(9000))
    request = refund_request(captured, "m-one/exact", Money(minor=minor, currency=currency))
    assert await provider.payments.refund(request) == Declined(code="amount_not_representable")
    assert await provider.paid_back(captured) == []


async def test_a_refund_of_a_charge_keeps_the_name_of_the_charge(provider: StripeUnderTest) -> None:
    intent, charge = await provider.stand_in.pay(900)
    captured = (await provider.capture(eur(1)))._replace(payment=charge)
    made = await provider.payments.refund(refund_request(captured, "m-one/charge", eur(400)))
    assert isinstance(made, ProviderRefund)
    assert (made.payment, made.payment_alias) == (charge, intent)
    above = await provider.payments.refund(refund_request(captured, "m-one/charge/2", eur(501)))
    assert above == Declined(code="amount_above_remaining", left=eur(500))


async def test_a_payment_of_another_account_is_not_paid_back(provider: StripeUnderTest) -> None:
    intent, _ = await provider.stand_in.pay(900, account=OTHER_ACCOUNT)
    captured = (await provider.capture(eur(1)))._replace(payment=intent)
    request = refund_request(captured, "m-one/foreign", eur(900))
    assert await provider.payments.refund(request) == Declined(code="resource_missing")
    sent = request.model_copy(update={"sent_at": datetime.now(UTC)})
    with pytest.raises(OutcomeUnknown):  # it may have been sent to the account of before
        await provider.payments.find(sent)


async def test_a_connected_account_pays_and_no_other_sees_it(provider: StripeUnderTest) -> None:
    provider.accounts.accounts["m-two"] = provider.account(PLATFORM_SECRET, OTHER_ACCOUNT)
    provider.accounts.accounts["m-stranger"] = provider.account(PLATFORM_SECRET, "acct_stranger")
    intent, _ = await provider.stand_in.pay(900, account=OTHER_ACCOUNT)
    captured = (await provider.capture(eur(1)))._replace(payment=intent)
    made = await provider.payments.refund(refund_request(captured, "m-two/c", eur(900), "m-two"))
    assert isinstance(made, ProviderRefund)
    assert OTHER_ACCOUNT in await provider.payments.check("m-two")
    since = datetime.now(UTC) - timedelta(hours=1)
    mine = [one.reference async for one in provider.payments.refunds_since(MERCHANT, since)]
    assert made.reference not in mine
    with pytest.raises(OutcomeUnknown, match="account_invalid"):
        await provider.payments.check("m-stranger")


@pytest.mark.parametrize(
    ("plan", "first", "then", "reason"),
    [
        ("pending_then_succeeded", "accepted", "settled", ""),
        ("pending_then_failed", "accepted", "failed", "expired_or_canceled_card"),
        ("succeeded_then_failed", "settled", "failed", "expired_or_canceled_card"),
        ("requires_action", "accepted", "accepted", ""),
    ],
)
async def test_what_becomes_of_a_refund_is_found_and_listed(
    provider: StripeUnderTest, plan: str, first: str, then: str, reason: str
) -> None:
    captured = await provider.capture(eur(900), refunds=plan, after_seconds=9 * 86_400)
    request = refund_request(captured, f"m-one/life/{plan}", eur(900))
    made = await provider.payments.refund(request)
    assert isinstance(made, ProviderRefund)
    assert made.state == first
    await provider.pass_time(timedelta(days=9, minutes=1))
    found = await provider.payments.find(request)
    assert isinstance(found, ProviderRefund)
    assert (found.reference, found.state, found.reason) == (made.reference, then, reason)
    since = datetime.now(UTC) + provider.stand_in.ahead - timedelta(hours=1)
    changed = {one.reference: one async for one in provider.payments.refunds_since(MERCHANT, since)}
    assert (changed[made.reference].state == then) if first != then else (made.reference not in changed)


async def test_the_banks_reference_comes_days_later(provider: StripeUnderTest) -> None:
    captured = await provider.capture(eur(900))
    request = refund_request(captured, "m-one/arn", eur(900))
    made = await provider.payments.refund(request)
    await provider.pass_time(timedelta(days=6))
    found = await provider.payments.find(request)
    assert isinstance(made, ProviderRefund)
    assert isinstance(found, ProviderRefund)
    assert (made.bank_reference, found.bank_reference) == ("", "74027364123456789012345")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_late_answer_is_an_unknown_outcome_and_the_refund_is_made_once(
    provider: StripeUnderTest, when: str
) -> None:
    captured = await provider.capture(eur(900))
    await provider.stand_in.control("faults", kind="hang", when=when, seconds=2)
    impatient = provider.adapter(timeout=0.5)
    request = refund_request(captured, f"m-one/late/{when}", eur(900))
    with pytest.raises(OutcomeUnknown):
        await impatient.refund(request)
    await impatient.close()
    sent = request.model_copy(update={"sent_at": datetime.now(UTC)})
    if when == "before":  # the key is in use, and the list is empty
        with pytest.raises(OutcomeUnknown, match="409"):
            await provider.payments.refund(sent)
    await provider.pass_time(timedelta(minutes=3))
    assert isinstance(await settle(provider, sent), ProviderRefund)
    assert await provider.paid_back(captured) == [eur(900)]


async def test_another_key_is_used_only_after_a_kept_failure_a_look_up_and_a_minute(
    provider: StripeUnderTest,
) -> None:
    captured = await provider.capture(eur(900))
    await provider.arm("500 before")
    request = refund_request(captured, "m-one/kept", eur(900))
    with pytest.raises(OutcomeUnknown):
        await provider.payments.refund(request)
    sent = request.model_copy(update={"sent_at": datetime.now(UTC) + provider.stand_in.ahead})
    with pytest.raises(OutcomeUnknown, match="500"):
        await provider.payments.refund(sent)
    await provider.pass_time(timedelta(seconds=61))
    assert isinstance(await provider.payments.refund(sent), ProviderRefund)
    assert await provider.paid_back(captured) == [eur(900)]


async def test_a_kept_failure_of_a_refund_that_was_made_is_not_paid_again(provider: StripeUnderTest) -> None:
    captured = await provider.capture(eur(900))
    await provider.arm("500 after")
    request = refund_request(captured, "m-one/kept-paid", eur(300))
    with pytest.raises(OutcomeUnknown):
        await provider.payments.refund(request)
    await provider.pass_time(timedelta(hours=1))
    sent = request.model_copy(update={"sent_at": datetime.now(UTC) - timedelta(hours=1)})
    assert isinstance(await provider.payments.refund(sent), ProviderRefund)
    assert await provider.paid_back(captured) == [eur(300)]


async def test_a_refusal_that_our_own_refund_caused_gives_that_refund(provider: StripeUnderTest) -> None:
    captured = await provider.capture(eur(900))
    request = refund_request(captured, "m-one/own", eur(900))
    made = await provider.payments.refund(request)
    await provider.pass_time(timedelta(hours=25))  # the key is forgotten, and the time of sending was lost
    again = await provider.payments.refund(request)
    assert isinstance(made, ProviderRefund)
    assert isinstance(again, ProviderRefund)
    assert again.reference == made.reference
    assert await provider.paid_back(captured) == [eur(900)]


@pytest.mark.parametrize(
    ("status", "outcome"), [("needs_response", "charge_disputed"), ("warning_needs_response", "")]
)
async def test_a_chargeback_declines_a_refund_and_an_inquiry_does_not(
    provider: StripeUnderTest, status: str, outcome: str
) -> None:
    intent, charge = await provider.stand_in.pay(900)
    captured = (await provider.capture(eur(1)))._replace(payment=intent)
    await provider.stand_in.control("disputes", account="acct_one", charge=charge, status=status)
    made = await provider.payments.refund(refund_request(captured, f"m-one/{status}", eur(900)))
    assert made == Declined(code=outcome) if outcome else isinstance(made, ProviderRefund)


async def test_a_refund_above_eight_digits_and_of_an_uncaptured_charge_is_declined(
    provider: StripeUnderTest,
) -> None:
    captured = await provider.capture(eur(900), captured=False)
    for key, minor in (("m-one/part", 300), ("m-one/whole", 900)):
        refused = await provider.payments.refund(refund_request(captured, key, eur(minor)))
        assert refused == Declined(code="charge_not_captured")
    captured = await provider.capture(eur(900))
    huge = await provider.payments.refund(refund_request(captured, "m-one/huge", eur(100_000_000)))
    assert huge == Declined(code="amount_too_large")


async def test_a_payment_in_another_currency_is_declined_before_anything_is_paid(
    provider: StripeUnderTest,
) -> None:
    captured = await provider.capture(eur(900))
    pounds = Money(minor=900, currency="GBP")
    refused = await provider.payments.refund(refund_request(captured, "m-one/pounds", pounds))
    assert refused == Declined(code="currency_mismatch")
    assert await provider.paid_back(captured) == []


@pytest.mark.parametrize("denied", ["GET /v1/refunds", "GET /v1/events"])
async def test_the_check_finds_what_a_restricted_key_may_not_read(
    provider: StripeUnderTest, denied: str
) -> None:
    await provider.stand_in.control("keys", secret="rk_test_1", account="acct_one", denied=[denied])
    provider.accounts.accounts["m-restricted"] = provider.account("rk_test_1")
    with pytest.raises(AccountRefused, match="403"):
        await provider.payments.check("m-restricted")


async def test_a_restricted_key_need_not_read_the_accounts_name(provider: StripeUnderTest) -> None:
    await provider.stand_in.control(
        "keys", secret="rk_test_2", account="acct_one", denied=["GET /v1/account"]
    )
    provider.accounts.accounts["m-nameless"] = provider.account("rk_test_2")
    assert await provider.payments.check("m-nameless")


async def test_nobody_listening_is_an_unknown_outcome(provider: StripeUnderTest) -> None:
    account = provider.account("sk_test_one").model_copy(update={"base": "http://127.0.0.1:9"})
    provider.accounts.accounts["m-away"] = account
    captured = await provider.capture(eur(900))
    payments = StripePayments(provider.accounts, timeout=5)
    with pytest.raises(OutcomeUnknown, match="no answer"):
        await payments.refund(refund_request(captured, "m-away/1", eur(900), "m-away"))
    await payments.close()
