"""EasyPost and AfterShip: a delivery counts only when one of our secrets signed exactly its bytes."""

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from multidict import CIMultiDict

from adapters.carriers.aftership import AfterShip
from adapters.carriers.easypost import EasyPost
from ports.carriers import CarrierSource
from ports.inbound_webhooks import InvalidPayload, InvalidSignature

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads"
Headers = CIMultiDict[str]


@dataclass(frozen=True)
class Sender:
    """A vendor that signs: an event of theirs, and the header's value for any body."""

    source: CarrierSource
    event: bytes
    event_id: str
    id_field: str
    kind: dict[str, str]
    secret: str
    header: str
    sign: Callable[[bytes, str], str]

    def headers(self, value: str) -> Headers:
        return CIMultiDict({self.header: value})

    def delivery_id(self, body: bytes, secrets: list[str]) -> str:
        headers = self.headers(self.sign(body, self.secret))
        return self.source.verify(headers, body, secrets, NOW)


def easypost_signature(body: bytes, secret: str) -> str:
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def digest(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


def aftership_signature(body: bytes, secret: str) -> str:
    return base64.b64encode(digest(body, secret)).decode()


EASYPOST = Sender(
    source=EasyPost(),
    event=(PAYLOADS / "easypost" / "webhook_tracker_updated.json").read_bytes(),
    event_id="evt_1",
    id_field="id",
    kind={"description": "batch.updated"},
    secret="sécret-ﬁve",  # composed and compatibility characters, so that NFKD changes it
    header="x-hmac-signature",
    sign=easypost_signature,
)
AFTERSHIP = Sender(
    source=AfterShip(),
    event=(PAYLOADS / "aftership" / "tracking_update.json").read_bytes(),
    event_id="5b1a0f4e-2d37-4c4e-9a55-0c9b6d1f7a21",
    id_field="event_id",
    kind={"event": "other"},
    secret=unicodedata.normalize("NFC", "sécret-of-a-shop"),
    header="Aftership-Hmac-Sha256",
    sign=aftership_signature,
)
SENDERS = pytest.mark.parametrize("sender", [EASYPOST, AFTERSHIP], ids=lambda sender: sender.source.name)


@SENDERS
def test_the_event_id_is_the_delivery_id_when_the_raw_bytes_are_signed(sender: Sender) -> None:
    assert sender.delivery_id(sender.event, [sender.secret]) == sender.event_id


def test_a_signature_of_easypost_is_valid_for_every_unicode_composition_of_the_secret() -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert EASYPOST.delivery_id(EASYPOST.event, [unicodedata.normalize(form, EASYPOST.secret)]) == "evt_1"


@SENDERS
@pytest.mark.parametrize("others", [["old", "{}"], ["{}", "new"], ["", "{}"], ["{}"]])
def test_while_secrets_rotate_either_of_them_is_enough(sender: Sender, others: list[str]) -> None:
    secrets = [one.format(sender.secret) for one in others]
    assert sender.delivery_id(sender.event, secrets) == sender.event_id


@SENDERS
@pytest.mark.parametrize("stated", [7, "", "x" * 200, None])
def test_a_signed_body_without_a_usable_id_is_identified_by_its_hash(sender: Sender, stated: object) -> None:
    body = json.dumps({**sender.kind, sender.id_field: stated, "other_id": "x"}).encode()
    assert sender.delivery_id(body, [sender.secret]) == "sha256:" + hashlib.sha256(body).hexdigest()


@SENDERS
@pytest.mark.parametrize(
    "body", [b"not json", b"[]", b"null", b"", b"\xff\x00", b'{"id": "\xe4", "event_id": "\xe4"}']
)
def test_a_signed_body_that_is_no_message_has_an_id_too(sender: Sender, body: bytes) -> None:
    assert sender.delivery_id(body, [sender.secret]) == "sha256:" + hashlib.sha256(body).hexdigest()
    with pytest.raises(InvalidPayload):
        sender.source.read(body, NOW)


Case = tuple[Headers, bytes, list[str]]


def abuse_of(sender: Sender) -> dict[str, Case]:
    """What neither vendor's deliveries may pass with."""
    event, secret, headers = sender.event, sender.secret, sender.headers
    good = sender.sign(event, secret)
    return {
        "no header": (CIMultiDict(), event, [secret]),
        "empty header": (headers(""), event, [secret]),
        "truncated": (headers(good[:-1]), event, [secret]),
        "truncated by two": (headers(good[:-2]), event, [secret]),
        "doubled": (headers(good + good), event, [secret]),
        "a space behind": (headers(good + " "), event, [secret]),
        "not ascii": (headers("é\udce9"), event, [secret]),
        "another shop's secret": (headers(sender.sign(event, "another shop")), event, [secret]),
        "re-serialised": (headers(good), json.dumps(json.loads(event)).encode(), [secret]),
        "body truncated": (headers(good), event[:-10], [secret]),
        "trailing newline": (headers(good), event + b"\n", [secret]),
        "trailing newline removed": (headers(sender.sign(event + b"\n", secret)), event, [secret]),
        "last newline removed": (headers(good), event.rstrip(), [secret]),
        "empty body": (headers(good), b"", [secret]),
        "no secret": (headers(good), event, []),
        "empty secret": (headers(sender.sign(event, "")), event, [""]),
        "blank secret": (headers(sender.sign(event, "  ")), event, ["  "]),
    }


def easypost_abuse() -> dict[str, Case]:
    event, secret, headers = EASYPOST.event, EASYPOST.secret, EASYPOST.headers
    good = EASYPOST.sign(event, secret)
    prefix = "hmac-sha256-hex="
    return {
        "scheme only": (headers(prefix), event, [secret]),
        "no scheme": (headers(good.removeprefix(prefix)), event, [secret]),
        "other scheme": (headers(good.replace("sha256", "sha1")), event, [secret]),
        "key not NFKD": (headers(prefix + digest(event, secret).hex()), event, [secret]),
        "upper-case hex": (headers(prefix + good.removeprefix(prefix).upper()), event, [secret]),
        "not ascii behind the scheme": (headers(f"{prefix}é\udce9"), event, [secret]),
    }


def aftership_abuse() -> dict[str, Case]:
    event, secret, headers = AFTERSHIP.event, AFTERSHIP.secret, AFTERSHIP.headers
    good, raw = AFTERSHIP.sign(event, secret), digest(event, secret)
    decomposed = unicodedata.normalize("NFD", secret)
    sha1 = base64.b64encode(hmac.digest(secret.encode(), event, "sha1")).decode()
    return {
        "header of Returns and Warranty": (CIMultiDict({"as-signature-hmac-sha256": good}), event, [secret]),
        "header of Shipping": (CIMultiDict({"am-webhook-signature": f"hmac-sha256={good}"}), event, [secret]),
        "with a scheme": (headers(f"hmac-sha256={good}"), event, [secret]),
        "hex for base64": (headers(raw.hex()), event, [secret]),
        "base64 of hex": (headers(base64.b64encode(raw.hex().encode()).decode()), event, [secret]),
        "url-safe base64": (headers(base64.urlsafe_b64encode(raw).decode() + "="), event, [secret]),
        "without padding": (headers(good.rstrip("=")), event, [secret]),
        "SHA-1": (headers(sha1), event, [secret]),
        "the secret decomposed": (headers(AFTERSHIP.sign(event, decomposed)), event, [secret]),
    }


ABUSE = {
    **{f"easypost {name}": (EASYPOST, case) for name, case in {**abuse_of(EASYPOST), **easypost_abuse()}.items()},
    **{f"aftership {name}": (AFTERSHIP, case) for name, case in {**abuse_of(AFTERSHIP), **aftership_abuse()}.items()},
}  # fmt: skip


@pytest.mark.parametrize("case", ABUSE)
@pytest.mark.scenario("S-17")
def test_a_forged_delivery_is_refused(case: str) -> None:  # TRK-4
    sender, (given, body, secrets) = ABUSE[case]
    with pytest.raises(InvalidSignature):
        sender.source.verify(given, body, secrets, NOW)


@SENDERS
def test_no_single_flipped_bit_of_the_body_or_the_signature_passes(sender: Sender) -> None:
    event, good = sender.event, sender.sign(sender.event, sender.secret)
    for position in range(0, len(event) * 8, 97):
        body = bytearray(event)
        body[position // 8] ^= 1 << position % 8
        with pytest.raises(InvalidSignature):
            sender.source.verify(sender.headers(good), bytes(body), [sender.secret], NOW)
    for position in range(len(good) * 7):
        at = position // 7
        flipped = good[:at] + chr(ord(good[at]) ^ 1 << position % 7) + good[at + 1 :]
        with pytest.raises(InvalidSignature):
            sender.source.verify(sender.headers(flipped), event, [sender.secret], NOW)
