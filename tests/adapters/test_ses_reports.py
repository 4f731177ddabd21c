"""Amazon SES by SNS: the certificate's host is checked, the topic must be ours, and a subscription is confirmed safely."""

import base64
import datetime
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from adapters.mail_reports.ses import AmazonSes
from ports.inbound_webhooks import InvalidSignature
from ports.mail_reports import RelayUnavailable

REF = "0123456789abcdef0123456789abcdef"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
CERTIFICATE = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-6209c161c6221fdf56ec1eb5c821d112.pem"
)
NOW = datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
_NAMES = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


class FakeSns:
    """Signs as SNS does, and answers for its hosts. `asked`: what was fetched."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        today = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self._key.public_key())
        )
        builder = (
            builder.serial_number(1)
            .not_valid_before(today)
            .not_valid_after(today + datetime.timedelta(days=1))
        )
        self._certificate = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self.asked: list[str] = []
        self.down = False

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.down:
            raise OSError("no connection")
        return self._certificate if url.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"

    def signed(self, version: str = "1", **fields: Any) -> bytes:
        message: dict[str, Any] = {
            "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": TOPIC,
            "Timestamp": "2026-03-02T00:00:00.000Z", "SignatureVersion": version, "SigningCertURL": CERTIFICATE, **fields,
        }  # fmt: skip
        text = "".join(f"{name}\n{message[name]}\n" for name in _NAMES if name in message)
        algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), algorithm)
        return json.dumps(message | {"Signature": base64.b64encode(signature).decode()}).encode()


BOUNCE: dict[str, Any] = {  # the example of Amazon's documentation, with our header
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Permanent", "bounceSubType": "General", "reportingMTA": "dns; email.example.com",
        "bouncedRecipients": [{"emailAddress": "jane@example.com", "status": "5.1.1", "action": "failed",
                               "diagnosticCode": "smtp; 550 5.1.1 <jane@example.com>... User"}],
        "timestamp": "2016-01-27T14:59:38.237Z", "feedbackId": "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa068a-000000",
        "remoteMtaIp": "127.0.2.0",
    },
    "mail": {
        "timestamp": "2016-01-27T14:59:38.237Z", "source": "john@example.com", "sendingAccountId": "123456789012",
        "messageId": "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000", "destination": ["jane@example.com"],
        "headersTruncated": False, "headers": [{"name": "From", "value": "John"}, {"name": "X-Smot-Letter", "value": REF}],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def sns() -> FakeSns:
    return FakeSns()


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_bounce_is_verified_by_the_certificate_of_sns_and_read(sns: FakeSns, version: str) -> None:
    ses, body = AmazonSes(sns.fetch), sns.signed(version, Message=json.dumps(BOUNCE), Subject="Amazon SES")
    sns.asked.clear()
    for _ in range(2):
        assert await ses.verify({}, body, [TOPIC], NOW) == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    assert sns.asked == [CERTIFICATE], "kept for the next message"
    [report] = ses.read(body)
    assert (report.reference, report.report) == (REF, "bounced")
    assert report.reason == "smtp; 550 5.1.1 <address>... User"


@pytest.mark.parametrize(
    ("event", "report"),
    [
        (BOUNCE | {"bounce": BOUNCE["bounce"] | {"bounceType": "Transient", "bounceSubType": "MailboxFull"}}, "not_delivered"),
        (BOUNCE | {"bounce": BOUNCE["bounce"] | {"bounceType": "Undetermined"}}, "not_delivered"),
        ({"notificationType": "Complaint", "mail": BOUNCE["mail"],
          "complaint": {"complainedRecipients": [{"emailAddress": "richard@example.com"}], "complaintFeedbackType": "abuse",
                        "timestamp": "2016-01-27T14:59:38.237Z"}}, "complained"),
        ({"notificationType": "Complaint", "mail": BOUNCE["mail"], "complaint": {"complaintFeedbackType": "not-spam"}}, None),
        ({"notificationType": "Delivery", "mail": BOUNCE["mail"],
          "delivery": {"smtpResponse": "250 ok: Message accepted", "timestamp": "2016-01-27T14:59:38.237Z"}}, "delivered"),
        ({"eventType": "DeliveryDelay", "mail": {"tags": {"smot_letter": [REF]}},
          "deliveryDelay": {"delayType": "TransientCommunicationFailure", "timestamp": "2020-06-16T00:25:40.095Z"}}, "delayed"),
        ({"eventType": "Bounce", "bounce": BOUNCE["bounce"], "mail": {"source": f"bounces+{REF}@shop.example"}}, "bounced"),
        ({"eventType": "Bounce", "bounce": BOUNCE["bounce"], "mail": {"source": "john@example.com"}}, None),
        ({"eventType": "Open", "mail": BOUNCE["mail"]}, None),
    ],
)  # fmt: skip
def test_notifications_and_published_events(sns: FakeSns, event: dict[str, Any], report: str | None) -> None:
    found = AmazonSes(sns.fetch).read(sns.signed(Message=json.dumps(event)))
    assert [one.report for one in found] == ([report] if report else [])


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com.evil.test/SimpleNotificationService-1.pem",
        "https://evil.test/SimpleNotificationService-1.pem",
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.test/SimpleNotificationService-1.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem?x=1",
        "https://s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/../SimpleNotificationService-1.pem",
        "https://169.254.169.254/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com:x/SimpleNotificationService-1.pem",
        "",
    ],
)
async def test_a_certificate_from_elsewhere_is_never_fetched(sns: FakeSns, url: str) -> None:
    sns.asked.clear()
    with pytest.raises(InvalidSignature):
        await AmazonSes(sns.fetch).verify({}, sns.signed(Message="{}", SigningCertURL=url), [TOPIC], NOW)
    assert sns.asked == []


async def test_another_topic_another_body_or_another_signer_is_refused(sns: FakeSns) -> None:
    body, ses = sns.signed(Message=json.dumps(BOUNCE)), AmazonSes(sns.fetch)
    for secrets in ([], [""], ["arn:aws:sns:eu-west-1:123456789012:other"]):
        with pytest.raises(InvalidSignature):
            await ses.verify({}, body, secrets, NOW)
    changed = body.replace(b"5.1.1", b"5.1.2")
    for wrong in (changed, FakeSns().signed(Message="{}"), b"[]", b"", sns.signed(Message=7)):
        with pytest.raises(InvalidSignature):
            await ses.verify({}, wrong, [TOPIC], NOW)


def confirmation(sns: FakeSns, host: str, **query: str) -> bytes:
    asked = urlencode({"Action": "ConfirmSubscription", "TopicArn": TOPIC, "Token": "2336412f37", **query})
    url = f"https://{host}/?{asked}"
    return sns.signed(
        Type="SubscriptionConfirmation", Message="You have chosen …", Token="2336412f37", SubscribeURL=url
    )


async def test_a_subscription_to_our_topic_is_confirmed_at_sns_and_nowhere_else(sns: FakeSns) -> None:
    sns.asked.clear()
    ses, good = AmazonSes(sns.fetch), confirmation(sns, "sns.eu-west-1.amazonaws.com")
    await ses.verify({}, good, [TOPIC], NOW)
    assert [url.split("?")[0] for url in sns.asked] == [CERTIFICATE, "https://sns.eu-west-1.amazonaws.com/"]
    assert ses.read(good) == ()
    for wrong in (
        confirmation(sns, "evil.test"),
        confirmation(sns, "169.254.169.254"),
        confirmation(sns, "sns.eu-west-1.amazonaws.com", Action="DeleteTopic"),
        confirmation(sns, "sns.eu-west-1.amazonaws.com", TopicArn="arn:aws:sns:eu-west-1:1:other"),
    ):
        sns.asked.clear()
        with pytest.raises(InvalidSignature):
            await ses.verify({}, wrong, [TOPIC], NOW)
        assert [url for url in sns.asked if not url.endswith(".pem")] == []


async def test_without_an_answer_of_sns_the_sender_has_to_repeat() -> None:
    sns = FakeSns()
    sns.down = True
    with pytest.raises(RelayUnavailable):
        await AmazonSes(sns.fetch).verify({}, sns.signed(Message="{}"), [TOPIC], NOW)
