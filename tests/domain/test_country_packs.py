"""Country packs: what a law gives its consumers, and that it only ever makes things better for the customer."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.model.country_packs import PACKS, law_of
from domain.model.order import Destination
from domain.model.policy_tables import PolicyTables, VerdictRow
from domain.model.quote import ReturnItem
from domain.model.refund_terms import RefundTerms
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy, compile_terms
from domain.model.withdrawal import WITHDRAWAL, Withdrawal
from domain.model.withdrawal_windows import WithdrawalWindows, law_in_force
from domain.returns.eligibility import violations
from domain.returns.explaining import decided
from domain.returns.quotes import quote
from domain.returns.windows import ReturnWindows
from tests.builders import a_parcel, a_return, a_scan, a_state, an_order


def bought(
    country: str, zone: str, days: tuple[str, str], off: tuple[date, ...] = (), **policy: Any
) -> JourneyState:
    """Two mugs and a lamp, that came on two days."""
    first, second = (datetime.fromisoformat(day) for day in days)
    lines = tuple(line.model_copy(update={"final_sale": True}) for line in an_order().lines)
    order = an_order(
        placed_at=first - timedelta(days=3), destination=Destination(country=country, zone=zone), lines=lines
    )
    packs = policy.pop("country_packs", ("EU", "UK", "CN"))
    terms = compile_terms(Policy(window=1, country_packs=packs, **policy), 1, order, off)
    state = a_state(order, terms=terms)
    a_parcel(state, "T1", units={"1": [0, 1]}, scans=[a_scan(ParcelStatus.DELIVERED, first)])
    a_parcel(state, "T2", units={"2": [0]}, scans=[a_scan(ParcelStatus.DELIVERED, second)])
    return state


def end_of(state: JourneyState, line: str = "1") -> datetime:
    return ReturnWindows(state).end(line, 0, "unwanted").astimezone(UTC)


@pytest.mark.scenario("S-41")
def test_the_law_counts_from_the_last_goods_and_over_a_change_of_clocks() -> None:
    # 10 and 17 March 2026 in Vienna: 31 March is a Tuesday, and summer time began on the 29th.
    state = bought("AT", "Europe/Vienna", ("2026-03-10T10:00+01:00", "2026-03-17T10:00+01:00"))
    assert end_of(state) == end_of(state, "2") == datetime(2026, 3, 31, 22, tzinfo=UTC)


def test_a_last_day_on_which_the_place_rests_moves() -> None:
    # 14 days after 20 March are Good Friday's morrow: Saturday 4 April, Easter Sunday, and Monday, a holiday in Germany.
    easter = (date(2026, 4, 3), date(2026, 4, 6))
    state = bought("DE", "Europe/Berlin", ("2026-03-20T09:00+01:00", "2026-03-20T09:00+01:00"), easter)
    assert end_of(state) == datetime(2026, 4, 7, 22, tzinfo=UTC)
    british = bought("GB", "Europe/London", ("2026-03-20T09:00+00:00", "2026-03-20T09:00+00:00"), easter)
    assert end_of(british) == datetime(2026, 4, 3, 23, tzinfo=UTC), "the United Kingdom has no such rule"


def test_an_uninformed_customer_has_a_year_more() -> None:
    days = ("2026-03-10T10:00+01:00", "2026-03-17T10:00+01:00")
    state = bought("AT", "Europe/Vienna", days, withdrawal_informed=False)
    assert end_of(state) == datetime(2027, 3, 31, 22, tzinfo=UTC)


def test_china_gives_seven_days_from_each_parcel() -> None:
    state = bought("CN", "Asia/Shanghai", ("2026-03-10T10:00+08:00", "2026-03-16T10:00+08:00"))
    assert (end_of(state), end_of(state, "2")) == (
        datetime(2026, 3, 17, 16, tzinfo=UTC),
        datetime(2026, 3, 23, 16, tzinfo=UTC),
    )


def test_while_goods_are_awaited_the_right_lasts() -> None:
    state = bought("AT", "Europe/Vienna", ("2026-03-10T10:00+01:00", "2026-03-17T10:00+01:00"))
    state.parcels[1].scans = []
    law, late = law_in_force(state), datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert law is not None
    assert WithdrawalWindows(state, law, late).end("1", 0) > late


def test_a_pack_takes_back_what_the_policy_refuses_but_not_what_the_law_exempts() -> None:
    days = ("2026-03-10T10:00+01:00", "2026-03-10T10:00+01:00")
    mug = [ReturnItem(line_id="1", quantity=1, reason="unwanted")]
    at = datetime(2026, 3, 20, tzinfo=UTC)

    def refused(at: datetime = at, **policy: Any) -> list[str]:
        return [str(one.code) for one in violations(bought("AT", "Europe/Vienna", days, **policy), mug, at)]

    def rows(**more: Any) -> dict[str, Any]:
        return {"tables": PolicyTables(verdicts=(VerdictRow(id="no", verdict="deny", **more),))}

    assert refused(**rows()) == []
    assert refused(country_packs=(), **rows()) == ["final_sale", "outside_window", "policy_denies"]
    assert refused(**rows(exemption="custom_made")) == ["final_sale", "policy_denies"]
    assert refused(datetime(2026, 4, 20, tzinfo=UTC)) == ["final_sale", "outside_window"]


def test_while_the_right_lasts_only_the_way_back_costs_and_shipping_goes_back() -> None:
    days = ("2026-03-10T10:00+01:00", "2026-03-10T10:00+01:00")
    refunds = RefundTerms(restocking=1000, method_fees={"mail": {"GBP": 395}})
    all_of_it = [
        ReturnItem(line_id=line, quantity=units, reason="unwanted") for line, units in (("1", 2), ("2", 1))
    ]
    state = bought("AT", "Europe/Vienna", days, refunds=refunds)
    early = quote(state, all_of_it, datetime(2026, 3, 24, 22, tzinfo=UTC), "mail")
    assert (early.law, {part.kind: part.amount.minor for part in early.parts}) == (
        "EU",
        {"goods": 6400, "shipping": 400, "method_fee": -395},
    )
    late = quote(state, all_of_it, datetime(2026, 3, 24, 23, tzinfo=UTC), "mail")
    assert (late.law, [part.kind for part in late.parts]) == (None, ["goods", "restocking_fee", "method_fee"])
    chinese = bought("CN", "Asia/Shanghai", days, refunds=refunds)
    asked = quote(chinese, all_of_it, datetime(2026, 3, 12, tzinfo=UTC), "mail")
    assert [part.kind for part in asked.parts] == ["goods", "method_fee"]


def test_a_withdrawal_is_explained_by_the_law_and_not_by_the_policy() -> None:
    days = ("2026-03-10T10:00+01:00", "2026-03-10T10:00+01:00")
    state = bought("AT", "Europe/Vienna", days, country_packs=(), reasons=("late",))
    state.clock = datetime(2026, 3, 20, tzinfo=UTC)
    items = [ReturnItem(line_id="1", quantity=1, reason=WITHDRAWAL)]
    told = Withdrawal(statement="wdr_1", received_at=state.clock)
    case = a_return(state, quote=quote(state, items, state.clock), withdrawal=told)
    verdict = decided(state, case)
    [unit] = verdict.units
    assert (verdict.verdict, unit.reasons, unit.window_rule) == ("allow", (), "EU")
    assert verdict.refund == case.quote.refund
    case.opened_at = datetime(2026, 4, 20, tzinfo=UTC)
    case.withdrawal = Withdrawal(statement="wdr_1", received_at=case.opened_at)
    assert [one.code for one in decided(state, case).units[0].reasons] == ["outside_window"]


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_says_where_it_has_its_rules_from(name: Any) -> None:
    pack = PACKS[name]
    assert pack.sources
    assert all(one.url.startswith("https://") and one.since < date(2026, 1, 1) for one in pack.sources)
    assert all(law_of(country) is pack for country in pack.countries), "no country has two laws"


@pytest.mark.parametrize(
    ("country", "name"),
    [("RE", "EU"), ("YT", "EU"), ("MF", "EU"), ("AX", "EU"), ("IS", "EU")]
    + [(country, None) for country in ("BL", "PF", "GL", "FO", "SJ", "IM", "JE", "GI", "CH", "HK")],
)
def test_a_law_holds_in_the_regions_where_it_applies(country: str, name: str | None) -> None:
    """By ISO 3166-1 they have codes of their own, as has Saint Barthélemy, which left the Union's territory in 2012."""
    pack = law_of(country)
    assert (pack and pack.name) == name


def test_a_row_is_named_for_a_withdrawal_only_where_the_law_asks_for_it() -> None:
    days = ("2026-03-10T10:00+01:00", "2026-03-10T10:00+01:00")

    def rule(**row: Any) -> tuple[str, str]:
        tables = PolicyTables(verdicts=(VerdictRow(id="no", verdict="deny", **row),))
        state = bought("AT", "Europe/Vienna", days, country_packs=(), tables=tables)
        state.clock = datetime(2026, 3, 20, tzinfo=UTC)
        items = [ReturnItem(line_id="1", quantity=1, reason=WITHDRAWAL)]
        told = Withdrawal(statement="wdr_1", received_at=state.clock)
        case = a_return(state, quote=quote(state, items, state.clock), withdrawal=told)
        [unit] = decided(state, case).units
        return unit.rule, ",".join(f"{one.code}:{one.rule}" for one in unit.reasons)

    assert rule() == ("", "")
    assert rule(exemption="sealed_hygiene") == ("no", "not_returnable:no")


def test_a_pack_never_shortens_a_window() -> None:
    for window in range(0, 60, 7):
        days = ("2026-03-10T10:00+01:00", "2026-03-17T10:00+01:00")
        with_pack = bought("AT", "Europe/Vienna", days)
        without = bought("AT", "Europe/Vienna", days, country_packs=())
        for state in (with_pack, without):
            terms = state.terms
            state.terms = terms.model_copy(
                update={"policy": terms.policy.model_copy(update={"window": window})}
            )
        assert all(end_of(with_pack, line) >= end_of(without, line) for line in ("1", "2"))
