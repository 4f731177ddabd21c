"""What stands below an answer to a customer: the person who wrote it, and the shop."""

import re
from typing import Final

from pages.web.staff import StaffUser
from pages.web.visit import Visit

_LAST: Final = 2  # lines in which a person may have signed already


async def signed_answer(visit: Visit, user: StaffUser, text: str) -> str:
    """The text with `Maria Ullrich, Example Shop` below it, unless its person has signed it."""
    last = "\n".join(text.strip().splitlines()[-_LAST:])
    if re.search(rf"(?<!\w){re.escape(user.name)}(?!\w)", last, re.IGNORECASE):
        return text
    branding = await visit.services.merchants.branding.shown(user.merchant)
    shop = branding.name if branding else ""
    return f"{text}\n\n{', '.join(one for one in (user.name, shop) if one)}"
