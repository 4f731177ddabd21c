"""The time zone of a postcode, by the table of beginnings in `postcodes.yaml`."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from domain.clock import Zone

_Tables = dict[str, dict[str, Zone]]


def zone_of_postcode(country: str, postcode: str) -> str | None:
    """The zone of that place; None where the table does not say it. Blanks and dashes do not count."""
    known = _beginnings().get(country, {})
    text = "".join(char for char in postcode.upper() if char.isalnum())
    return next((known[text[:end]] for end in range(len(text), 0, -1) if text[:end] in known), None)


@cache
def _beginnings() -> _Tables:
    """Each country's beginnings, ranges written out."""
    text = Path(__file__).with_name("postcodes.yaml").read_text("utf-8")
    tables = TypeAdapter(_Tables).validate_python(yaml.safe_load(text))
    return {
        country: {beginning: zone for written, zone in rows.items() for beginning in _all(written)}
        for country, rows in tables.items()
    }


def _all(written: str) -> list[str]:
    first, dash, last = written.partition("-")
    if not dash:
        return [first]
    return [str(number).zfill(len(first)) for number in range(int(first), int(last) + 1)]
