"""AfterShip: a delivery is accepted only when one of our secrets signed exactly its bytes."""

import base64
import hashlib
import hmac
import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from multidict import CIMultiDict

from adapters.carriers.aftership import AfterShip
from ports.carriers import InvalidSignature

SOURCE = AfterShip()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVENT = (Path(__file__).parent / "payloads" / "aftership" / "tracking_update.json").read_bytes()
EVENT_ID = "5b1a0f4e-2d37-4c4e-9a55-0c9b6d1f7a21"
SECRET = unicodedata.normalize("NFC", "sécret-of-a-shop")


def digest(body: bytes, secret: str = SECRET) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(digest(body, secret)).decode()


def headers(value: str, name: str = "Aftership-Hmac-Sha256") -> CIMultiDict[str]:
    return CIMultiDict({name: value})


def test_the_event_id_is_the_delivery_id_when_the_raw_bytes_are_signed() -> None:
    assert SOURCE.verify(headers(signature(EVENT)), EVENT, [SECRET], NOW) == EVENT_ID


@pytest.mark.parametrize("secrets", [["old", SECRET], [SECRET, "new"], ["", SECRET], [SECRET]])
def test_while_secrets_rotate_either_of_them_is_enough(secrets: list[str]) -> None:
    assert SOURCE.verify(headers(signature(EVENT)), EVENT, secrets, NOW) == EVENT_ID


def test_a_signed_body_without_an_id_is_identified_by_its_hash() -> None:
    for body in (b"not json", b"[]", b'{"event_id": 7}', b'{"event_id": ""}', b'{"id": "x"}'):
        expected = "sha256:" + hashlib.sha256(body).hexdigest()
        assert SOURCE.verify(headers(signature(body)), body, [SECRET], NOW) == expected


GOOD = signature(EVENT)
COMPACT = json.dumps(json.loads(EVENT)).encode()
ABUSE: dict[str, tuple[CIMultiDict[str], bytes, list[str]]] = {
    "no header": (CIMultiDict(), EVENT, [SECRET]),
    "empty header": (headers(""), EVENT, [SECRET]),
    "header of Returns and Warranty": (headers(GOOD, "as-signature-hmac-sha256"), EVENT, [SECRET]),
    "header of Shipping": (headers(f"hmac-sha256={GOOD}", "am-webhook-signature"), EVENT, [SECRET]),
    "with a scheme": (headers(f"hmac-sha256={GOOD}"), EVENT, [SECRET]),
    "hex for base64": (headers(digest(EVENT).hex()), EVENT, [SECRET]),
    "base64 of hex": (headers(base64.b64encode(digest(EVENT).hex().encode()).decode()), EVENT, [SECRET]),
    "url-safe base64": (headers(base64.urlsafe_b64encode(digest(EVENT)).decode() + "="), EVENT, [SECRET]),
    "without padding": (headers(GOOD.rstrip("=")), EVENT, [SECRET]),
    "truncated": (headers(GOOD[:-2]), EVENT, [SECRET]),
    "doubled": (headers(GOOD + GOOD), EVENT, [SECRET]),
    "a space behind": (headers(GOOD + " "), EVENT, [SECRET]),
    "not ascii": (headers("é\udce9"), EVENT, [SECRET]),
    "SHA-1": (headers(base64.b64encode(hmac.digest(SECRET.encode(), EVENT, "sha1")).decode()), EVENT, [SECRET]),
    "another shop's secret": (headers(signature(EVENT, "another shop")), EVENT, [SECRET]),
    "the secret decomposed": (headers(signature(EVENT, unicodedata.normalize("NFD", SECRET))), EVENT, [SECRET]),
    "re-serialised": (headers(GOOD), COMPACT, [SECRET]),
    "body truncated": (headers(GOOD), EVENT[:-10], [SECRET]),
    "trailing newline": (headers(GOOD), EVENT + b"\n", [SECRET]),
    "trailing newline removed": (headers(GOOD), EVENT.rstrip(), [SECRET]),
    "empty body": (headers(GOOD), b"", [SECRET]),
    "no secret": (headers(GOOD), EVENT, []),
    "empty secret": (headers(signature(EVENT, "")), EVENT, [""]),
    "blank secret": (headers(signature(EVENT, "  ")), EVENT, ["  "]),
}  # fmt: skip


@pytest.mark.parametrize("case", ABUSE)
@pytest.mark.scenario("S-17")
def test_a_forged_delivery_is_refused(case: str) -> None:  # TRK-4
    given, body, secrets = ABUSE[case]
    with pytest.raises(InvalidSignature):
        SOURCE.verify(given, body, secrets, NOW)


def test_no_single_flipped_bit_of_the_body_or_the_signature_passes() -> None:
    for position in range(0, len(EVENT) * 8, 97):
        body = bytearray(EVENT)
        body[position // 8] ^= 1 << position % 8
        with pytest.raises(InvalidSignature):
            SOURCE.verify(headers(GOOD), bytes(body), [SECRET], NOW)
    for position in range(len(GOOD) * 7):
        at = position // 7
        flipped = GOOD[:at] + chr(ord(GOOD[at]) ^ 1 << position % 7) + GOOD[at + 1 :]
        with pytest.raises(InvalidSignature):
            SOURCE.verify(headers(flipped), EVENT, [SECRET], NOW)
