"""Postmark: bounces, spam complaints and deliveries. Postmark signs nothing; its webhooks carry a user and password.

Documented at postmarkapp.com/developer/webhooks: bounce, spam complaint and delivery webhook.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from adapters import untrusted_json
from adapters.letter_names import METADATA
from adapters.mail_reports.references import reference_of
from adapters.mail_reports.stated_time import stated_time
from adapters.relay_answers import redacted_answer
from domain import keys
from domain.notifications.letter_reports import Report
from ports.inbound_webhooks import InvalidSignature
from ports.mail_reports import MailReport

# Types of bounces after which Postmark does not write to the address any more; the others are about one message.
_ABOUT_ADDRESS = {"HardBounce", "BadEmailAddress", "ManuallyDeactivated"}
_DELAYED = {"Transient", "DnsError"}
_NO_BOUNCES = {"AutoResponder", "Subscribe", "AddressChange", "ChallengeVerification"}


class _PostmarkEvent(BaseModel):
    record_type: str = Field("", alias="RecordType")
    type: str = Field("", alias="Type")
    description: str = Field("", alias="Description")
    details: str = Field("", alias="Details")
    metadata: dict[str, object] = Field({}, alias="Metadata")
    bounced_at: object = Field(None, alias="BouncedAt")
    delivered_at: object = Field(None, alias="DeliveredAt")


class Postmark:
    """The source `postmark`. A secret is `user:password`, as in the address that is set at Postmark."""

    name = "postmark"

    async def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> str:
        """See the port. Postmark states no id: the same bytes are the same delivery."""
        given = headers.get("Authorization", "").encode("utf-8", "backslashreplace")
        expected = [b"Basic " + base64.b64encode(secret.encode()) for secret in secrets if secret.strip(":")]
        if True not in [hmac.compare_digest(one, given) for one in expected]:
            raise InvalidSignature("no configured user and password")
        return keys.content(body)

    def read(self, body: bytes) -> Sequence[MailReport]:
        """See the port."""
        with untrusted_json.FieldErrors("body"):
            event = _PostmarkEvent.model_validate(untrusted_json.parse(body))
        report, reference = _report(event), reference_of(event.metadata.get(METADATA))
        if report is None or not reference:
            return ()
        reason = redacted_answer(event.details or event.description or event.type)
        at = stated_time(event.bounced_at or event.delivered_at)
        return (MailReport(reference=reference, report=report, reason=reason, at=at),)


def _report(event: _PostmarkEvent) -> Report | None:
    match event.record_type:
        case "Delivery":
            return "delivered"
        case "SpamComplaint":
            return "complained"
        case "Bounce" if event.type == "SpamComplaint":
            return "complained"
        case "Bounce" if event.type not in _NO_BOUNCES:
            if event.type in _DELAYED:
                return "delayed"
            return "bounced" if event.type in _ABOUT_ADDRESS else "not_delivered"
    return None
