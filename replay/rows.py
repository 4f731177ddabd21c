"""Reads a file of real orders. Each anomaly of a row, and each reason to refuse a row, has a name."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from replay.dates import AmbiguousDates, DateFormat, as_instant, detect_date_format

# The files have no zone; this is the zone of the shops, the carriers and most customers.
ZONE = "America/Sao_Paulo"
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
    """The file cannot be read as a file of orders; the text says why."""


@dataclass(frozen=True)
class RecordedOrder:
    """One real order, all instants in UTC. `promised`: a day at the destination. `anomalies`: their names."""

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
    """A row that is no usable order, and the name of the reason."""

    number: int
    order: str
    reason: str


@dataclass(frozen=True)
class OrdersFile:
    """The rows of a file in its order. `with_handover`: the file has the times at which carriers received the parcels."""

    date_format: DateFormat
    with_handover: bool
    rows: tuple[RecordedOrder, ...]
    refused: tuple[RefusedRow, ...]


def load(file: Path, limit: int | None = None) -> OrdersFile:
    """The file's first `limit` rows. The date format is detected from all rows. Raises InvalidOrdersFile."""
    lines = list(_lines(file))
    columns = {name: header for name, header in {**_NEEDED, **_EXTRA}.items() if header in lines[0]}
    try:
        date_format = detect_date_format(line[header] or "" for line in lines for header in columns.values())
    except AmbiguousDates as problem:
        raise InvalidOrdersFile(f"{file}: {problem}") from None
    rows: list[RecordedOrder] = []
    refused: list[RefusedRow] = []
    occurrences: Counter[str] = Counter()
    for number, line in enumerate(lines[:limit], 1):
        name = (line[_NAMED["order"]] or "").strip()
        occurrences[name] += 1
        row = "duplicate_order" if occurrences[name] > 1 else _row(number, name, line, columns, date_format)
        if isinstance(row, RecordedOrder):
            rows.append(row)
        else:
            refused.append(RefusedRow(number, name, row))
    return OrdersFile(date_format, "handed_over" in columns, tuple(rows), tuple(refused))


def _lines(file: Path) -> Iterator[dict[str, str | None]]:
    """Every line by its headers; a value is None where the line has fewer columns."""
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
    """The order of the row, or the name of the reason to refuse it."""
    if not order:
        return "no_order_id"
    if None in line or None in line.values():
        return "wrong_number_of_columns"
    times = _times(line, columns, date_format)
    if isinstance(times, str):
        return times
    approved, promised = times["approved"], times.pop("promised")
    instants = {name: as_instant(time, ZONE) for name, time in times.items()}
    at = {name: instant for name, (instant, _) in instants.items()}
    row = RecordedOrder(
        number=number,
        order=order,
        customer=(line[_NAMED["customer"]] or "").strip() or order,
        status=(line[_NAMED["status"]] or "").strip(),
        approved=at["approved"],
        promised=promised.date(),
        handed_over=at.get("handed_over"),
        delivered=at.get("delivered"),
        anomalies=(),
    )
    anomalies = {anomaly for _, anomaly in instants.values() if anomaly is not None}
    anomalies.update(_anomalies(row, approved.date(), "handed_over" in columns))
    return replace(row, anomalies=tuple(sorted(anomalies)))


def _times(
    line: Mapping[str, str | None], columns: Mapping[str, str], date_format: DateFormat
) -> dict[str, datetime] | str:
    """The local times of the row, with `approved` and `promised`; or the name of the reason to refuse it."""
    texts = {name: (line[header] or "").strip() for name, header in columns.items()}
    times = {name: time for name, text in texts.items() if (time := date_format.read(text)) is not None}
    if any(text and name not in times for name, text in texts.items()):
        return "unreadable_date"
    if "approved" not in times:
        return "not_approved"
    return times if "promised" in times else "no_promise"


def _anomalies(row: RecordedOrder, approved_on: date, with_handover: bool) -> Iterator[str]:
    """Contradictions in the row that do not prevent its replay."""
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
