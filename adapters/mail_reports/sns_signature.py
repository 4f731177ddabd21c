"""Amazon SNS: the signature of a message, and the certificate that it is verified with.

Documented at docs.aws.amazon.com/sns: verifying the signatures of Amazon SNS messages. Addresses in a message are used only when
they are https addresses of SNS itself: else a sender could choose its own certificate, or make us call any address.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from ports.inbound_webhooks import InvalidSignature

# A name of a region: `sns.s3.amazonaws.com` would be the bucket `sns` of any customer of AWS.
_HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}\.amazonaws\.com(\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-zA-Z]{1,64}\.pem")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_HASHES: Mapping[str, HashAlgorithm] = {"1": SHA1(), "2": SHA256()}


def certificate_url(message: Mapping[str, Any]) -> str:
    """The address of the certificate. Raises InvalidSignature unless it is one of SNS."""
    url = str(message.get("SigningCertURL", ""))
    if not _CERTIFICATE.fullmatch(_sns_parts(url).path) or "?" in url:
        raise InvalidSignature("the certificate is not one of SNS")
    return url


def confirmation_url(message: Mapping[str, Any]) -> str:
    """The address that confirms a subscription. Raises InvalidSignature unless it is one of SNS, for this topic."""
    url = str(message.get("SubscribeURL", ""))
    parts = _sns_parts(url)
    asked = parse_qs(parts.query)
    if parts.path not in ("", "/") or asked.get("Action") != ["ConfirmSubscription"]:
        raise InvalidSignature("the address to confirm is not one of SNS")
    if asked.get("TopicArn") != [message.get("TopicArn")]:
        raise InvalidSignature("the address to confirm is of another topic")
    return url


def _sns_parts(url: str) -> Any:
    try:
        parts = urlsplit(url)
        usual = parts.scheme == "https" and parts.port in (None, 443) and not parts.username
    except ValueError:
        usual = False
    if not usual or not url.isascii() or not url.isprintable() or not _HOST.fullmatch(parts.netloc):
        raise InvalidSignature("an address in the message is not one of SNS")
    return parts


def verify_sns(message: Mapping[str, Any], certificate: bytes) -> None:
    """Raise InvalidSignature unless the certificate's key signed the message."""
    algorithm = _HASHES.get(str(message.get("SignatureVersion", "")))
    try:
        key = load_pem_x509_certificate(certificate).public_key()
        signature = base64.b64decode(str(message.get("Signature", "")), validate=True)
        if algorithm is None or not isinstance(key, rsa.RSAPublicKey):
            raise InvalidSignature("not a signature of SNS")
        key.verify(signature, _signed_text(message), padding.PKCS1v15(), algorithm)
    except (ValueError, WrongSignature):
        raise InvalidSignature("SNS did not sign this message") from None


def _signed_text(message: Mapping[str, Any]) -> bytes:
    """Names and values of the signed fields, one a line. Raises InvalidSignature for a field that is no text."""
    names = _NOTIFICATION if message.get("Type") == "Notification" else _CONFIRMATION
    lines: list[str] = []
    for name in names:
        value = message.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            raise InvalidSignature("a signed field is missing")
        lines += [name, value]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
