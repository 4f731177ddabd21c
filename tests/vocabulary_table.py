"""The meaning of every listed code of every source: `python -m tests.vocabulary_table` writes docs/vocabulary.md."""

from collections.abc import Iterator
from pathlib import Path

from adapters.carriers.vocabulary import NAMES, Vocabulary, vocabulary

PAGE = Path(__file__).parent.parent / "docs" / "vocabulary.md"
_HEAD = """# Carriers' words in ours

Written by `python -m tests.vocabulary_table` from the YAML files in `adapters/carriers/`; a test compares, and others compare
those files with tables written by hand.

`easypost` and `aftership` are sources with webhooks of their own. All of these may be named as `vocabulary` by a sender of the
generic source, so that middleware passes words on untranslated.

A detail sharpens the status that it comes with: its own status, where it has one, replaces only the statuses in the column
"over". A word that is not here means what its status means, or nothing: its scan is kept with the raw code, counted in
`smot_carrier_codes_unlisted_total`, and is never read as delivered or late. *Reason* is the code that a scan gets, with whose
doing it is; *act*: the customer or the merchant has to do something before the parcel moves on.
"""


def table() -> str:
    return _HEAD + "".join(_section(name, vocabulary(name)) for name in NAMES)


def _section(name: str, words: Vocabulary) -> str:
    lines = [*_statuses(words)]
    if words.details:
        lines += [
            "",
            "| detail | says by itself | overrides | reason | fault | act |",
            "|---|---|---|---|---|---|",
            *_details(words),
        ]
    head = ["", f"## {name}", "", "| status | ours | reason | fault | act |", "|---|---|---|---|---|"]
    return "\n".join(head + lines) + "\n"


def _statuses(words: Vocabulary) -> Iterator[str]:
    for word, row in words.statuses.items():
        reason = f"`{word}`" if row.fault else ""
        yield f"| `{word}` | {row.status} | {reason} | {row.fault or ''} | {'yes' if row.action_required else ''} |"


def _details(words: Vocabulary) -> Iterator[str]:
    for word, row in words.details.items():
        over = ", ".join(sorted(row.overrides)) if row.status else ""
        reason = f"`{word}`" if row.fault else ""
        act = "yes" if row.action_required else ""
        yield f"| `{word}` | {row.status or ''} | {over} | {reason} | {row.fault or ''} | {act} |"


if __name__ == "__main__":
    PAGE.write_text(table())
