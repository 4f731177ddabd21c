"""The meaning of every listed code of every source: `python -m tests.vocabulary_table` writes docs/vocabulary.md."""

from collections.abc import Iterator
from pathlib import Path

from adapters.carriers.vocabulary import NAMES, Vocabulary, vocabulary

PAGE = Path(__file__).parent.parent / "docs" / "vocabulary.md"
_HEAD = """# Carriers' status codes and their meaning

Written by `python -m tests.vocabulary_table` from the YAML files in `adapters/carriers/`; a test compares, and other tests
compare those files with tables written by hand.

`easypost` and `aftership` are sources with their own webhooks. A sender of the generic source may name any of these as
`vocabulary`, so that middleware can pass codes on untranslated.

A detail makes its status more precise: the detail's own status, where it has one, replaces only the statuses in the column
"overrides". A code that is not listed has the meaning of its status, or none: its scan is kept with the raw code, counted in
`smot_carrier_codes_unlisted_total`, and never read as delivered or late. *Reason* is the code that a scan gets, *fault* says
whose fault it is, and *act* that the customer or the merchant has to do something before the parcel moves on.
"""


def table() -> str:
    return _HEAD + "".join(_section(name, vocabulary(name)) for name in NAMES)


def _section(name: str, codes: Vocabulary) -> str:
    lines = [*_statuses(codes)]
    if codes.details:
        lines += [
            "",
            "| detail | status by itself | overrides | reason | fault | act |",
            "|---|---|---|---|---|---|",
            *_details(codes),
        ]
    head = ["", f"## {name}", "", "| status | ours | reason | fault | act |", "|---|---|---|---|---|"]
    return "\n".join(head + lines) + "\n"


def _statuses(codes: Vocabulary) -> Iterator[str]:
    for code, row in codes.statuses.items():
        reason = f"`{code}`" if row.fault else ""
        yield f"| `{code}` | {row.status} | {reason} | {row.fault or ''} | {'yes' if row.action_required else ''} |"


def _details(codes: Vocabulary) -> Iterator[str]:
    for code, row in codes.details.items():
        over = ", ".join(sorted(row.overrides)) if row.status else ""
        reason = f"`{code}`" if row.fault else ""
        act = "yes" if row.action_required else ""
        yield f"| `{code}` | {row.status or ''} | {over} | {reason} | {row.fault or ''} | {act} |"


if __name__ == "__main__":
    PAGE.write_text(table())
