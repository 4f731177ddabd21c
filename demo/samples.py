"""What the demo plays with: real baskets and recorded shapes of parcel lives (samples/README.md)."""

import csv
import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "samples"
COUNTRIES = {  # the data set's countries: ISO code and the zone whose midnight ends a promised day
    "United Kingdom": ("GB", "Europe/London"),
    "EIRE": ("IE", "Europe/Dublin"),
    "France": ("FR", "Europe/Paris"),
    "Germany": ("DE", "Europe/Berlin"),
    "Lithuania": ("LT", "Europe/Vilnius"),
    "Switzerland": ("CH", "Europe/Zurich"),
}
HOME = COUNTRIES["United Kingdom"]


class BadSamples(ValueError):
    """The folder given with --data cannot be played; the text says what is missing or wrong."""


@dataclass(frozen=True)
class BasketLine:
    """`unit_price` in pence."""

    sku: str
    title: str
    quantity: int
    unit_price: int


@dataclass(frozen=True)
class Basket:
    """One invoice: what a household bought and where it lives."""

    invoice: str
    country: str
    zone: str
    lines: tuple[BasketLine, ...]

    @property
    def value(self) -> int:
        """All lines, in pence."""
        return sum(line.quantity * line.unit_price for line in self.lines)


@dataclass(frozen=True)
class ShapeScan:
    """One scan of a recorded life: `after` the first one, in the carrier's own words."""

    after: timedelta
    status: str
    status_detail: str
    message: str
    place: dict[str, str | None]


@dataclass(frozen=True)
class Shape:
    """A recorded life of a parcel, without its number and date."""

    name: str
    carrier: str
    scans: tuple[ShapeScan, ...]

    @property
    def delivered(self) -> bool:
        return self.scans[-1].status == "delivered"


@dataclass(frozen=True)
class Samples:
    """Everything a plan is drawn from."""

    baskets: tuple[Basket, ...]
    shapes: tuple[Shape, ...]


def load(folder: Path = FOLDER) -> Samples:
    """Read `baskets.csv` and `scan_shapes.json`. Raises BadSamples naming the file that will not do."""
    try:
        baskets = _baskets(folder / "baskets.csv")
    except (OSError, KeyError, ValueError, ArithmeticError) as wrong:
        raise BadSamples(f"{folder / 'baskets.csv'}: {wrong!r}") from wrong
    try:
        shapes = _shapes(json.loads((folder / "scan_shapes.json").read_text("utf-8")))
    except (OSError, KeyError, ValueError, TypeError) as wrong:
        raise BadSamples(f"{folder / 'scan_shapes.json'}: {wrong!r}") from wrong
    if len({shape.name for shape in shapes if shape.delivered}) == 0 or len(shapes) < 2:
        raise BadSamples(f"{folder / 'scan_shapes.json'}: at least two lives, one of them delivered")
    return Samples(baskets, shapes)


def _baskets(file: Path) -> tuple[Basket, ...]:
    by_invoice: dict[str, list[dict[str, str]]] = {}
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            by_invoice.setdefault(row["invoice"], []).append(row)
    if not by_invoice:
        raise ValueError("no baskets")
    return tuple(_basket(invoice, rows) for invoice, rows in by_invoice.items())


def _basket(invoice: str, rows: list[dict[str, str]]) -> Basket:
    country, zone = COUNTRIES.get(rows[0]["country"], HOME)
    lines = tuple(
        BasketLine(row["sku"], row["title"], int(row["quantity"]), int(Decimal(row["unit_price"]) * 100))
        for row in rows
    )
    return Basket(invoice, country, zone, lines)


def _shapes(document: dict[str, Any]) -> tuple[Shape, ...]:
    return tuple(
        Shape(
            shape["name"],
            shape["carrier"],
            tuple(
                ShapeScan(
                    timedelta(seconds=scan["after"]),
                    scan["status"],
                    scan["status_detail"],
                    scan["message"],
                    scan["place"],
                )
                for scan in shape["scans"]
            ),
        )
        for shape in document["shapes"]
    )
