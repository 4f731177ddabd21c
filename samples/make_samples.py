"""Creates `baskets.csv` and `scan_shapes.json` from the downloaded originals (README.md names their origin).

python samples/make_samples.py lines_to_2011-03-31.csv.gz trackers.jsonl webhook_tracker_updated.json
"""

import csv
import gzip
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MAX_BASKETS = 150
GOODS = re.compile(r"\d{5}[A-Z]{0,2}")  # POST, D, M, BANK CHARGES and the like are fees, not goods
COLUMNS = ("invoice", "country", "sku", "title", "quantity", "unit_price")
EXCLUDED_COUNTRIES = {"Australia"}  # two baskets by sea: no tracking history of ours fits them

Line = dict[str, str]


def invoices(original: Path) -> dict[str, list[Line]]:
    """Every invoice with its lines, as recorded."""
    found: dict[str, list[Line]] = {}
    with gzip.open(original, "rt", encoding="utf-8", errors="replace", newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["InvoiceNo"], []).append(line)
    return found


def is_basket(number: str, lines: list[Line]) -> bool:
    """A household's basket of goods: no cancellation, 1-6 lines of 1-12 units, each with a price, at least 3.00."""
    return (
        number.isdigit()
        and 1 <= len(lines) <= 6
        and all(GOODS.fullmatch(line["StockCode"]) for line in lines)
        and all(1 <= int(line["Quantity"]) <= 12 and float(line["UnitPrice"]) > 0 for line in lines)
        and all(line["Description"].strip().isprintable() and line["Description"].strip() for line in lines)
        and sum(int(line["Quantity"]) * float(line["UnitPrice"]) for line in lines) >= 3
        and lines[0]["Country"] not in EXCLUDED_COUNTRIES
    )


def spread(baskets: list[list[Line]]) -> list[list[Line]]:
    """At most MAX_BASKETS: all from abroad, and the rest spread evenly over the time of the data set."""
    abroad = [lines for lines in baskets if lines[0]["Country"] != "United Kingdom"]
    home = [lines for lines in baskets if lines[0]["Country"] == "United Kingdom"]
    places = min(MAX_BASKETS - len(abroad), len(home))
    chosen = abroad + [home[index * len(home) // places] for index in range(places)]
    return sorted(chosen, key=lambda lines: lines[0]["InvoiceNo"])


def rows(baskets: list[list[Line]]) -> Iterator[list[str]]:
    for lines in baskets:
        for line in lines:
            title = " ".join(line["Description"].split())
            yield [
                *(line["InvoiceNo"], line["Country"], line["StockCode"], title),
                *(line["Quantity"], f"{float(line['UnitPrice']):.2f}"),
            ]


def shape(name: str, tracker: dict[str, Any], origin: str) -> dict[str, Any]:
    """The scans of a tracker, in seconds after the first one, without the number and the signer."""
    details = tracker["tracking_details"]
    first = datetime.fromisoformat(details[0]["datetime"])
    scans = []
    for detail in details:
        place = detail["tracking_location"]
        after = datetime.fromisoformat(detail["datetime"]) - first
        scans.append(
            {
                "after": int(after.total_seconds()),
                "status": detail["status"],
                "status_detail": detail["status_detail"],
                "message": detail["message"],
                "place": {key: place[key] for key in ("city", "state", "country", "zip")},
            }
        )
    return {"name": name, "origin": origin, "carrier": tracker["carrier"], "scans": scans}


def shapes(recorded: Path, event: Path) -> list[dict[str, Any]]:
    """The longest recorded history of each end: delivered, in transit, and a label that was never used."""
    trackers = [json.loads(line) for line in recorded.read_text("utf-8").splitlines()]

    def best(status: str) -> dict[str, Any]:
        ended = [tracker for tracker in trackers if tracker["status"] == status]
        return max(ended, key=lambda tracker: len(tracker["tracking_details"]))

    return [
        shape("usps_delivered", best("delivered"), recorded.name),
        shape("fedex_in_transit", json.loads(event.read_text("utf-8"))["result"], event.name),
        shape("usps_label_only", best("pre_transit"), recorded.name),
    ]


def main(lines: str, recorded: str, event: str) -> None:
    """Write both files beside this one."""
    baskets = [found for number, found in invoices(Path(lines)).items() if is_basket(number, found)]
    with (HERE / "baskets.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows(rows(spread(baskets)))
    text = json.dumps({"shapes": shapes(Path(recorded), Path(event))}, indent=1, ensure_ascii=False)
    (HERE / "scan_shapes.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
