"""What a storefront is told follows from the state: each thing once, in the order of its life."""

from datetime import timedelta

import pytest

from domain.model.order import Tender
from domain.model.storefront_update import shop_order
from domain.orders.storefront_updates import storefront_updates
from tests.builders import PLACED, a_state, an_order, gbp
from tests.domain.state_driver import StateDriver

CARD = Tender(tender_id="card", kind="card", amount=gbp(6800), payment="pay_1", provider="stripe")


def delivered() -> StateDriver:
    journey = StateDriver(a_state(an_order(tenders=(CARD,))))
    journey.deliver()
    return journey


def updates_of(journey: StateDriver) -> list[str]:
    """Kinds with their units and amounts; the keys are all different."""
    updates = storefront_updates(journey.state, journey.now)
    assert len({update.key for update in updates}) == len(updates)
    return [
        f"{one.kind} {sum(one.units.values())} {one.amount.minor if one.amount else ''}" for one in updates
    ]


def test_a_return_is_opened_paid_received_and_closed() -> None:
    journey = delivered()
    case = journey.open({"1": 2}).subject
    assert updates_of(journey) == ["return_opened 2 2400"]
    journey.drop_off(case)
    assert updates_of(journey) == ["return_opened 2 2400"]
    journey.settle_sent_legs("accepted")
    assert updates_of(journey)[1:] == ["refunded 2 2400"]
    journey.receive(case, {"1": 1})
    journey.receive(case, {"1": 1})
    journey.settle_sent_legs()
    assert updates_of(journey) == [
        "return_opened 2 2400", "return_received 2 2400", "refunded 2 2400", "return_closed 2 2400",
    ]  # fmt: skip


def test_each_receipt_is_an_update_of_its_own() -> None:
    journey = delivered()
    case = journey.open({"1": 2}).subject
    journey.receive(case, {"1": 1})
    first = {one.key for one in storefront_updates(journey.state, journey.now)}
    journey.receive(case, {"1": 1})
    second = {one.key for one in storefront_updates(journey.state, journey.now)}
    assert [key.partition("/")[0] for key in sorted(second - first)] == ["return_received"]


def test_a_return_that_is_cancelled_or_expires_ends_there_too() -> None:
    journey = delivered()
    journey.cancel_return(journey.open({"1": 1}).subject)
    journey.open({"2": 1})
    journey.advance(days=200)
    assert updates_of(journey) == [
        "return_opened 1 1200", "return_opened 1 4000", "return_cancelled 1 1200", "return_expired 1 4000",
    ]  # fmt: skip


def test_money_that_comes_back_is_told_under_the_key_of_the_payment_that_told_of_it() -> None:
    journey = delivered()
    journey.drop_off(journey.open({"1": 1}).subject)
    journey.settle_sent_legs()
    [paid] = [one for one in storefront_updates(journey.state, journey.now) if one.kind == "refunded"]
    [leg] = journey.state.legs()
    leg.reverse("account_closed", journey.now)
    [failed] = [one for one in storefront_updates(journey.state, journey.now) if one.kind == "refund_failed"]
    assert (failed.subject, failed.amount) == (paid.subject, paid.amount)
    leg.retry(journey.now + timedelta(days=1))
    leg.send(journey.now)
    leg.settle("re_2", journey.now)
    keys = {one.key for one in storefront_updates(journey.state, journey.now)}
    assert failed.key in keys
    assert {key for key in keys if key.startswith("refunded/")} == {f"refunded/{leg.key}"}


@pytest.mark.parametrize(
    ("storefront", "provider", "payment", "expected"),
    [
        ("", "stripe", "pi_1", None),
        ("shopify", "stripe", "pi_1", ("shopify", "450789469", False, True)),
        ("shopify", "shopify", "shopify-450789469-1", ("shopify", "450789469", True, True)),
        ("", "shopify", "shopify-77-1", ("shopify", "77", True, False)),
        ("", "shopify", "no-shop", None),
        ("woocommerce", "woocommerce", "801", ("woocommerce", "801", True, True)),
    ],
)
def test_an_order_is_in_the_storefront_that_sent_it_or_holds_its_payment(
    storefront: str, provider: str, payment: str, expected: object
) -> None:
    tender = CARD.model_copy(update={"provider": provider, "payment": payment})
    order = an_order(tenders=(tender,), order_id="450789469", storefront=storefront, placed_at=PLACED)
    assert shop_order(order) == expected


@pytest.mark.parametrize(
    ("shops", "keep_free"), [(("card", "gift"), [None, 6000]), (("gift",), [None, None])]
)
def test_a_payment_of_another_tender_says_what_the_shops_own_payment_needs_there(
    shops: tuple[str, ...], keep_free: list[int | None]
) -> None:
    gift = Tender(tender_id="gift", kind="gift_card", amount=gbp(800))
    provider = "woocommerce" if "card" in shops else "stripe"
    card = Tender(tender_id="card", kind="card", amount=gbp(6000), payment="4711", provider=provider)
    journey = StateDriver(a_state(an_order(tenders=(card, gift))))
    journey.cancel_order()
    journey.settle_sent_legs()
    refunds = [one for one in storefront_updates(journey.state, journey.now) if one.kind == "refunded"]
    kept = {one.paid_by: one.keep_free.minor if one.keep_free else None for one in refunds}
    assert [kept[provider], kept["credit"]] == keep_free
