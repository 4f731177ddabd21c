"""Reports of relays: bodies as their vendors document them, and signatures over the raw bytes."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.mail_reports.generic import GenericMailReports
from adapters.mail_reports.mailgun import Mailgun
from adapters.mail_reports.postmark import Postmark
from adapters.mail_reports.sendgrid import SendGrid
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.mail_reports import MailReport, MailReportSource

REF = "0123456789abcdef0123456789abcdef"
_SPKI = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"  # how every public key on P-256 begins
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def brief(found: Sequence[MailReport]) -> list[tuple[str, str]]:
    return [(one.report, one.reason) for one in found]


def written(body: object) -> bytes:
    return json.dumps(body).encode()


async def refused(source: MailReportSource, headers: dict[str, str], body: bytes, secrets: list[str]) -> bool:
    try:
        await source.verify(headers, body, secrets, NOW)
    except InvalidSignature:
        return True
    return False


# Postmark: the bounce of its documentation, with the metadata that the letter had.
POSTMARK: dict[str, Any] = {
    "RecordType": "Bounce", "MessageStream": "outbound", "ID": 4323372036854775807, "Type": "HardBounce", "TypeCode": 1,
    "Name": "Hard bounce", "Tag": "Test", "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "ServerID": 23,
    "Metadata": {"smot_letter": REF}, "Email": "john@example.com", "From": "sender@example.com",
    "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist: john@example.com",
    "BouncedAt": "2019-11-05T16:33:54.9070259Z", "DumpAvailable": True, "Inactive": True, "CanActivate": True,
    "Subject": "Test subject", "Content": "<Full dump of bounce>",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "report"),
    [
        ({}, "bounced"),
        ({"Type": "BadEmailAddress"}, "bounced"),
        ({"Type": "SoftBounce"}, "not_delivered"),
        ({"Type": "Blocked"}, "not_delivered"),
        ({"Type": "SpamNotification"}, "not_delivered"),
        ({"Type": "Transient"}, "delayed"),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, "complained"),
        ({"Type": "SpamComplaint"}, "complained"),
        ({"RecordType": "Delivery", "DeliveredAt": "2019-11-05T16:33:54Z"}, "delivered"),
        ({"Type": "AutoResponder"}, None),
        ({"RecordType": "Open"}, None),
        ({"Metadata": {}}, None),
        ({"Metadata": {"smot_letter": "another"}}, None),
    ],
)
async def test_postmark_by_user_and_password(changed: dict[str, Any], report: str | None) -> None:
    body = written(POSTMARK | changed)
    headers = {"Authorization": "Basic " + base64.b64encode(b"smot:hush").decode()}
    first = await Postmark().verify(headers, body, ["smot:hush"], NOW)
    assert first == await Postmark().verify(headers, body, ["old:one", "smot:hush"], NOW)
    assert await refused(Postmark(), headers, body, ["smot:other"])
    assert await refused(Postmark(), {"Authorization": "Basic Og=="}, body, [":", ""])
    assert await refused(Postmark(), {}, body, ["smot:hush"])
    found = Postmark().read(body)
    assert [one.report for one in found] == ([report] if report else [])
    for one in found:
        assert (one.reference, "john" in one.reason) == (REF, False)
        assert one.at is not None


def mailgun(event: dict[str, Any], key: str = "signing-key", at: datetime = NOW) -> bytes:
    stamp, token = str(int(at.timestamp())), "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0"
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return written(
        {"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": event}
    )


MAILGUN: dict[str, Any] = {
    "severity": "permanent", "tags": [], "timestamp": 1521233195.375624, "log-level": "error", "id": "G9Bn5sl1TC6nu79C8C0bwg",
    "event": "failed", "reason": "bounce", "recipient": "alice@example.com", "recipient-domain": "example.com",
    "envelope": {"transport": "smtp", "sender": "bob@mail.example", "targets": "alice@example.com"},
    "message": {"headers": {"to": "Alice <alice@example.com>", "message-id": "20130503192659.13651.20287@mail.example"}},
    "delivery-status": {"attempt-no": 1, "code": 550, "enhanced-code": "5.1.1", "session-seconds": 0.4,
                        "message": "5.1.1 <alice@example.com>: Recipient address rejected", "description": ""},
    "user-variables": {"smot_letter": REF},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "report"),
    [
        ({}, "bounced"),
        ({"delivery-status": {"code": 550, "message": "No such user here"}}, "bounced"),
        ({"delivery-status": {"code": 552, "enhanced-code": "5.2.2", "message": "5.2.2 mailbox full"}}, "not_delivered"),
        ({"delivery-status": {"code": 554, "message": "5.7.1 blocked as spam"}}, "not_delivered"),
        ({"delivery-status": {"code": 605, "description": "Not delivering to previously bounced address"},
          "reason": "suppress-bounce"}, "bounced"),
        ({"reason": "suppress-complaint"}, "complained"),
        ({"severity": "temporary"}, "delayed"),
        ({"event": "complained"}, "complained"),
        ({"event": "delivered"}, "delivered"),
        ({"event": "opened"}, None),
        ({"user-variables": {}}, None),
    ],
)  # fmt: skip
async def test_mailgun_by_its_hmac(changed: dict[str, Any], report: str | None) -> None:
    body = mailgun(MAILGUN | changed)
    token = await Mailgun().verify({}, body, ["old-key", "signing-key"], NOW)
    assert token == "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0"
    assert await refused(Mailgun(), {}, body, ["other-key"])
    assert await refused(Mailgun(), {}, mailgun(MAILGUN, key=""), [""])
    assert await refused(
        Mailgun(), {}, mailgun(MAILGUN, at=datetime(2026, 2, 27, tzinfo=UTC)), ["signing-key"]
    )
    assert await refused(Mailgun(), {}, b"[]", ["signing-key"])
    found = Mailgun().read(body)
    assert [one.report for one in found] == ([report] if report else [])
    assert all(one.reference == REF and "alice" not in one.reason for one in found)


async def test_sendgrids_own_example_of_a_signature_passes() -> None:
    """Key, signature, time and body of the tests of SendGrid's library (sendgrid-python, MIT)."""
    key = _SPKI + "83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
    other = _SPKI + "qTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA=="
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEA"
        "yBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
    }
    event = {
        "email": "hello@world.com", "event": "dropped", "reason": "Bounced Address",
        "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
        "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>", "timestamp": 1600112492,
    }  # fmt: skip
    body = json.dumps([event], sort_keys=True, separators=(",", ":")).encode() + b"\r\n"
    assert (await SendGrid().verify(headers, body, [other, key], NOW)).startswith("sha256:")
    assert await refused(SendGrid(), headers, body, [other])
    assert await refused(SendGrid(), headers, body.strip(), [key])
    assert await refused(SendGrid(), headers | {"X-Twilio-Email-Event-Webhook-Timestamp": "1"}, body, [key])
    assert await refused(SendGrid(), {}, body, [key])
    assert await refused(SendGrid(), headers, body, ["", "no key"])
    assert SendGrid().read(body) == []


SENDGRID: dict[str, Any] = {
    "email": "example@test.com", "timestamp": 1513299569, "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>", "event": "bounce",
    "category": "cat facts", "sg_event_id": "6g4ZI7SA-xmRDv57GoPIPw==", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001",
    "reason": "500 unknown recipient", "status": "5.0.0", "type": "bounce", "smot_letter": REF,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "report"),
    [
        ({}, "bounced"),
        ({"status": "5.2.2", "reason": "552 5.2.2 over quota"}, "not_delivered"),
        ({"status": "", "reason": "unknown user"}, "bounced"),
        ({"type": "blocked"}, "not_delivered"),
        ({"event": "dropped", "reason": "Bounced Address"}, "bounced"),
        ({"event": "dropped", "reason": "Invalid"}, "bounced"),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, "complained"),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, "not_delivered"),
        ({"event": "deferred", "response": "400 try again later", "attempt": "5"}, "delayed"),
        ({"event": "delivered", "response": "250 OK"}, "delivered"),
        ({"event": "spamreport"}, "complained"),
        ({"event": "open"}, None),
    ],
)
async def test_sendgrid_by_its_ecdsa_signature_and_in_batches(
    changed: dict[str, Any], report: str | None
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = base64.b64encode(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()
    other = {**SENDGRID, "event": "processed"}
    body = written([other, SENDGRID | changed])
    signature = base64.b64encode(key.sign(b"1600112502" + body, ec.ECDSA(SHA256()))).decode()
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
    }
    await SendGrid().verify(headers, body, [public], NOW)
    found = SendGrid().read(body)
    assert [one.report for one in found] == ([report] if report else [])
    assert all(one.reference == REF for one in found)


@pytest.mark.parametrize(
    ("kind", "report"),
    [
        ("mail.bounced", "bounced"),
        ("mail.complained", "complained"),
        ("mail.delayed", "delayed"),
        ("mail.not_delivered", "not_delivered"),
        ("mail.delivered", "delivered"),
        ("mail.opened", None),
    ],
)
def test_any_other_relay_in_our_own_form(kind: str, report: str | None) -> None:
    data = {"letter": REF, "reason": "550 5.1.1 <ada@example.org> unknown", "at": "2026-03-02T07:00:00Z"}
    found = GenericMailReports().read(written({"type": kind, "data": data}))
    assert brief(found) == ([(report, "550 5.1.1 <address> unknown")] if report else [])


@pytest.mark.parametrize("source", [Postmark(), Mailgun(), SendGrid(), GenericMailReports()])
@pytest.mark.parametrize(
    "body", [b"", b"null", b"7", b'"x"', b'{"a": NaN}', b"\xff", b'{"event-data": 1, "data": 2}']
)
def test_a_body_that_cannot_be_read_is_told_apart(source: MailReportSource, body: bytes) -> None:
    with suppress(InvalidPayload):
        assert list(source.read(body)) == []
