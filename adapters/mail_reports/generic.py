"""Reports of any other relay, in the form that smot documents, signed as Standard Webhooks 1.0.0 says."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from adapters import untrusted_json
from adapters.mail_reports.references import reference_of
from adapters.mail_reports.stated_time import stated_time
from adapters.relay_answers import redacted_answer
from adapters.standard_webhook_signature import verify_standard_webhook
from domain.notifications.letter_reports import Report
from ports.mail_reports import MailReport

_TYPES: dict[str, Report] = {
    "mail.delayed": "delayed", "mail.delivered": "delivered", "mail.not_delivered": "not_delivered",
    "mail.bounced": "bounced", "mail.complained": "complained",
}  # fmt: skip


class _ReportedLetter(BaseModel):
    letter: str
    reason: Annotated[str, Field(max_length=2000)] = ""
    at: object = None


class _ReportEvent(BaseModel):
    type: str
    data: _ReportedLetter


class GenericMailReports:
    """The source `generic`."""

    name = "generic"

    async def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> str:
        """See the port. The delivery's id is the header `webhook-id`."""
        return verify_standard_webhook(headers, body, list(secrets), now)

    def read(self, body: bytes) -> Sequence[MailReport]:
        """See the port."""
        with untrusted_json.FieldErrors("body"):
            event = _ReportEvent.model_validate(untrusted_json.parse(body))
        report, reference = _TYPES.get(event.type), reference_of(event.data.letter)
        if report is None or not reference:
            return ()
        at, reason = stated_time(event.data.at), redacted_answer(event.data.reason)
        return (MailReport(reference=reference, report=report, reason=reason, at=at),)
