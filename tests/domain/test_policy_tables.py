"""The rows of a policy: what was known at the purchase chooses them once, and only reasons are left for a return."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.clock import MAX_WAIT
from domain.model.delivery_terms import Warehouse
from domain.model.extension import OrderExtended
from domain.model.order import OrderLine
from domain.model.order_rules import rules_for
from domain.model.policy_tables import MAX_ROWS, PolicyTables, RowCondition, VerdictRow, WindowRow
from domain.model.quote import ReturnItem
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy, compile_terms
from domain.orders.closing import closings_due
from domain.orders.extension import apply_extension
from domain.returns.eligibility import violations
from domain.returns.explaining import decided
from domain.returns.quotes import quote, review_violations
from domain.returns.windows import ReturnWindows
from tests.builders import PLACED, a_parcel, a_return, a_scan, a_state, an_order, gbp

NOW = PLACED + timedelta(days=4)


def with_rows(
    windows: tuple[WindowRow, ...] = (), verdicts: tuple[VerdictRow, ...] = (), **order: Any
) -> JourneyState:
    """The two lines of the builders' order, in two parcels that came a week apart."""
    policy = Policy(tables=PolicyTables(windows=windows, verdicts=verdicts))
    state = a_state(an_order(**order), policy)
    a_parcel(state, "T1", units={"1": [0, 1]}, scans=_life(1, 2))
    a_parcel(state, "T2", units={"2": [0]}, scans=_life(3, 9))
    return state


def _life(left: int, arrived: int) -> list[Any]:
    return [
        a_scan(ParcelStatus.IN_TRANSIT, PLACED + timedelta(days=left)),
        a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=arrived)),
    ]


def codes(
    state: JourneyState, line: str, units: int = 1, reason: str = "unwanted", after: int = 10
) -> list[str]:
    item = ReturnItem(line_id=line, quantity=units, reason=reason)
    return [str(one.code) for one in violations(state, [item], PLACED + timedelta(days=after))]


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        (RowCondition(skus=("MUG",)), True),
        (RowCondition(skus=("MU*",)), True),
        (RowCondition(skus=("MUG-*", "mug")), False),
        (RowCondition(countries=("GB", "IE")), True),
        (RowCondition(countries=("DE",)), False),
        (RowCondition(placed_from=date(2026, 3, 2), placed_until=date(2026, 3, 2)), True),
        (RowCondition(placed_until=date(2026, 3, 1)), False),
        (RowCondition(price_from={"GBP": 1200}), True),
        (RowCondition(price_from={"GBP": 1201}), False),
        (RowCondition(price_below={"GBP": 1200}), False),
        (RowCondition(price_from={"EUR": 1}), False),
        (RowCondition(discount_from=1), False),
        (RowCondition(discount_from=0), True),
        (RowCondition(final_sale=False), True),
        (RowCondition(final_sale=True), False),
        (RowCondition(channels=("web",)), False),
        (RowCondition(tiers=("gold",)), False),
        (RowCondition(tags=("x",), skus=("MUG",)), False),
        (RowCondition(reasons=("late",)), True),
    ],
)
def test_every_condition_holds_or_does_not(when: RowCondition, matches: bool) -> None:
    rules = rules_for(PolicyTables(verdicts=(VerdictRow(id="r", when=when, verdict="deny"),)), an_order())
    assert ("1" in rules.lines) is matches


def test_an_order_keeps_only_rows_that_can_still_match() -> None:
    windows = tuple(
        WindowRow(id=f"r{n}", when=RowCondition(skus=(f"S{n}",)), days=n) for n in range(MAX_ROWS)
    )
    rows = (*windows[:-1], WindowRow(id="mugs", when=RowCondition(skus=("MUG",)), days=5))
    terms = compile_terms(Policy(tables=PolicyTables(windows=rows)), 7, an_order())
    assert [row.id for row in terms.rules.windows] == ["mugs"]
    plain = compile_terms(Policy(), 7, an_order())
    assert len(terms.model_dump_json()) - len(plain.model_dump_json()) < 300
    assert terms.hash != plain.hash


@pytest.mark.parametrize(
    ("counts_from", "ends"),
    [("delivery", 3 + 10), ("order", 1 + 10), ("shipment", 2 + 10), ("last_delivery", 10 + 10)],
)
def test_a_window_counts_from_its_anchor(counts_from: Any, ends: int) -> None:
    state = with_rows((WindowRow(id="w", days=10, counts_from=counts_from),))
    end = ReturnWindows(state).end("1", 0, "unwanted")
    assert end == (PLACED + timedelta(days=ends)).replace(hour=0), "until the end of the last day"


def test_what_counts_from_the_last_goods_has_not_begun_while_some_are_awaited() -> None:
    state = with_rows((WindowRow(id="w", days=1, counts_from="last_delivery"),))
    state.parcels[1].scans = _life(3, 9)[:1]
    late = PLACED + timedelta(days=40)
    assert violations(state, [ReturnItem(line_id="1", quantity=1, reason="late")], late) == []


def test_a_season_ends_on_its_day_and_agents_days_are_added() -> None:
    state = with_rows((WindowRow(id="w", days=10, until=date(2026, 4, 30)),))
    assert ReturnWindows(state).end("1", 0, "late") == datetime(2026, 4, 30, 23, tzinfo=UTC)
    state.window_extension = 2
    assert ReturnWindows(state).end("1", 0, "late") == datetime(2026, 5, 2, 23, tzinfo=UTC)


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2101, 1, 1), date(9999, 12, 31)])
@pytest.mark.parametrize(
    "row",
    [
        lambda day: WindowRow(id="w", days=1, until=day),
        lambda day: RowCondition(placed_from=day),
        lambda day: RowCondition(placed_until=day),
        lambda day: Warehouse(country="GB", zone="Europe/London", closed=(day,)),
    ],
)
def test_a_day_of_a_policy_is_one_to_which_days_can_be_added(row: Any, day: date) -> None:
    with pytest.raises(ValueError, match="not a plausible time"):
        row(day)


def test_the_last_day_that_a_season_may_end_on_takes_the_longest_extension() -> None:
    state = with_rows((WindowRow(id="w", days=3650, until=date(2100, 12, 31)),))
    state.window_extension = MAX_WAIT.days
    windows = ReturnWindows(state)
    assert windows.end("1", 0, "late") == datetime(2110, 12, 30, tzinfo=UTC), (
        "3650 days: two leap years in them"
    )
    assert max(windows.all_ends()) == max(one.at for one in closings_due(state))


def test_the_first_row_for_the_reason_decides() -> None:
    verdicts = (
        VerdictRow(id="faulty", when=RowCondition(reasons=("damaged",)), verdict="allow"),
        VerdictRow(id="none", verdict="deny"),
    )
    windows = (WindowRow(id="broken", when=RowCondition(reasons=("damaged",)), days=700),)
    state = with_rows(windows, verdicts)
    assert codes(state, "1") == ["policy_denies"]
    assert codes(state, "1", after=90) == ["outside_window", "policy_denies"]
    assert codes(state, "1", reason="damaged", after=90) == []
    assert state.terms.staying == frozenset()
    assert with_rows(verdicts=verdicts[1:]).terms.staying == {"1", "2"}


def test_a_row_may_take_back_what_was_a_final_sale() -> None:
    line = an_order().lines[0].model_copy(update={"final_sale": True})
    row = VerdictRow(id="f", when=RowCondition(final_sale=True, reasons=("damaged",)), verdict="allow")
    state = with_rows(verdicts=(row,), lines=(line, an_order().lines[1]))
    assert codes(state, "1") == ["final_sale"]
    assert codes(state, "1", reason="damaged") == []


def test_limits_count_what_all_returns_of_the_order_bring_back() -> None:
    limited = VerdictRow(id="few", verdict="allow", max_units=2, max_value={"GBP": 2400}, beyond="review")
    state = with_rows(verdicts=(limited,))
    state.clock = PLACED + timedelta(days=10)
    a_return(state)
    asked = quote(state, [ReturnItem(line_id="1", quantity=1, reason="late")], state.clock)
    assert review_violations(state, asked) == []
    more = quote(state, [ReturnItem(line_id="2", quantity=1, reason="late")], state.clock)
    [found] = review_violations(state, more)
    assert (found.code, found.details) == (
        "policy_needs_review",
        {"line": "2", "rule": "few", "value": 1200 + 4000, "limit": 2400},
    )
    no_row = VerdictRow(id="few", verdict="allow", max_value={"EUR": 1})
    [missing] = review_violations(with_rows(verdicts=(no_row,)), more)
    assert missing.details["setting"] == "max_value"


def test_each_unit_is_explained_by_itself_as_the_order_was_then() -> None:
    windows = (WindowRow(id="short", when=RowCondition(skus=("MUG",)), days=3),)
    state = with_rows(windows)
    state.parcels[0].units, state.parcels[1].units = {"1": [0]}, {"1": [1], "2": [0]}
    state.clock = PLACED + timedelta(days=10)
    case = a_return(state)
    case.quote = case.quote.model_copy(
        update={"items": (case.quote.items[0].model_copy(update={"units": (0, 1)}),)}
    )
    a_return(state)
    verdict = decided(state, case)
    assert [(one.unit, one.verdict, one.window_rule) for one in verdict.units] == [
        (0, "deny", "short"),
        (1, "allow", "short"),
    ]
    [reason] = verdict.units[0].reasons
    assert (reason.code, reason.rule) == ("outside_window", "short")
    assert (verdict.verdict, verdict.refund.minor) == ("deny", 0)


def test_lines_that_are_added_later_have_rows_of_their_own() -> None:
    rows = PolicyTables(verdicts=(VerdictRow(id="cups", when=RowCondition(skus=("CUP",)), verdict="deny"),))
    state = a_state(policy=Policy(tables=rows))
    cup = OrderLine(line_id="3", sku="CUP", title="Cup", quantity=1, unit_price=gbp(500), fulfilment="later")
    added = rules_for(rows, state.order, [cup])
    before = state.terms.hash
    assert apply_extension(state, OrderExtended(storefront="s", lines=(cup,), rules=added), NOW)
    assert state.terms.staying == {"3"}
    assert state.terms.hash != before
