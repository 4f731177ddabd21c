"""Files of real orders: how their dates are recognized, what is odd about rows, and when each step of a row is sent."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from demo.actions import PostCarrierWebhook, PostOrder, PostOrderCancellation, PostParcel
from replay import plan
from replay.dates import AmbiguousDates, as_instant, detect_date_format
from replay.rows import ZONE, InvalidOrdersFile, RecordedOrder, load
from tests.runtime.olist_files import HANDOVER, ODD, ODD_PLAYED, REFUSED, SHORT, odd_file, write

REAL = Path(__file__).parents[3] / "shared" / "inputs" / "olist"
KNOWN = {  # of the public data set: rows, those without an order, how dates are written
    "orders.csv": (12_074, {"not_approved": 36}, "day-month-year with dashes"),
    "orders_with_handover.csv": (2_962, {"not_approved": 10}, "month-day-year with slashes"),
    "orders_with_seconds.csv": (2_432, {"not_approved": 8}, "year-month-day"),
}

LOST_HOUR = datetime.fromisoformat("2017-10-15 00:30")  # local, as the files write it
DOUBLE_HOUR = datetime.fromisoformat("2018-02-17 23:30")

DASHES = "a,c,delivered,02-10-2017 11:07,18-10-2017 00:00,10-10-2017 21:25"
SLASHES = "a,c,delivered,10/2/2017 10:56,10/2/2017 11:07,10/4/2017 19:55,10/10/2017 21:25,10/18/2017 0:00"
SECONDS = (
    "a,c,delivered,2017-10-02 10:56:33,2017-10-02 11:07:15,2017-10-04 19:55:00,2017-10-10 21:25:13,"
    "2017-10-18 00:00:00"
)


@pytest.mark.parametrize(
    ("header", "line", "name", "approved"),
    [
        (SHORT, DASHES, "day-month-year with dashes", datetime(2017, 10, 2, 14, 7, tzinfo=UTC)),
        (HANDOVER, SLASHES, "month-day-year with slashes", datetime(2017, 10, 2, 14, 7, tzinfo=UTC)),
        (HANDOVER, SECONDS, "year-month-day", datetime(2017, 10, 2, 14, 7, 15, tzinfo=UTC)),
    ],
)
def test_each_copy_of_the_data_is_read_with_its_own_dates(
    header: str, line: str, name: str, approved: datetime, tmp_path: Path
) -> None:
    orders_file = load(write(tmp_path / "orders.csv", header, line))
    assert orders_file.date_format.name == name
    assert orders_file.with_handover == (header == HANDOVER)
    [row] = orders_file.rows
    assert (row.approved, row.promised, row.anomalies) == (approved, date(2017, 10, 18), ())


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["02-10-2017 11:07", "03-04-2017"], "whether day or month comes first"),
        (["2/10/2017 11:07"], "whether day or month comes first"),
        (["18-10-2017", "10-18-2017"], "day first and some the month"),
        (["18-10-2017", "2017-10-18"], "all dates must have one format"),
        (["soon", ""], "no known format"),
        ([], "no known format"),
    ],
)
def test_dates_that_could_be_read_two_ways_are_an_error_and_no_guess(cells: list[str], says: str) -> None:
    with pytest.raises(AmbiguousDates, match=says):
        detect_date_format(cells)


def test_the_dates_of_the_first_rows_are_judged_by_the_whole_file(tmp_path: Path) -> None:
    unclear = "b,c,delivered,02-10-2017 11:07,03-11-2017 00:00,10-10-2017 21:25"
    file = write(tmp_path / "orders.csv", SHORT, unclear, DASHES)
    [row] = load(file, limit=1).rows
    assert row.promised == date(2017, 11, 3)


def test_columns_are_found_by_their_names_in_any_order_and_behind_a_byte_order_mark(tmp_path: Path) -> None:
    pairs = dict(zip(SHORT.split(","), DASHES.split(","), strict=True))
    names = [*reversed(pairs), "a_column_of_theirs"]
    file = tmp_path / "orders.csv"
    line = [*(pairs[name] for name in reversed(pairs)), "x"]
    file.write_text("\ufeff" + ",".join(names) + "\r\n" + ",".join(line) + "\r\n")
    [row] = load(file).rows
    assert (row.order, row.status, row.promised) == ("a", "delivered", date(2017, 10, 18))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["order_id,order_status", "a,delivered"], "no column customer_id, order_approved_at"),
        ([SHORT], "no rows"),
        ([SHORT, DASHES, DASHES.replace("18-10-2017", "2017-10-18")], "one format"),
    ],
)
def test_an_invalid_file_is_one_sentence(lines: list[str], says: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidOrdersFile, match=says):
        load(write(tmp_path / "orders.csv", *lines))


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidOrdersFile, match="No such file"):
        load(tmp_path / "nothing.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InvalidOrdersFile):
        load(tmp_path / "binary.csv")


def test_every_odd_row_is_refused_or_played_under_a_name(tmp_path: Path) -> None:
    orders_file = load(odd_file(tmp_path))
    assert Counter(row.reason for row in orders_file.refused) == REFUSED
    assert Counter(odd for row in orders_file.rows for odd in row.anomalies) == ODD_PLAYED
    assert len(orders_file.rows) + len(orders_file.refused) == len(ODD)


def test_local_times_around_changed_clocks_are_named() -> None:
    assert as_instant(LOST_HOUR, ZONE) == (
        datetime(2017, 10, 15, 3, 30, tzinfo=UTC),
        "hour_that_did_not_exist",
    )
    assert as_instant(DOUBLE_HOUR, ZONE) == (
        datetime(2018, 2, 18, 1, 30, tzinfo=UTC),
        "hour_that_came_twice",
    )
    assert as_instant(LOST_HOUR + timedelta(days=1), ZONE)[1] is None


def _played(tmp_path: Path, *names: str) -> plan.ShopPlan:
    lines = [ODD["in_time"].replace("in_time", "proof"), *(ODD[name] for name in names)]
    [shop] = plan.make(load(write(tmp_path / "orders.csv", HANDOVER, *lines)).rows, "shop", shops=1, seed=1)
    return shop


def test_an_order_is_placed_shipped_and_delivered_when_the_file_says(tmp_path: Path) -> None:
    [_, order] = _played(tmp_path, "late").orders
    kinds = [type(step.action) for step in order.steps]
    assert kinds == [PostOrder, PostParcel, PostCarrierWebhook, PostCarrierWebhook]
    assert [step.at.isoformat() for step in order.steps] == [
        "2017-10-16T11:40:00+00:00",
        *["2017-10-17T20:00:00+00:00"] * 2,
        "2017-10-28T14:30:00+00:00",
    ]
    assert order.due == datetime(2017, 10, 26, 2, 0, tzinfo=UTC), "the end of that day in São Paulo"


def test_goods_that_came_before_the_approval_are_reported_once_there_is_an_order(tmp_path: Path) -> None:
    [_, order] = _played(tmp_path, "before_approval").orders
    assert {step.at for step in order.steps} == {datetime(2017, 10, 21, 11, 10, tzinfo=UTC)}
    bodies = [step.action.body for step in order.steps if isinstance(step.action, PostCarrierWebhook)]
    assert "2017-10-20T14:30:00Z" in str(bodies[-1]), "the scan keeps its own time"


def test_a_shopify_order_cancelled_before_any_scan_is_cancelled(tmp_path: Path) -> None:
    [_, order] = _played(tmp_path, "cancelled").orders
    assert [type(step.action) for step in order.steps] == [PostOrder, PostOrderCancellation]


def test_every_step_is_sent_between_its_event_and_its_hour(tmp_path: Path) -> None:
    rows = {row.order: row for row in load(odd_file(tmp_path)).rows}
    for shop in plan.make(tuple(rows.values()), "shop", shops=3, seed=1):
        for order in shop.orders:
            row = rows[order.order_id]
            first, last = order.steps[0].at, order.steps[-1].at
            assert 0 <= (first - row.approved).total_seconds() < 3600
            known = max(row.approved, row.handed_over or row.approved, row.delivered or row.approved)
            assert 0 <= (last - known).total_seconds() < 3600
            assert order.rests_by <= shop.ends


def test_rows_are_dealt_to_shops_once_each_and_the_seed_decides_the_sender() -> None:
    def row(number: int) -> RecordedOrder:
        at = datetime(2018, 1, 1 + number % 28, 12, tzinfo=UTC)
        return RecordedOrder(number, f"o{number}", "c", "delivered", at, date(2018, 2, 20), at, at, ())

    rows = [row(number) for number in range(1, 41)]
    shops = plan.make(rows, "shop", shops=4, seed=1)
    assert sorted(order.order_id for shop in shops for order in shop.orders) == sorted(r.order for r in rows)
    assert {len(shop.orders) for shop in shops} == {10}
    assert plan.make(rows, "shop", shops=4, seed=1) == shops
    assert plan.make(rows, "shop", shops=4, seed=2) != shops


@pytest.mark.parametrize("name", KNOWN)
def test_the_real_files_are_read_whole(name: str) -> None:
    file = REAL / name
    if not file.exists():
        pytest.skip(f"the Olist data set may not be copied into the project, and {file} is absent")
    rows, refused, spelling = KNOWN[name]
    orders_file = load(file)
    assert orders_file.date_format.name == spelling
    assert len(orders_file.rows) + len(orders_file.refused) == rows
    assert Counter(row.reason for row in orders_file.refused) == refused


def test_the_replay_imports_nothing_of_the_service() -> None:
    code = "import sys, replay.command; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rooms = {name.partition(".")[0] for name in loaded.stdout.split()}
    forbidden = {"domain", "ports", "store", "adapters", "activities", "workflows", "api", "temporalio"}
    assert rooms & (forbidden | {"sqlalchemy", "sqlmodel"}) == set()
