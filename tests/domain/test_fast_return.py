"""The fast-return bonus: the table of dates that is shown equals what is paid, also where clocks change (NEW-8, MON-9)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.clock import local_day
from domain.model.bonus_table import BonusRow
from domain.model.order import Destination, OrderLine, Tender
from domain.model.received_goods import ReceivedLine
from domain.model.refund_terms import FastReturnTerms
from domain.model.terms import Policy
from domain.money import Money
from domain.payments.fast_return import FAST_RETURN_TENDER
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import SENIOR, StateDriver, reasons

FAST = Policy(fast_return=FastReturnTerms(), code_days=100, window=200, review_above=None)
LONDON, NEW_YORK, LORD_HOWE = "Europe/London", "America/New_York", "Australia/Lord_Howe"


def a_journey(
    placed: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC), zone: str = LONDON, policy: Policy = FAST
) -> StateDriver:
    country = {LONDON: "GB", NEW_YORK: "US", LORD_HOWE: "AU"}[zone]
    order = an_order(placed_at=placed, destination=Destination(country=country, zone=zone))
    journey = StateDriver(a_state(order, policy))
    journey.deliver()
    return journey


def fast(journey: StateDriver) -> list[int]:
    return [leg.bonus.minor for leg in journey.state.legs() if leg.tender_id == FAST_RETURN_TENDER]


def shown(table: tuple[BonusRow, ...], day: int, journey: StateDriver) -> int:
    """What a person reads in the table for that day after today."""
    date = local_day(journey.now, journey.state.zone) + timedelta(days=day)
    return next((row.bonus.minor for row in table if date <= row.until), 0)


@pytest.mark.parametrize(
    ("zone", "change", "on_day", "hour"),
    [
        (LONDON, date(2026, 3, 29), 3, 23), (LONDON, date(2026, 10, 25), 7, 0), (NEW_YORK, date(2026, 3, 8), 14, 3),
        (NEW_YORK, date(2026, 11, 1), 3, 12), (LORD_HOWE, date(2026, 4, 5), 7, 12), (LORD_HOWE, date(2026, 10, 4), 14, 23),
    ],
)  # fmt: skip
def test_the_table_equals_the_payment_for_every_day_over_both_clock_changes(
    zone: str, change: date, on_day: int, hour: int
) -> None:
    """Days 0 to 60; the clocks change on the last day of a row. The goods are scanned in the last minute of each day."""
    start = datetime(change.year, change.month, change.day, hour, 30, tzinfo=ZoneInfo(zone))
    before, after = (start + timedelta(days=days) for days in (-1, 1))
    assert before.utcoffset() != after.utcoffset()
    for day in range(61):
        journey = a_journey((start - timedelta(days=on_day + 1)).astimezone(UTC), zone)
        journey.advance(days=1)
        quote = journey.quote({"2": 1})
        said = shown(quote.fast_return, day, journey)
        assert change in [row.until for row in quote.fast_return]
        subject = journey.open(quote).subject
        assert journey.case(subject).fast_return == quote.fast_return
        assert said == {0: 400, 4: 280, 8: 200, 15: 0}[max(first for first in (0, 4, 8, 15) if first <= day)]
        next_day = local_day(journey.now, zone) + timedelta(days=day + 1)
        midnight = datetime.combine(next_day, time(), ZoneInfo(zone)).astimezone(UTC)
        journey.jump_to(midnight - timedelta(minutes=1))
        journey.drop_off(subject)
        assert sum(fast(journey)) == said, f"day {day}"


def test_the_bonus_counts_until_the_last_moment_of_its_day() -> None:
    for late, bonus in ((timedelta(microseconds=-1), 400), (timedelta(0), 280)):
        journey = a_journey()
        subject = journey.open({"2": 1}).subject
        journey.jump_to(journey.case(subject).fast_return[0].ends_at + late)
        journey.drop_off(subject)
        assert fast(journey) == [bonus]


def test_the_scan_counts_and_not_when_it_was_reported() -> None:
    journey = a_journey()
    subject = journey.open({"2": 1}).subject
    scanned = journey.now + timedelta(days=1)
    journey.advance(days=6)
    journey.drop_off(subject, scanned_at=scanned)
    assert fast(journey) == [400]


def test_a_second_scan_changes_nothing() -> None:
    journey = a_journey()
    subject = journey.open({"2": 1}).subject
    journey.drop_off(subject)
    journey.advance(days=10)
    journey.drop_off(subject)
    assert reasons(journey.drop_off(subject, nonce="other")) == ["code_used"]
    assert fast(journey) == [400]


def test_it_is_paid_as_store_credit_beside_the_money_which_goes_back_to_its_tenders() -> None:
    journey = a_journey()
    journey.drop_off(journey.open({"2": 1}).subject)
    assert [
        (leg.tender_id, leg.to, leg.principal.minor, leg.bonus.minor) for leg in journey.state.legs()
    ] == [
        ("gift", "credit", 1000, 0),
        ("card", "provider", 3000, 0),
        (FAST_RETURN_TENDER, "credit", 0, 400),
    ]
    journey.settle_sent_legs()
    details = journey.sent[-1].details
    assert (details["amount"], details["credit"], details["bonus"]) == (4000, 1000, 400)


def test_store_credit_earns_both_bonuses() -> None:
    journey = a_journey()
    journey.drop_off(journey.open({"2": 1}, "store_credit").subject)
    assert [leg.bonus.minor for leg in journey.state.legs()] == [100, 300, 400]


def test_it_is_frozen_in_the_quote_and_its_days_count_from_the_authorization() -> None:
    policy = FAST.model_copy(update={"review_above": {"GBP": 0}})
    journey = a_journey(policy=policy)
    quote = journey.quote({"2": 1})
    subject = journey.open(quote).subject
    assert journey.case(subject).fast_return == ()
    journey.advance(days=1, hours=2)
    journey.override_return(subject, "approve")
    table = journey.case(subject).fast_return
    assert [row.bonus for row in table] == [row.bonus for row in quote.fast_return]
    moved = [row.until - before.until for row, before in zip(table, quote.fast_return, strict=True)]
    assert moved == [timedelta(days=1)] * 3


def test_a_later_policy_changes_neither_table_nor_payment() -> None:
    journey = a_journey()
    subject = journey.open({"2": 1}).subject
    without = journey.state.terms.policy.model_copy(update={"fast_return": None})
    journey.state.terms = journey.state.terms.model_copy(update={"policy": without})
    journey.drop_off(subject)
    assert fast(journey) == [400]


def test_all_returns_of_an_order_together_earn_at_most_the_cap() -> None:
    capped = FAST.model_copy(update={"fast_return": FastReturnTerms(cap={"GBP": 450})})
    journey = a_journey(policy=capped)
    stale = journey.quote({"1": 1})
    journey.drop_off(journey.open({"2": 1}).subject)
    assert reasons(journey.open(stale)) == ["quote_stale"]
    quote = journey.quote({"1": 2})
    assert [row.bonus for row in quote.fast_return] == [gbp(50)] * 3
    journey.drop_off(journey.open(quote).subject)
    assert fast(journey) == [400, 50]


def test_what_was_paid_with_store_credit_earns_none_and_mail_has_no_scan_that_could_fix_one() -> None:
    credit = Tender(tender_id="credit", kind="store_credit", amount=gbp(6800))
    journey = StateDriver(a_state(an_order(tenders=(credit,)), FAST))
    journey.deliver()
    assert journey.quote({"2": 1}).fast_return == ()
    journey = a_journey()
    subject = journey.open({"2": 1}).subject
    dropped = journey.quote({"1": 1})
    assert reasons(journey.open(dropped, method="mail")) == ["quote_stale"]
    assert journey.quote({"1": 1}, method="mail").fast_return == ()
    assert journey.case(subject).method == "drop_off"


def test_goods_that_come_in_parts_earn_the_bonus_of_their_scan_in_parts() -> None:
    journey = a_journey(policy=FAST.model_copy(update={"pay_on": "receipt"}))
    subject = journey.open({"1": 2, "2": 1}).subject
    journey.advance(days=5)
    journey.drop_off(subject)
    assert fast(journey) == []
    journey.advance(days=9)
    journey.receive(subject, {"1": 1})
    journey.receive(subject)
    assert (sum(fast(journey)), len(fast(journey))) == (448, 2)


def rejected_after_payment(journey: StateDriver) -> str:
    subject = journey.open({"1": 2, "2": 1}).subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    journey.receive(subject, {"1": 2}, ReceivedLine(line_id="2", quantity=1, condition="empty"))
    return subject


def test_the_bonus_of_rejected_goods_is_asked_back_with_their_money_and_that_of_the_others_stays() -> None:
    journey = a_journey()
    rejected_after_payment(journey)
    assert fast(journey) == [640]
    assert "goods_condition" in journey.attention_kinds()
    journey.advance(days=4)
    [claim] = journey.state.claw_backs
    assert (claim.amount, claim.stage) == (gbp(4000 + 400), "notice")
    journey.until_at_rest()
    assert fast(journey) == [640], "the ledger has what became of the claim"


def test_goods_that_are_accepted_keep_their_bonus() -> None:
    journey = a_journey()
    subject = rejected_after_payment(journey)
    journey.override_return(subject, "accept_goods")
    journey.until_at_rest()
    assert (fast(journey), journey.state.claw_backs) == ([640], [])


def test_a_return_that_never_arrived_and_is_cancelled_gives_both_bonuses_back() -> None:
    journey = a_journey()
    subject = journey.open({"2": 1}, "store_credit").subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    assert journey.cancel_return(subject, SENIOR).verdict == "accepted"
    legs = [
        (leg.tender_id, leg.bonus.minor) for s in journey.state.settlements if s.takes_back for leg in s.legs
    ]
    assert legs == [("gift", 100), ("card", 300), (FAST_RETURN_TENDER, 400)]


@pytest.mark.parametrize(
    ("currency", "price", "bonus"), [("JPY", 1999, 200), ("GBP", 1995, 200), ("KWD", 12345, 1235)]
)
def test_it_is_rounded_half_up_to_the_minor_unit_of_the_currency(
    currency: str, price: int, bonus: int
) -> None:
    worth = Money(minor=price, currency=currency)
    line = OrderLine(line_id="1", sku="MUG", title="Mug", quantity=1, unit_price=worth)
    card = Tender(tender_id="card", kind="card", amount=worth, payment="pay_1", provider="sandbox")
    nothing = Money(minor=0, currency=currency)
    order = an_order(currency=currency, lines=(line,), shipping=nothing, tenders=(card,))
    journey = StateDriver(a_state(order, FAST))
    journey.deliver()
    journey.drop_off(journey.open({"1": 1}).subject)
    assert fast(journey) == [bonus]


@pytest.mark.parametrize(
    "steps",
    [[{"days": 3, "bonus": 5}, {"days": 3, "bonus": 4}], [{"days": 3, "bonus": 5}, {"days": 4, "bonus": 6}]],
)
def test_a_curve_that_rises_or_repeats_a_day_is_refused(steps: list[dict[str, int]]) -> None:
    with pytest.raises(ValueError, match="in the order of their days"):
        FastReturnTerms.model_validate({"steps": steps})
