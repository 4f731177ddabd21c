"""The table of docs/privacy.md that says of each column whether it is about a person: `python -m tests.personal_columns`.

New columns are added with a `?`; say what they are by hand, and a test fails until all are said.
"""

import re
from pathlib import Path
from typing import Final

from store.tables.all import METADATA

PAGE: Final = Path(__file__).parents[1] / "docs/privacy.md"
BEGIN: Final = "| table | about persons | not about persons |\n|---|---|---|\n"
_ROW = re.compile(r"^\| (\w+) \| (.*?) \| (.*?) \|$", re.MULTILINE)
_NAME = re.compile(r"`(\w+)`")
UNKNOWN: Final = "`{}` ?"


def listed(page: str) -> dict[str, tuple[str, str]]:
    """By table: the two cells, as they stand on the page."""
    rows = page.partition(BEGIN)[2].partition("\n\n")[0]
    return {table: (personal, other) for table, personal, other in _ROW.findall(rows)}


def names(cell: str) -> list[str]:
    """The columns of a cell."""
    return _NAME.findall(cell)


def columns() -> dict[str, list[str]]:
    """Of each table of the store."""
    return {table.name: [column.name for column in table.columns] for table in METADATA.sorted_tables}


def completed(page: str) -> str:
    """The page with a row for each table; columns that are not said yet have a `?`."""
    before, begin, rest = page.partition(BEGIN)
    known, rows = listed(page), []
    for table, found in sorted(columns().items()):
        personal, other = known.get(table, ("–", ""))
        told = {*names(personal), *names(other)}
        fresh = [UNKNOWN.format(name) for name in found if name not in told]
        rows.append(f"| {table} | {personal} | {', '.join(filter(None, [other, *fresh]))} |\n")
    return before + begin + "".join(rows) + "\n" + rest.partition("\n\n")[2]


if __name__ == "__main__":
    PAGE.write_text(completed(PAGE.read_text()))
