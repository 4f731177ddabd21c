"""Types for bodies and queries where pydantic alone would be too kind."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints

_LOOKS_LIKE_A_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _no_epoch(sent: object) -> object:
    """Pydantic reads "1767225600" as seconds since 1970; a carrier's number in the wrong field must not become a time."""
    if isinstance(sent, str) and not _LOOKS_LIKE_A_DATE.match(sent):
        raise ValueError("write it as in 2026-03-29 or 2026-03-29T14:05:00+02:00")
    return sent


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("printable characters only")
    return text


SentInstant = Annotated[AwareDatetime, BeforeValidator(_no_epoch)]
SentDay = Annotated[date, BeforeValidator(_no_epoch)]
# An id that a merchant chose: opaque, and decoded from paths by api/addresses.py under the same rule.
MerchantId = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)]
