"""Reports as messages: delivery status notifications (RFC 3464) and feedback reports (RFC 5965), as mail servers send them."""

import email
import email.policy
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from adapters.bounce_codes import report_of
from adapters.letter_names import LETTER_HEADER
from adapters.mail_reports.references import reference_in_path, reference_of
from adapters.relay_answers import redacted_answer
from domain import keys
from domain.notifications.letter_reports import Report
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.mail_reports import MailReport

_MAX_PARTS = 50
_RETURN_PATHS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Original-Mail-From", "Return-Path")
_ACTIONS: dict[str, Report] = {"delayed": "delayed", "delivered": "delivered", "relayed": "delivered"}
_COMPLAINTS = {"abuse", "fraud", "opt-out", "opt-out-list", "other", "virus"}


class MailMessages:
    """The source `message`: the raw message as the body, with a secret as the bearer.

    A message carries no signature. What it says counts only for the letter whose reference it has, and only the letter's
    receiver and the mail servers on its way know that.
    """

    name = "message"

    async def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> str:
        """See the port. The same bytes are the same delivery."""
        given = headers.get("Authorization", "").encode("utf-8", "backslashreplace")
        expected = [f"Bearer {secret}".encode() for secret in secrets if secret.strip()]
        if True not in [hmac.compare_digest(one, given) for one in expected]:
            raise InvalidSignature("no configured secret")
        return keys.content(body)

    def read(self, body: bytes) -> Sequence[MailReport]:
        """See the port."""
        message = email.message_from_bytes(body, policy=email.policy.default)
        if message.get_content_type() != "multipart/report":
            return ()
        parts = list(_parts(message))
        reference = _reference(message, parts)
        if not reference:
            return ()
        for part in parts:
            if part.get_content_type() == "message/feedback-report":
                return _complaint(part, reference)
            if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
                return _status(part, reference)
        raise InvalidPayload("a report without its machine-readable part")


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= _MAX_PARTS:
            return
        yield part


def _reference(message: Message, parts: Sequence[Message]) -> str:
    """Where the report was sent to, else the header of the letter that it returns, whole or as text."""
    paths = [text for part in (message, *parts) for name in _RETURN_PATHS for text in _all(part, name)]
    returned = [text.strip() for part in parts for text in _all(part, LETTER_HEADER)]
    for part in parts:
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            headers = email.message_from_string(_text(part))
            returned += [text.strip() for text in headers.get_all(LETTER_HEADER, [])]
    for block in _blocks(parts):
        paths += [text for name in _RETURN_PATHS for text in block.get_all(name, [])]
    return reference_of(*returned) or reference_in_path(paths)


def _blocks(parts: Sequence[Message]) -> Iterator[Message]:
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            yield from _fields(part)


def _complaint(part: Message, reference: str) -> Sequence[MailReport]:
    fields = next(iter(_fields(part)), None)
    kind = str(fields.get("Feedback-Type", "")).strip().lower() if fields is not None else ""
    if kind not in _COMPLAINTS:
        return ()
    at = _date(fields.get("Arrival-Date") or fields.get("Received-Date")) if fields is not None else None
    return (MailReport(reference=reference, report="complained", reason=redacted_answer(kind), at=at),)


def _status(part: Message, reference: str) -> Sequence[MailReport]:
    """The first block is about the message, each further one about a recipient; a letter has one recipient."""
    whole, *recipients = [*_fields(part), email.message_from_string("")]
    at = next(
        (_date(one.get("Last-Attempt-Date")) for one in recipients if one.get("Last-Attempt-Date")), None
    )
    for one in recipients:
        action, status = str(one.get("Action", "")).strip().lower(), str(one.get("Status", ""))
        diagnosis = str(one.get("Diagnostic-Code", ""))
        report = _ACTIONS.get(action) or (report_of(status, diagnosis) if action == "failed" else None)
        if report is not None:
            reason = redacted_answer(diagnosis.partition(";")[2] or diagnosis or status)
            return (
                MailReport(
                    reference=reference,
                    report=report,
                    reason=reason,
                    at=at or _date(whole.get("Arrival-Date")),
                ),
            )
    return ()


def _fields(part: Message) -> list[Message]:
    """The blocks of fields. The standard library parses them of a delivery status; of other types they are text."""
    content = part.get_payload()
    if isinstance(content, list):
        blocks: list[Message] = []
        for block in content:
            if isinstance(block, Message):
                text = _text(block) if not block.keys() else ""
                blocks.append(email.message_from_string(text) if text.strip() else block)
        return blocks
    return [
        email.message_from_string(block)
        for block in _text(part).replace("\r\n", "\n").split("\n\n")
        if block.strip()
    ]


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return content.decode("utf-8", "replace")
    payload = part.get_payload()
    return payload if isinstance(payload, str) else ""


def _all(part: Message, name: str) -> list[str]:
    """The header's values. A header that cannot be parsed is no value: the sender of a report writes it."""
    try:
        return [str(value) for value in part.get_all(name, [])]
    except (ValueError, IndexError, TypeError, AttributeError):
        return []


def _date(text: object) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(text))
    except (ValueError, TypeError, IndexError):
        return None
    return at if at.tzinfo is not None else None
