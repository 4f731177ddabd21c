"""Types for bodies and queries where pydantic alone accepts too much."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from domain.clock import StatedDay, StatedInstant
from domain.text import valid_identifier

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _instant(sent: object) -> object:
    """Refuse what pydantic reads as a time by itself: "1767225600" is a number in the wrong field, not seconds since 1970."""
    if not isinstance(sent, str):
        return sent
    if not _INSTANT.fullmatch(sent):
        raise ValueError("write it as in 2026-03-29T14:05:00+02:00")
    return datetime.fromisoformat(sent.upper())


def _day(sent: object) -> object:
    if not isinstance(sent, str):
        return sent
    if not _DAY.fullmatch(sent):
        raise ValueError("write it as in 2026-03-29")
    return date.fromisoformat(sent)


_YEAR = r"(199\d|20\d\d|2100)"
SentInstant = Annotated[
    StatedInstant,
    BeforeValidator(_instant),
    Field(
        json_schema_extra={
            "pattern": rf"^{_YEAR}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{{1,9}})?)?([Zz]|[+-]\d\d:\d\d)$"
        }
    ),
]
SentDay = Annotated[
    StatedDay, BeforeValidator(_day), Field(json_schema_extra={"pattern": rf"^{_YEAR}-\d\d-\d\d$"})
]
# An id that a merchant chose: opaque; api/http/request_params.py decodes it from paths under the same rule.
MerchantId = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(valid_identifier)]
