"""What returns cost, and which articles come back why: the facts, and what is read from their sums."""

from datetime import timedelta

from domain.figures.articles import articles_of
from domain.figures.changes import facts_of
from domain.figures.kpis import KPIS, Reading
from domain.figures.report import figures_of
from domain.figures.sums import SumLine, Sums
from domain.model.claw_back import ClawBackEnd
from domain.model.refund_part import RefundPart
from domain.model.refund_terms import RefundTerms
from domain.model.return_case import DropOff, ReturnCase
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.payments.refund_plan import plan_return
from tests.builders import PLACED, a_delivered_state, a_return, gbp
from tests.domain.claw_back_driver import claimed, now_of, pay
from tests.domain.state_driver import StateDriver

(COST,) = [kpi for kpi in KPIS if kpi.name == "cost_per_return"]


def costs(state: JourneyState) -> dict[str, int]:
    return {fact.reason: fact.value for fact in facts_of(state).values() if fact.kind == "return_cost"}


def with_costs() -> JourneyState:
    """A delivered order of a shop that a return by this way costs 6.20."""
    refunds = RefundTerms(handling_costs={"drop_off": {"GBP": 620, "EUR": 700}})
    return a_delivered_state(policy=Policy(refunds=refunds))


def dropped(case: ReturnCase) -> None:
    case.dropped_off = DropOff(at=PLACED + timedelta(days=5), location_id="bar", nonce="n")


def paid(state: JourneyState, case: ReturnCase, *parts: RefundPart, bonus: int = 0) -> Settlement:
    """Pay it, with these parts and that bonus."""
    settlement = plan_return(state, case, PLACED)
    settlement.parts = parts
    settlement.legs[0].bonus = gbp(bonus)
    for leg in settlement.legs:
        leg.settle("ref", PLACED)
    state.settlements.append(settlement)
    return settlement


def test_taking_goods_back_costs_from_their_hand_over_on_and_only_in_the_orders_currency() -> None:
    state = with_costs()
    case = a_return(state)
    assert costs(state) == {}
    dropped(case)
    assert costs(state) == {"handling": 620}
    case.decision = "refused"
    assert costs(state) == {}


def test_money_on_top_costs_and_what_customers_pay_lowers_it_once_money_has_left() -> None:
    state = with_costs()
    case = a_return(state)
    dropped(case)
    settlement = paid(
        state,
        case,
        RefundPart(kind="goods", amount=gbp(1200)),
        RefundPart(kind="shipping", amount=gbp(400)),
        RefundPart(kind="method_fee", amount=gbp(-100)),
        bonus=120,
    )
    assert costs(state) == {"handling": 620, "bonus": 120, "shipping": 400, "fees": -100}
    for leg in settlement.legs:
        leg.status = "planned"
    assert costs(state) == {"handling": 620}


def test_goods_that_were_paid_and_never_came_cost_their_price() -> None:
    state = with_costs()
    case = a_return(state)
    dropped(case)
    case.written_off_at = PLACED + timedelta(days=30)
    assert "lost_goods" not in costs(state)
    paid(state, case)
    assert costs(state) == {"handling": 620, "lost_goods": 1200}
    case.received = case.units
    assert costs(state) == {"handling": 620}


def money_back(state: JourneyState) -> int:
    return sum(fact.value for fact in facts_of(state).values() if fact.kind == "money_back")


def test_money_that_was_asked_back_lowers_the_cost_and_what_went_back(delivered: StateDriver) -> None:
    delivered.claims.credit = 1500
    claim = claimed(delivered)
    before, given = costs(delivered.state), money_back(delivered.state)
    assert (before["lost_goods"], "asked_back" in before) == (4000, False)
    delivered.advance(days=14)
    assert costs(delivered.state) == before | {"asked_back": -1500}
    assert pay(delivered, now_of(delivered), 2500)
    assert costs(delivered.state) == before | {"asked_back": -4000}
    assert money_back(delivered.state) == given - 4000
    assert claim.requested == gbp(4000)


def test_what_a_person_waives_stays_a_loss_and_what_they_find_right_is_none(delivered: StateDriver) -> None:
    claim = claimed(delivered)
    given = money_back(delivered.state)
    ends: tuple[tuple[ClawBackEnd, int], ...] = (("waived", 4000), ("accepted", 0), ("withdrawn", 0))
    for end, lost in ends:
        claim.end = end
        assert costs(delivered.state).get("lost_goods", 0) == lost, end
    assert money_back(delivered.state) == given


def test_the_cost_of_a_return_is_that_of_its_currency_and_a_part_is_a_share_of_the_whole() -> None:
    of = {
        "": [
            SumLine("return", "refund", "GBP", 0, 3, 0),
            SumLine("return", "store_credit", "GBP", 1, 1, 0),
            SumLine("return", "refund", "EUR", 0, 1, 0),
            SumLine("return_cost", "handling", "GBP", 0, 4, 2480),
            SumLine("return_cost", "fees", "GBP", 0, 1, -80),
            SumLine("return_cost", "handling", "EUR", 0, 1, 700),
        ]
    }
    now = Sums(of[""])
    assert COST.read(now) == Reading(600.0, 2400, 4, "GBP")
    by_reason = {
        reason: Sums(line for line in of[""] if line.reason == reason)
        for reason in ("handling", "fees", "refund", "store_credit")
    }
    (figure,) = [
        one for one in figures_of(now, Sums(()), by_reason, ("reason", ())) if one.figure == "cost_per_return"
    ]
    assert (figure.currency, figure.change) == ("GBP", None)
    assert [(one.group, one.value) for one in figure.groups] == [("handling", 620.0), ("fees", -20.0)]


def test_articles_are_told_apart_by_reason_and_what_was_taken_back_does_not_count() -> None:
    mug = [
        SumLine("unit_sold", "", "GBP", 0, 10, 0),
        SumLine("unit_returned", "unwanted", "GBP", 0, 1, 0),
        SumLine("unit_returned", "damaged", "GBP", 0, 3, 0),
        SumLine("unit_returned", "late", "GBP", 0, 0, 0),
    ]
    lamp = [SumLine("unit_sold", "", "GBP", 0, 5, 0)]
    gone = [SumLine("unit_returned", "late", "GBP", 0, 2, 0)]
    found = articles_of({"MUG": Sums(mug), "LAMP": Sums(lamp), "OLD": Sums(gone)})
    assert [(one.sku, one.sold, one.returned, one.value) for one in found] == [
        ("MUG", 10, 4, 40.0),
        ("OLD", 0, 2, None),
    ]
    assert [(one.reason, one.units, one.value) for one in found[0].reasons] == [
        ("damaged", 3, 30.0),
        ("unwanted", 1, 10.0),
    ]
