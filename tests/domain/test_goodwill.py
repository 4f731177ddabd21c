"""A broken promise is compensated: by tiers, once per order, capped, and notified with its reason (DLY-6)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.journey import external_events
from domain.model.delay_terms import GoodwillTerms, GoodwillTier
from domain.model.scan import ParcelStatus, Scan, ScanReason
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.model.terms import Policy
from domain.payments.goodwill import lateness
from tests.builders import a_state, gbp
from tests.domain.state_driver import StateDriver

S = ParcelStatus
LATE = datetime(2026, 3, 7, tzinfo=UTC)
TIERS = (
    GoodwillTier(days=1, shipping=10_000),
    GoodwillTier(days=3, goods=500, shipping=10_000),
    GoodwillTier(days=7, goods=1500),
)


def an_order_with_goodwill(**terms: object) -> StateDriver:
    return StateDriver(
        a_state(
            policy=Policy(
                goodwill=GoodwillTerms.model_validate({"tiers": TIERS, "cap": {"GBP": 900}, **terms})
            )
        )
    )


def compensations(journey: StateDriver) -> list[int]:
    return [leg.bonus.minor for s in journey.state.settlements if s.purpose == "goodwill" for leg in s.legs]


@pytest.mark.parametrize(
    ("after", "credit"),
    [
        (timedelta(seconds=-1), []),  # the last second of the promised day
        (timedelta(0), [400]),  # midnight is the next day: the shipping
        (timedelta(days=1, hours=23), [400]),  # two days
        (timedelta(days=2), [720]),  # three: 5 % of 64.00, and the shipping
        (timedelta(days=6), [900]),  # seven: 15 % would be 9.60, the cap is 9.00
    ],
)
def test_the_highest_tier_that_was_reached_decides(after: timedelta, credit: list[int]) -> None:
    journey = an_order_with_goodwill()
    journey.ship()
    journey.jump_to(LATE + after).scan(S.DELIVERED)
    assert compensations(journey) == credit


def test_it_is_credited_once_for_the_order_and_the_notice_names_the_reason() -> None:
    journey = an_order_with_goodwill()
    journey.ship({"1": 2}, number="T1")
    journey.ship({"2": 1}, number="T2")
    journey.jump_to(LATE + timedelta(days=1)).scan(S.DELIVERED, number="T1")
    assert compensations(journey) == [], "not all has arrived"
    journey.jump_to(LATE + timedelta(days=3)).scan(S.DELIVERED, number="T2")
    journey.settle_sent_legs()
    assert compensations(journey) == [600], "5 % of the lamp that came latest, and the shipping"
    notice = journey.sent[-1]
    expected = {"amount": 600, "currency": "GBP", "lateness_days": 4, "as": "store_credit"}
    expires = (notice.at + timedelta(days=365)).isoformat()
    assert (notice.kind, notice.details) == ("goodwill_issued", {**expected, "expires": expires})
    journey.scan(S.DELIVERED, number="T2", at=LATE + timedelta(days=2))
    journey.until_at_rest()
    assert compensations(journey) == [600]


def test_a_customer_who_was_not_at_home_gets_no_compensation() -> None:
    journey = an_order_with_goodwill()
    journey.ship()
    refused = Scan(
        key="x", at=LATE, status=S.ATTEMPT_FAILED, reason=ScanReason(code="nobody_home", fault="customer")
    )
    journey.jump_to(LATE).receive_scans(refused)
    journey.advance(days=3).scan(S.DELIVERED)
    assert compensations(journey) == []


@pytest.mark.parametrize(
    ("reason", "in_time", "credit"),
    [
        (None, True, []),
        (ScanReason(code="delayed", fault="unknown"), True, []),
        (ScanReason(code="no_van", fault="carrier"), True, [720]),
        (None, False, [720]),
    ],
)
def test_who_was_not_there_in_time_gets_no_compensation_unless_another_is_told_to_be_the_reason(
    reason: ScanReason | None, in_time: bool, credit: list[int]
) -> None:
    journey = an_order_with_goodwill()
    journey.ship()
    at = journey.state.parcels[0].due - timedelta(hours=3) if in_time else journey.state.parcels[0].due
    journey.jump_to(at).receive_scans(Scan(key="x", at=at, status=S.ATTEMPT_FAILED, reason=reason))
    journey.jump_to(LATE + timedelta(days=3)).scan(S.DELIVERED)
    journey.settle_sent_legs()
    assert compensations(journey) == credit


def test_small_and_refunded_orders_earn_no_compensation() -> None:
    small = an_order_with_goodwill(min_order={"GBP": 6801})
    small.ship()
    small.jump_to(LATE + timedelta(days=2)).scan(S.DELIVERED)
    assert compensations(small) == []
    cancelled = an_order_with_goodwill()
    cancelled.cancel_order()
    cancelled.jump_to(LATE + timedelta(days=20))
    assert compensations(cancelled) == []


def test_by_default_nothing_is_promised(journey: StateDriver) -> None:
    journey.ship()
    journey.jump_to(LATE + timedelta(days=9)).scan(S.DELIVERED)
    assert lateness(journey.state, journey.state.parcels[0]) == 10
    assert compensations(journey) == []


def test_goods_refunded_for_lateness_earn_only_the_shipping_on_top() -> None:
    journey = an_order_with_goodwill()
    journey.ship()
    parts = (RefundedPart(kind="card", amount=gbp(5800)), RefundedPart(kind="gift_card", amount=gbp(600)))
    lines = (RefundedLine(line_id="1", quantity=2), RefundedLine(line_id="2", quantity=1))
    journey.jump_to(LATE + timedelta(days=1))
    external_events.apply_event(
        journey.state,
        ExternalRefund(storefront="shopify", refund="r", at=journey.now, parts=parts, lines=lines),
        journey.now,
    )
    journey.apply_due()
    journey.jump_to(LATE + timedelta(days=3)).scan(S.DELIVERED)
    assert compensations(journey) == [400]


def test_the_days_in_the_notice_are_those_of_the_parcel_that_counted() -> None:
    journey = an_order_with_goodwill()
    journey.ship({"1": 2}, number="T1")
    journey.ship({"2": 1}, number="T2")
    away = Scan(key="x", at=LATE, status=S.ATTEMPT_FAILED, reason=ScanReason(code="away", fault="customer"))
    journey.jump_to(LATE).receive_scans(away, number="T1")
    journey.jump_to(LATE + timedelta(days=2)).scan(S.DELIVERED, number="T2")
    journey.jump_to(LATE + timedelta(days=8)).scan(S.DELIVERED, number="T1")
    journey.settle_sent_legs()
    assert journey.sent[-1].details["lateness_days"] == 3, (
        "not the nine days of the one whose customer was away"
    )


@pytest.mark.parametrize("terms", [{"cap": {"EUR": 900}}, {"min_order": {"EUR": 1}}])
def test_without_a_limit_in_the_currency_of_the_order_the_merchant_is_asked_once(
    terms: dict[str, object],
) -> None:
    journey = an_order_with_goodwill(**terms)
    journey.ship()
    journey.jump_to(LATE + timedelta(days=2)).scan(S.DELIVERED)
    assert compensations(journey) == []
    (item,) = journey.state.attention
    assert (item.kind, item.owner, item.default) == ("no_goodwill_limit", "merchant", "dismiss")
    journey.until_at_rest()
    assert [entry.subject for entry in journey.written if entry.action == "default_applied"] == [item.id]
