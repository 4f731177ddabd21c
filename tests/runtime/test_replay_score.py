"""The score of a replay: from which rows it is made, how they are shared out, and its sums."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from demo.actions import PostOrder
from replay import score
from replay.dates import DateFormat
from replay.rows import OrdersFile, RecordedOrder
from replay.scoring import shares
from replay.selection import select_orders

NOON = datetime(2017, 9, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_row(number: int, **changed: Any) -> RecordedOrder:
    at = NOON + timedelta(days=number)
    row = RecordedOrder(
        number, f"o{number}", "c", "delivered", at, (at + timedelta(days=10)).date(), None, at, ()
    )
    return RecordedOrder(**{**row.__dict__, **changed})


def a_file(*rows: RecordedOrder) -> OrdersFile:
    return OrdersFile(DateFormat("dashes", "dmy"), False, rows, ())


def a_view(late_by: int | None, *risks: tuple[int, int]) -> dict[str, Any]:
    """An order due at noon. `late_by`: hours, None while under way; `lead_time_trials`: lead time and hours before it is late."""
    arrived = None if late_by is None else (NOON + late_by * HOUR).isoformat()
    return {
        "due": NOON.isoformat(),
        "parcels": [{"delivered_at": arrived}],
        "delay_notices": [],
        "lead_time_trials": [
            {"hours": lead, "since": (NOON - ahead * HOUR).isoformat()} for lead, ahead in risks
        ],
    }


def test_orders_are_chosen_by_their_local_day_their_outcome_and_a_seed() -> None:
    midnight = datetime(2017, 9, 1, 3, tzinfo=UTC)  # in São Paulo
    rows = [
        a_row(1, approved=midnight - timedelta(minutes=1)),
        a_row(2, approved=midnight),
        a_row(3, status="shipped", delivered=None),
        a_row(4, delivered=None),
        a_row(5, status="canceled"),
        *(a_row(number) for number in range(6, 40)),
    ]
    since = date(2017, 9, 1)
    kept = select_orders(a_file(*rows), since=since, delivered=True, sample=None).rows
    assert [row.number for row in kept] == [2, *range(6, 40)]
    one, same, other = (
        select_orders(a_file(*rows), since=since, delivered=True, sample=9, seed=seed).rows
        for seed in (1, 1, 2)
    )
    assert len(one) == 9
    assert set(one) < set(kept)
    assert [row.number for row in one] == sorted(row.number for row in one)
    assert one == same != other
    assert select_orders(a_file(*rows), since=None, delivered=False, sample=99).rows == tuple(rows)


def test_each_shop_plays_a_span_of_time_to_its_last_delivery_and_captures_nothing() -> None:
    rows = [a_row(number) for number in range(20, 0, -1)]
    plans = shares(rows, "shop", seed=1)
    placed = [[order.steps[0].at for order in plan.orders] for plan in plans]
    assert [len(times) for times in placed] == [3] * 6 + [2]
    assert [at for times in placed for at in times] == sorted(row.approved for row in rows)
    for plan in plans:
        assert plan.ends == max(order.steps[-1].at for order in plan.orders)
    places = [
        s.action
        for plan in plans
        for order in plan.orders
        for s in order.steps
        if isinstance(s.action, PostOrder)
    ]
    assert len(places) == 20
    assert not any(place.payments for place in places)
    assert shares([], "shop", seed=1) == []


def test_the_table_shows_how_many_flagged_orders_came_late_and_how_early_they_were_flagged() -> None:
    views = [
        a_view(5, (24, 24), (48, 48)),
        a_view(0, (24, 24), (48, 40)),
        a_view(-10, (24, 24), (48, 48)),
        a_view(-30, (48, 48)),
        a_view(-90),
        a_view(3, (24, 0), (48, -1)),
        a_view(None, (24, 24)),
    ]
    table = score.table(views, leads=(24, 48, 72))
    assert (table["orders"], table["late"], table["not_arrived"]) == (6, 3, 1)
    day, two, three = table["leads"]
    assert (day["flagged"], day["true_positives"], day["median_lead"]) == (3, 2, 24.0)
    assert (day["precision"], day["recall"], day["false_positive_rate"]) == (0.6667, 0.6667, 0.3333)
    assert (two["flagged"], two["true_positives"], two["median_lead"]) == (4, 2, 44.0)
    assert (three["flagged"], three["precision"], three["recall"], three["median_lead"]) == (0, None, 0, None)
    lines = list(score.lines(table))
    assert len(lines) == 5
    assert "0.667" in lines[2]


@pytest.mark.parametrize("views", [[], [a_view(None)]])
def test_a_file_without_arrivals_has_no_score(views: list[dict[str, Any]]) -> None:
    table = score.table(views)
    assert [line["precision"] for line in table["leads"]] == [None] * 6
    assert len(list(score.lines(table))) == 8
