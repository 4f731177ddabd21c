"""Mailgun: `failed`, `complained` and `delivered`, signed by an HMAC-SHA256 of a time and a token.

Documented at documentation.mailgun.com: securing webhooks, webhook payloads. The signature does not cover the event, so each
token is taken once, and not long after its time.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field, ValidationError

from adapters import untrusted_json
from adapters.bounce_codes import has_code, report_of
from adapters.letter_names import METADATA
from adapters.mail_reports.references import reference_of
from adapters.mail_reports.stated_time import stated_time
from adapters.relay_answers import redacted_answer
from adapters.untrusted_json import text
from domain.notifications.letter_reports import Report
from ports.inbound_webhooks import InvalidSignature
from ports.mail_reports import MailReport

_TOLERANCE = timedelta(hours=12)  # Mailgun repeats a webhook for eight hours


class _Signature(BaseModel):
    timestamp: str = Field(max_length=11, pattern=r"^[0-9]+$")
    token: str = Field(min_length=1, max_length=100, pattern=r"^[0-9A-Za-z]+$")
    signature: str = Field(max_length=64)


class _DeliveryStatus(BaseModel):
    code: object = None
    enhanced: object = Field(None, alias="enhanced-code")
    message: str | None = None
    description: str | None = None


class _MailgunEvent(BaseModel):
    event: str
    severity: str = ""
    reason: str = ""
    timestamp: object = None
    variables: dict[str, object] = Field({}, alias="user-variables")
    status: _DeliveryStatus = Field(_DeliveryStatus(), alias="delivery-status")


class _Signed(BaseModel):
    signature: _Signature


class _Body(BaseModel):
    event: _MailgunEvent = Field(alias="event-data")


class Mailgun:
    """The source `mailgun`. A secret is the HTTP webhook signing key."""

    name = "mailgun"

    async def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> str:
        """See the port. The token is the delivery's id."""
        try:
            given = _Signed.model_validate_json(body).signature
        except ValidationError:
            raise InvalidSignature("no signature in the body") from None
        sent_at = datetime.fromtimestamp(int(given.timestamp), UTC)
        if abs(now - sent_at) > _TOLERANCE:
            raise InvalidSignature("the signature's time is too far from now")
        signed = f"{given.timestamp}{given.token}".encode()
        expected = [
            hmac.digest(secret.encode(), signed, hashlib.sha256).hex() for secret in secrets if secret.strip()
        ]
        if True not in [hmac.compare_digest(one.encode(), given.signature.encode()) for one in expected]:
            raise InvalidSignature("no configured key signed this token")
        return given.token

    def read(self, body: bytes) -> Sequence[MailReport]:
        """See the port."""
        with untrusted_json.FieldErrors("body"):
            event = _Body.model_validate(untrusted_json.parse(body)).event
        report, reference = _report(event), reference_of(event.variables.get(METADATA))
        if report is None or not reference:
            return ()
        said = event.status.message or event.status.description or event.reason
        reason = redacted_answer(f"{text(event.status.code)} {said}")
        return (
            MailReport(reference=reference, report=report, reason=reason, at=stated_time(event.timestamp)),
        )


def _report(event: _MailgunEvent) -> Report | None:
    match event.event, event.severity, event.reason:
        case "delivered", _, _:
            return "delivered"
        case "complained", _, _:
            return "complained"
        case "failed", "temporary", _:
            return "delayed"
        case "failed", _, "suppress-bounce":
            return "bounced"
        case "failed", _, "suppress-complaint":
            return "complained"
        case "failed", _, _:
            return _failure(event.status)
    return None


def _failure(status: _DeliveryStatus) -> Report:
    """Where the server states no enhanced code, its SMTP code decides: RFC 5321, 4.2.3."""
    enhanced = text(status.enhanced)
    if enhanced or has_code(status.message or ""):
        return report_of(enhanced, status.message or "")
    return "bounced" if text(status.code) in ("550", "551", "553") else "not_delivered"
