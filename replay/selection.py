"""Selects the rows of a file for a replay: by day of approval, by delivery, by a random sample."""

from dataclasses import replace
from datetime import date
from random import Random

from demo.calendar import day_at
from replay.rows import ZONE, OrdersFile


def select_orders(
    orders: OrdersFile, *, since: date | None, delivered: bool, sample: int | None, seed: int = 1
) -> OrdersFile:
    """The file with the selected rows, in the order of the file.

    - `since`: approved on that local day or later.
    - `delivered`: only rows with the status and the time of a delivery.
    - `sample`: at most that many of the remaining rows, chosen by the seed.
    """
    rows = [
        row
        for row in orders.rows
        if (since is None or day_at(row.approved, ZONE) >= since)
        and (not delivered or (row.status == "delivered" and row.delivered is not None))
    ]
    if sample is not None and sample < len(rows):
        rows = sorted(Random(f"smot-sample/{seed}").sample(rows, sample), key=lambda row: row.number)
    return replace(orders, rows=tuple(rows))
