"""Amazon SES by Amazon SNS: bounces, complaints, delays and deliveries, as notifications of an identity or as published events.

Documented at docs.aws.amazon.com/ses: notification contents, event publishing contents.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from adapters import untrusted_json
from adapters.letter_names import LETTER_HEADER, METADATA
from adapters.mail_reports import sns_signature
from adapters.mail_reports.references import reference_in_path, reference_of
from adapters.mail_reports.stated_time import stated_time
from adapters.relay_answers import redacted_answer
from domain.notifications.letter_reports import Report
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.mail_reports import MailReport, RelayUnavailable

Fetch = Callable[[str], Awaitable[bytes]]
_MAX_CERTIFICATES = 16


class _Recipient(BaseModel):
    status: str = ""
    diagnosis: str = Field("", alias="diagnosticCode")


class _Bounce(BaseModel):
    bounce_type: str = Field("", alias="bounceType")
    subtype: str = Field("", alias="bounceSubType")
    recipients: list[_Recipient] = Field([], alias="bouncedRecipients")
    timestamp: object = None


class _Complaint(BaseModel):
    feedback: str | None = Field(None, alias="complaintFeedbackType")
    timestamp: object = None


class _Delay(BaseModel):
    delay_type: str = Field("", alias="delayType")
    recipients: list[_Recipient] = Field([], alias="delayedRecipients")
    timestamp: object = None


class _Delivery(BaseModel):
    answer: str = Field("", alias="smtpResponse")
    timestamp: object = None


class _Mail(BaseModel):
    source: str = ""
    headers: list[dict[str, object]] = []
    tags: dict[str, object] = {}


class _SesEvent(BaseModel):
    notification: str = Field("", alias="notificationType")
    event: str = Field("", alias="eventType")
    mail: _Mail = _Mail()
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None
    delivery: _Delivery | None = None
    delay: _Delay | None = Field(None, alias="deliveryDelay")


class AmazonSes:
    """The source `ses`. A secret is the ARN of the topic: SNS signs for every customer of AWS, so the topic must be ours.

    fetch: the content of an https address of SNS; it follows no redirects. Raises OSError.
    """

    name = "ses"

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._certificates: dict[str, bytes] = {}

    async def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> str:
        """See the port. A subscription to one of the topics is confirmed, by the address of SNS itself and no other."""
        message = _message(body)
        if message.get("TopicArn") not in {secret.strip() for secret in secrets if secret.strip()}:
            raise InvalidSignature("not one of the configured topics")
        sns_signature.verify_sns(message, await self._certificate(sns_signature.certificate_url(message)))
        if message.get("Type") == "SubscriptionConfirmation":
            await self._get(sns_signature.confirmation_url(message))
        delivery_id = message.get("MessageId")
        if not untrusted_json.is_valid_id(delivery_id):
            raise InvalidSignature("no usable id")
        return str(delivery_id)

    def read(self, body: bytes) -> Sequence[MailReport]:
        """See the port."""
        message = _message(body)
        if message.get("Type") != "Notification":
            return ()
        with untrusted_json.FieldErrors("Message"):
            content = untrusted_json.parse(str(message.get("Message", "")).encode())
            if not isinstance(content, dict) or "mail" not in content:
                return ()
            event = _SesEvent.model_validate(content)
        report, reference = _report(event), _reference(event.mail)
        if report is None or not reference:
            return ()
        part = event.bounce or event.complaint or event.delay or event.delivery
        at = stated_time(part.timestamp) if part else None
        return (MailReport(reference=reference, report=report, reason=_reason(event), at=at),)

    async def _certificate(self, url: str) -> bytes:
        found = self._certificates.get(url)
        if found is None:
            found = await self._get(url)
            while len(self._certificates) >= _MAX_CERTIFICATES:
                del self._certificates[next(iter(self._certificates))]
            self._certificates[url] = found
        return found

    async def _get(self, url: str) -> bytes:
        try:
            return await self._fetch(url)
        except OSError as problem:
            raise RelayUnavailable(type(problem).__name__) from None


def _message(body: bytes) -> dict[str, Any]:
    try:
        message = untrusted_json.parse(body)
    except InvalidPayload:
        message = None
    if not isinstance(message, dict):
        raise InvalidSignature("no message of SNS")
    return message


def _reference(mail: _Mail) -> str:
    """By the tag that the letter had, else by its header, which identities return where that is switched on, else its path."""
    tagged = mail.tags.get(METADATA)
    headers = [
        one.get("value") for one in mail.headers if str(one.get("name")).lower() == LETTER_HEADER.lower()
    ]
    tags = tagged if isinstance(tagged, list) else []
    return reference_of(*tags, *headers) or reference_in_path([mail.source])


def _report(event: _SesEvent) -> Report | None:
    """`Permanent` is final for SES; the sender's suppression list and a rejected text say nothing new of the address."""
    match (event.event or event.notification), event.bounce:
        case "Delivery", _:
            return "delivered"
        case "Complaint", _:
            wrong = event.complaint is not None and event.complaint.feedback == "not-spam"
            return None if wrong else "complained"
        case "DeliveryDelay", _:
            return "delayed"
        case "Bounce", _Bounce(bounce_type="Permanent"):
            return "bounced"
        case "Bounce" | "Reject", _:
            return "not_delivered"
    return None


def _reason(event: _SesEvent) -> str:
    if event.complaint is not None:
        return redacted_answer(event.complaint.feedback or "complaint")
    recipients = (event.bounce or event.delay or _Bounce()).recipients
    said = [one.diagnosis or one.status for one in recipients]
    if event.bounce is not None:
        said.append(f"{event.bounce.bounce_type} {event.bounce.subtype}")
    said += [event.delivery.answer] if event.delivery else []
    said += [event.delay.delay_type] if event.delay else []
    return redacted_answer(next(filter(None, said), ""))
