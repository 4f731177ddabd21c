"""Port: what mail servers and relays report of letters that have left."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.base import Frozen
from domain.clock import Instant
from domain.notifications.letter_reports import Report


class MailReport(Frozen):
    """What became of one letter.

    reference: the letter's.
    reason: what was answered, without personal data.
    at: when it happened; None where that is not stated.
    """

    reference: str
    report: Report
    reason: str = ""
    at: Instant | None = None


class RelayUnavailable(Exception):
    """What is needed to verify a report cannot be had now. Its sender repeats it."""


class MailReportSource(Protocol):
    """One sender of reports."""

    @property
    def name(self) -> str:
        """As the path of its webhook has it."""

    async def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> str:
        """The delivery's id, once one of the secrets shows that this sender sent exactly these bytes.

        Raises InvalidSignature or RelayUnavailable.
        """

    def read(self, body: bytes) -> Sequence[MailReport]:
        """The reports about letters that name one; none for a body about something else. Raises InvalidPayload."""
