"""What people may write to each other: its length, and characters that hide no others."""

from typing import Final

from domain.text import valid_text

LONGEST: Final = 2000
SHORTEST: Final = 3


def is_message(text: str) -> bool:
    """Whether a person may have written it: long enough, and without characters that hide others."""
    try:
        for line in text.splitlines():
            valid_text(line)
    except ValueError:
        return False
    return SHORTEST <= len(text) <= LONGEST
