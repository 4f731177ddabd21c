"""Offers side by side: what each pays by which way and when, and which one the law puts first."""

from datetime import date

import pytest

from domain.model.offer import Offer
from domain.model.order import Destination
from domain.model.terms import Policy
from domain.returns import quotes
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import StateDriver, return_items

US = Destination(country="US", zone="America/New_York")


def offered(
    policy: dict[str, object] | None = None, destination: Destination | None = None, days: int = 0
) -> dict[str, Offer]:
    """The offers for the lamp, so many days after its delivery on 2 March."""
    order = an_order(destination=destination) if destination else an_order()
    journey = StateDriver(a_state(order, Policy.model_validate(policy or {})))
    journey.deliver()
    journey.advance(days=days)
    quote = quotes.quote(journey.state, return_items({"2": 1}), journey.now)
    for offer in quote.offers:
        assert offer.pays == gbp(sum(part.amount.minor for part in offer.parts))
    return {offer.resolution: offer for offer in quote.offers}


def test_each_offer_lists_its_amounts_with_their_way_and_what_has_to_happen() -> None:
    offers = offered()
    assert [(one.kind, one.tender, one.to, one.amount.minor) for one in offers["refund"].parts] == [
        ("refund", "gift_card", "credit", 1000),
        ("refund", "card", "provider", 3000),
    ]
    assert [(one.kind, one.tender, one.to, one.amount.minor) for one in offers["store_credit"].parts] == [
        ("refund", "gift_card", "credit", 1000),
        ("refund", "card", "credit", 3000),
        ("bonus", None, "credit", 400),
    ]
    assert offers["refund"].conditions == ("goods_handed_over",)
    assert offers["store_credit"].conditions == ("goods_handed_over", "bonus_expires")
    assert (offers["store_credit"].pays, offers["store_credit"].bonus) == (gbp(4400), gbp(400))


def test_where_the_law_demands_the_original_payments_they_come_first_and_are_marked() -> None:
    policy: dict[str, object] = {"resolutions": ["store_credit"]}
    assert [(one, offer.required_by_law) for one, offer in offered(policy).items()] == [
        ("refund", True),
        ("store_credit", False),
    ]
    assert list(offered(policy, days=15)) == ["store_credit"]
    assert [offer.required_by_law for offer in offered(destination=US).values()] == [False, False]


@pytest.mark.parametrize(
    ("policy", "leaves", "arrives", "needs"),
    [
        ({}, date(2026, 3, 2), date(2026, 3, 16), None),
        ({"pay_on": "receipt"}, date(2026, 3, 16), date(2026, 3, 30), "goods_accepted"),
        (
            {"pay_on": "sent", "refund_deadlines": {"promised_days": 5}},
            date(2026, 3, 7), date(2026, 3, 23), "carrier_has_goods",
        ),
    ],
)  # fmt: skip
def test_the_date_of_the_money_holds_if_the_goods_are_handed_over_today(
    policy: dict[str, object], leaves: date, arrives: date, needs: str | None
) -> None:
    offers = offered(policy)
    assert (offers["refund"].money.leaves_by, offers["refund"].money.arrives_by) == (leaves, arrives)
    assert (offers["store_credit"].money.leaves_by, offers["store_credit"].money.arrives_by) == (
        leaves,
        leaves,
    )
    assert offers["refund"].conditions[1:2] == ((needs,) if needs else ())


def test_no_date_is_told_where_neither_the_law_nor_the_shop_gives_one() -> None:
    [money] = {offer.money for offer in offered({"pay_on": "receipt"}, US).values()}
    assert (money.pay_on, money.leaves_by, money.arrives_by) == ("receipt", None, None)
    earlier = offered({"pay_on": "receipt", "refund_deadlines": {"other_days": 30}}, US)
    assert earlier["refund"].money.leaves_by == date(2026, 4, 1)
