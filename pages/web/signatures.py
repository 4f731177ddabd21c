"""What stands below an answer to a customer: the person who wrote it. The letter has the shop's name below that."""

import re
from typing import Final

from pages.web.staff import StaffUser

_LAST: Final = 2  # lines in which a person may have signed already


def signed_answer(user: StaffUser, text: str) -> str:
    """The text with `Maria Ullrich` below it, unless its person has signed it."""
    last = "\n".join(text.strip().splitlines()[-_LAST:])
    signed = re.search(rf"(?<!\w){re.escape(user.name)}(?!\w)", last, re.IGNORECASE)
    return text if signed else f"{text}\n\n{user.name}"
