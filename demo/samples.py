"""Sample data of the demo: real baskets and recorded tracking histories (samples/README.md)."""

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


class InvalidSamples(ValueError):
    """The folder given with --samples cannot be used; the text says what is missing or wrong."""


@dataclass(frozen=True)
class BasketLine:
    """One line of an invoice. `unit_price`: pence."""

    sku: str
    title: str
    quantity: int
    unit_price: int


@dataclass(frozen=True)
class Basket:
    """One invoice: its lines, and the country and zone of the customer."""

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
    """One recorded scan. `after`: time since the first one. `status`, `status_detail`, `message`: as the carrier wrote them."""

    after: timedelta
    status: str
    status_detail: str
    message: str
    place: dict[str, str | None]


@dataclass(frozen=True)
class Shape:
    """A recorded tracking history, without its number and dates."""

    name: str
    carrier: str
    scans: tuple[ShapeScan, ...]

    @property
    def delivered(self) -> bool:
        """Whether the history ends in a delivery."""
        return self.scans[-1].status == "delivered"


@dataclass(frozen=True)
class Samples:
    """Everything that a plan chooses from."""

    baskets: tuple[Basket, ...]
    shapes: tuple[Shape, ...]


def load(folder: Path = FOLDER) -> Samples:
    """Read `baskets.csv` and `scan_shapes.json`. Raises InvalidSamples, which names the invalid file."""
    try:
        baskets = _baskets(folder / "baskets.csv")
    except (OSError, KeyError, ValueError, ArithmeticError) as problem:
        raise InvalidSamples(f"{folder / 'baskets.csv'}: {problem!r}") from problem
    try:
        shapes = _shapes(json.loads((folder / "scan_shapes.json").read_text("utf-8")))
    except (OSError, KeyError, ValueError, TypeError) as problem:
        raise InvalidSamples(f"{folder / 'scan_shapes.json'}: {problem!r}") from problem
    if len({shape.name for shape in shapes if shape.delivered}) == 0 or len(shapes) < 2:
        raise InvalidSamples(
            f"{folder / 'scan_shapes.json'}: at least two tracking histories are needed, one of them delivered"
        )
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
