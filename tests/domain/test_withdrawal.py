"""The right to withdraw from a contract: its time, what goes back by law, and what is left to a person."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.model.order import Destination
from domain.model.policy_tables import PolicyTables, RowCondition, VerdictRow
from domain.model.quote import ReturnItem
from domain.model.refund_terms import RefundTerms
from domain.model.terms import Policy
from domain.model.withdrawal import WITHDRAWAL, Withdrawal
from domain.returns.withdrawal import may_withdraw, withdrawal_end
from domain.returns.withdrawal_rules import withdrawal_offer, withdrawal_violations, withdrawn_goods
from tests.builders import PLACED, a_state, an_order
from tests.domain.state_driver import StateDriver, reasons

BERLIN = Destination(country="DE", zone="Europe/Berlin", postcode="10115")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def bought_in(destination: Destination = BERLIN, **changed: Any) -> StateDriver:
    policy = Policy(**changed)
    return StateDriver(a_state(an_order(destination=destination), policy))


def withdraw(journey: StateDriver, wanted: dict[str, int], received_at: datetime | None = None) -> list[str]:
    """Why the withdrawal opens no return; empty where it does."""
    goods = withdrawn_goods(journey.state, wanted, journey.now)
    quote = journey.quote({one.line_id: one.quantity for one in goods.items}, reason=WITHDRAWAL)
    command = journey.opening(quote)
    stated = Withdrawal(statement="wdr_1", received_at=received_at or journey.now)
    return reasons(journey.execute(command.model_copy(update={"withdrawal": stated})))


@pytest.mark.parametrize(
    ("delivered", "end"),
    [
        ("2026-03-09T23:30:00+00:00", "2026-03-25T00:00:00+01:00"),  # the 10th there
        ("2026-03-07T12:00:00+01:00", "2026-03-24T00:00:00+01:00"),  # ends on a Saturday: Monday
        ("2026-03-16T12:00:00+01:00", "2026-03-31T00:00:00+02:00"),  # over the change of clocks
    ],
)
def test_the_last_day_is_a_working_day_at_the_destination(delivered: str, end: str) -> None:
    journey = bought_in()
    journey.ship()
    journey.jump_to(max(at(delivered), PLACED))
    journey.deliver()
    found = withdrawal_end(journey.state)
    assert found == at(end)
    assert may_withdraw(journey.state, {"1": [0]}, at(end) - timedelta(microseconds=1))
    assert not may_withdraw(journey.state, {"1": [0]}, at(end))


def test_goods_that_come_in_parts_have_one_time_from_the_last_on() -> None:
    journey = bought_in()
    journey.deliver({"1": 2})
    assert withdrawal_end(journey.state) is None, "the lamp is still to come"
    journey.advance(days=40)
    assert may_withdraw(journey.state, {"1": [0, 1]}, journey.now)
    journey.deliver({"2": 1})
    assert withdrawal_end(journey.state) is not None
    journey.advance(days=20)
    assert not may_withdraw(journey.state, {"1": [0, 1]}, journey.now)


def test_the_law_pays_shipping_and_takes_no_fee_but_that_of_the_way_back() -> None:
    fees = RefundTerms(restocking=1000, method_fees={"drop_off": {"GBP": 300}})
    journey = bought_in(refunds=fees, review_above={"GBP": 1}, resolutions=("store_credit",), window=0)
    journey.deliver()
    journey.advance(days=3)
    assert withdraw(journey, {}) == []
    [case] = journey.state.returns
    parts = {part.kind: part.amount.minor for part in case.quote.parts}
    assert parts == {"goods": 6400, "shipping": 400, "method_fee": -300}
    assert (case.decision, case.resolution) == ("authorized", "refund")
    journey.drop_off(case.return_id)
    paid = sum(part.amount.minor for one in journey.state.settlements for part in one.parts)
    assert paid == 6500, "what is paid is what was quoted"


def test_the_time_to_pay_counts_from_when_the_shop_knew() -> None:
    journey = bought_in()
    journey.deliver()
    told = journey.now
    journey.advance(days=16)
    assert withdraw(journey, {"1": 1}, told) == [], "it was stated in time, and worked on late"
    [case] = journey.state.returns
    assert case.statutory_at is not None
    assert case.statutory_at - told < timedelta(days=15)
    assert withdraw(journey, {"2": 1}) == ["outside_window"]


def test_where_the_law_gives_no_right_a_person_decides() -> None:
    journey = bought_in(Destination(country="US", zone="America/New_York"))
    journey.deliver()
    assert withdraw(journey, {"1": 1}) == ["no_withdrawal_right"]
    assert not withdrawal_offer(journey.state, journey.now).offered


def exempt_mugs(*rows: VerdictRow, **changed: Any) -> StateDriver:
    exempt = VerdictRow(
        id="hygiene", when=RowCondition(skus=("MUG",)), verdict="deny", exemption="sealed_hygiene"
    )
    journey = bought_in(tables=PolicyTables(verdicts=(*rows, exempt)), **changed)
    journey.deliver()
    return journey


@pytest.mark.parametrize("packs", [(), ("EU",)])
def test_what_the_law_exempts_is_left_to_a_person(packs: tuple[str, ...]) -> None:
    journey = exempt_mugs(country_packs=packs)
    offer = withdrawal_offer(journey.state, journey.now)
    assert (offer.offered, [line.line_id for line in offer.lines]) == (True, ["2"])
    goods = withdrawn_goods(journey.state, {}, journey.now)
    assert ([(one.line_id, one.quantity) for one in goods.items], goods.complete) == ([("2", 1)], False)
    assert withdrawn_goods(journey.state, {"1": 1}, journey.now) == ([], False)
    mug = [ReturnItem(line_id="1", quantity=1, reason=WITHDRAWAL)]
    [found] = withdrawal_violations(journey.state, mug, journey.now)
    assert (found.code, found.details) == ("not_returnable", {"line": "1", "rule": "hygiene"})


def test_a_row_that_the_law_does_not_ask_for_keeps_nothing_out_of_a_withdrawal() -> None:
    faulty = VerdictRow(id="faulty", when=RowCondition(reasons=("damaged",)), verdict="allow")
    assert not withdrawn_goods(exempt_mugs(faulty).state, {"1": 1}, PLACED).complete, (
        "a row for a reason decides nothing about a withdrawal, which has none"
    )
    denied = VerdictRow(id="no", when=RowCondition(skus=("MUG",)), verdict="deny")
    journey = exempt_mugs(denied)
    assert withdraw(journey, {}) == []
    assert [item.line_id for item in journey.state.returns[0].quote.items] == ["1", "2"]


def test_what_cannot_come_back_is_left_over() -> None:
    journey = bought_in()
    journey.deliver({"1": 1})
    goods = withdrawn_goods(journey.state, {}, journey.now)
    assert ([(one.line_id, one.quantity) for one in goods.items], goods.complete) == ([("1", 1)], False)
    assert withdrawn_goods(journey.state, {"1": 1}, journey.now).complete
    assert not withdrawn_goods(journey.state, {"x": 1}, journey.now).complete
    assert not journey.violations({"1": 1}), "and its reason is none that a form offers"
    assert "reason_unknown" in journey.violations({"1": 1}, reason=WITHDRAWAL)
