"""Pages on which claims are paid, on Stripe's stand-in with the official SDK."""

from collections.abc import AsyncIterator

import pytest

from adapters.payments.stripe_links import CLAIM, StripeLinks
from domain import payment_keys
from domain.money import Money
from ports.payment_links import LinkRequest
from ports.payments import AccountRefused
from tests.adapters.payments_contract import MERCHANT, eur
from tests.adapters.stripe_stand_in import ACCOUNT, StandIn, StripeUnderTest


@pytest.fixture(scope="module")
async def stand_in(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandIn]:
    one = StandIn(tmp_path_factory.mktemp("stripe") / "stripe.sqlite")
    await one.start()
    yield one
    await one.end()


@pytest.fixture
async def links(stand_in: StandIn) -> AsyncIterator[StripeLinks]:
    payments = StripeUnderTest(stand_in).payments
    yield StripeLinks(payments)
    await payments.close()


def wanted(number: int, amount: Money, merchant: str = MERCHANT) -> LinkRequest:
    key = payment_keys.claw_back_link(merchant, "ord_1", "clw_1", number)
    return LinkRequest(key=key, merchant=merchant, order="#1001", amount=amount)


async def test_the_same_key_opens_one_page_that_names_its_claim_and_takes_one_payment(
    links: StripeLinks, stand_in: StandIn
) -> None:
    pages = [await links.open(wanted(1, eur(700))) for _ in range(2)]
    page = pages[0]
    assert page is not None
    assert pages[1] == page
    _, link, _ = await stand_in.raw("GET", f"/v1/payment_links/{page.reference}")
    assert link["metadata"] == {CLAIM: wanted(1, eur(700)).key} == link["payment_intent_data"]["metadata"]
    assert payment_keys.claim_of_link(link["metadata"][CLAIM]) == (MERCHANT, "ord_1", "clw_1")
    await stand_in.control("link_payments", account=ACCOUNT, payment_link=page.reference)
    [paid] = await links.close(MERCHANT, page.reference, "EUR")
    assert paid.amount == eur(700)
    assert paid.payment.startswith("pi_")
    assert await links.close(MERCHANT, page.reference, "EUR") == [paid], "again is a no-op"


async def test_a_closed_page_takes_no_payment(links: StripeLinks, stand_in: StandIn) -> None:
    page = await links.open(wanted(2, eur(700)))
    assert page is not None
    assert await links.close(MERCHANT, page.reference, "EUR") == []
    body = {"account": ACCOUNT, "payment_link": page.reference}
    async with stand_in.http.post(f"{stand_in.base}/_control/link_payments", json=body) as answer:
        assert answer.status == 400


async def test_a_page_that_stripe_cannot_make_is_none_and_no_account_is_said_so(links: StripeLinks) -> None:
    assert await links.open(wanted(3, Money(minor=5124, currency="KWD"))) is None
    for merchant in ("m-refused", "m-nobody"):
        with pytest.raises(AccountRefused):
            await links.open(wanted(4, eur(700), merchant))
