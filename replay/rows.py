"""The rows of a file of real orders: read with its own headers and dates; whatever is odd about one has a name."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from replay.dates import AmbiguousDates, DateFormat, as_instant, detect_date_format

ZONE = (
    "America/Sao_Paulo"  # the files say no zone; it is the zone of the shop, its carriers and most customers
)
_NAMED = {"order": "order_id", "customer": "customer_id", "status": "order_status"}
_NEEDED = {
    "approved": "order_approved_at",
    "promised": "order_estimated_delivery_date",
    "delivered": "order_delivered_customer_date",
}
_EXTRA = {"bought": "order_purchase_timestamp", "handed_over": "order_delivered_carrier_date"}
_STATUSES = frozenset(
    ("approved", "canceled", "created", "delivered", "invoiced", "processing", "shipped", "unavailable")
)


class InvalidOrdersFile(ValueError):
    """It is no file of orders that we can read; the text says why."""


@dataclass(frozen=True)
class RecordedOrder:
    """One real order, all instants in UTC. `promised`: a day at the destination. `odd`: names of what is odd about it."""

    number: int
    order: str
    customer: str
    status: str
    approved: datetime
    promised: date
    handed_over: datetime | None
    delivered: datetime | None
    anomalies: tuple[str, ...]


@dataclass(frozen=True)
class RefusedRow:
    """A row of which no order can be made, and the name of why."""

    number: int
    order: str
    reason: str


@dataclass(frozen=True)
class OrdersFile:
    """A file's rows in its own order. `spelling`: how it writes dates; `with_handover`: it knows when carriers got them."""

    date_format: DateFormat
    with_handover: bool
    rows: tuple[RecordedOrder, ...]
    refused: tuple[RefusedRow, ...]


def load(file: Path, limit: int | None = None) -> OrdersFile:
    """The file's first `limit` rows; dates are judged by all of it. Raises InvalidOrdersFile."""
    lines = list(_lines(file))
    columns = {name: header for name, header in {**_NEEDED, **_EXTRA}.items() if header in lines[0]}
    try:
        spelling = detect_date_format(line[header] or "" for line in lines for header in columns.values())
    except AmbiguousDates as problem:
        raise InvalidOrdersFile(f"{file}: {problem}") from None
    rows: list[RecordedOrder] = []
    refused: list[RefusedRow] = []
    seen: Counter[str] = Counter()
    for number, line in enumerate(lines[:limit], 1):
        name = (line[_NAMED["order"]] or "").strip()
        seen[name] += 1
        found = "duplicate_order" if seen[name] > 1 else _row(number, name, line, columns, spelling)
        if isinstance(found, RecordedOrder):
            rows.append(found)
        else:
            refused.append(RefusedRow(number, name, found))
    return OrdersFile(spelling, "handed_over" in columns, tuple(rows), tuple(refused))


def _lines(file: Path) -> Iterator[dict[str, str | None]]:
    """Every line by its headers; `None` is where a line ended early."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            missing = {*_NAMED.values(), *_NEEDED.values()} - set(reader.fieldnames or ())
            if missing:
                raise InvalidOrdersFile(f"{file}: no column {', '.join(sorted(missing))}")
            empty = True
            for line in reader:
                empty = False
                yield line
            if empty:
                raise InvalidOrdersFile(f"{file}: no rows")
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InvalidOrdersFile(f"{file}: {problem}") from None


def _row(
    number: int,
    order: str,
    line: Mapping[str, str | None],
    columns: Mapping[str, str],
    date_format: DateFormat,
) -> RecordedOrder | str:
    """The row, or the name of why there is no order in it."""
    if not order:
        return "no_order_id"
    if None in line or None in line.values():
        return "wrong_number_of_columns"
    texts = {name: (line[header] or "").strip() for name, header in columns.items()}
    local = {name: date_format.read(text) for name, text in texts.items()}
    if any(text and local[name] is None for name, text in texts.items()):
        return "unreadable_date"
    approved, promised = local["approved"], local["promised"]
    if approved is None:
        return "not_approved"
    if promised is None:
        return "no_promise"
    del local["promised"]
    at = {name: as_instant(time, ZONE) for name, time in local.items() if time is not None}
    known = {name: instant for name, (instant, _) in at.items()}
    row = RecordedOrder(
        number=number,
        order=order,
        customer=(line[_NAMED["customer"]] or "").strip() or order,
        status=(line[_NAMED["status"]] or "").strip(),
        approved=known["approved"],
        promised=promised.date(),
        handed_over=known.get("handed_over"),
        delivered=known.get("delivered"),
        anomalies=(),
    )
    odd = [odd for _, odd in at.values() if odd is not None]
    odd += _anomalies(row, approved.date(), "handed_over" in columns)
    return RecordedOrder(**{**row.__dict__, "anomalies": tuple(sorted(set(odd)))})


def _anomalies(row: RecordedOrder, approved_on: date, with_handover: bool) -> Iterator[str]:
    """What does not fit together, yet can be played."""
    if row.status not in _STATUSES:
        yield "unknown_status"
    if row.promised < approved_on:
        yield "promised_before_approval"
    if row.handed_over and row.handed_over < row.approved:
        yield "handed_over_before_approval"
    if row.delivered is None:
        if row.status == "delivered":
            yield "delivered_without_a_date"
        if row.status == "canceled":
            yield "cancelled_yet_handed_over" if row.handed_over else "cancelled_without_a_date"
        return
    if row.status == "canceled":
        yield "cancelled_yet_delivered"
    if row.delivered < row.approved:
        yield "delivered_before_approval"
    if with_handover and row.handed_over is None:
        yield "delivered_without_handover"
    if row.handed_over and row.delivered < row.handed_over:
        yield "delivered_before_handover"
