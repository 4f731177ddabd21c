"""EasyPost: a delivery is accepted only when one of our secrets signed exactly its bytes."""

import hashlib
import hmac
import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from multidict import CIMultiDict

from adapters.carriers.easypost import EasyPost
from ports.carriers import InvalidSignature

SOURCE = EasyPost()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVENT = (Path(__file__).parent / "payloads" / "easypost" / "webhook_tracker_updated.json").read_bytes()
SECRET = "sécret-ﬁve"  # composed and compatibility characters, so that NFKD changes it


def signature(body: bytes, secret: str = SECRET) -> str:
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def headers(value: str) -> CIMultiDict[str]:
    return CIMultiDict({"x-hmac-signature": value})


def test_the_event_id_is_the_delivery_id_when_the_raw_bytes_are_signed() -> None:
    assert SOURCE.verify(headers(signature(EVENT)), EVENT, [SECRET], NOW) == "evt_1"


def test_a_signature_is_valid_for_every_unicode_composition_of_the_secret() -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert SOURCE.verify(headers(signature(EVENT)), EVENT, [unicodedata.normalize(form, SECRET)], NOW)


@pytest.mark.parametrize("secrets", [["old", SECRET], [SECRET, "new"], ["", SECRET], [SECRET]])
def test_while_secrets_rotate_either_of_them_is_enough(secrets: list[str]) -> None:
    assert SOURCE.verify(headers(signature(EVENT)), EVENT, secrets, NOW) == "evt_1"


def test_a_signed_body_without_an_id_is_identified_by_its_hash() -> None:
    for body in (b"not json", b"[]", b'{"id": 7}', b'{"id": ""}', b'{"id": "' + b"x" * 200 + b'"}'):
        expected = "sha256:" + hashlib.sha256(body).hexdigest()
        assert SOURCE.verify(headers(signature(body)), body, [SECRET], NOW) == expected


GOOD = signature(EVENT)
ABUSE: dict[str, tuple[str, bytes, list[str]]] = {
    "empty header": ("", EVENT, [SECRET]),
    "scheme only": ("hmac-sha256-hex=", EVENT, [SECRET]),
    "no scheme": (GOOD.removeprefix("hmac-sha256-hex="), EVENT, [SECRET]),
    "other scheme": (GOOD.replace("sha256", "sha1"), EVENT, [SECRET]),
    "wrong key": (signature(EVENT, "other"), EVENT, [SECRET]),
    "key not NFKD": (
        "hmac-sha256-hex=" + hmac.new(SECRET.encode(), EVENT, "sha256").hexdigest(),
        EVENT,
        [SECRET],
    ),
    "truncated": (GOOD[:-1], EVENT, [SECRET]),
    "doubled": (GOOD + GOOD, EVENT, [SECRET]),
    "upper-case hex": ("hmac-sha256-hex=" + GOOD.split("=")[1].upper(), EVENT, [SECRET]),
    "not ascii": ("hmac-sha256-hex=é\udce9", EVENT, [SECRET]),
    "re-serialised": (GOOD, json.dumps(json.loads(EVENT)).encode(), [SECRET]),
    "trailing newline": (GOOD, EVENT + b"\n", [SECRET]),
    "trailing newline removed": (signature(EVENT + b"\n"), EVENT, [SECRET]),
    "empty body": (GOOD, b"", [SECRET]),
    "no secret": (GOOD, EVENT, []),
    "empty secret": (signature(EVENT, ""), EVENT, [""]),
    "blank secret": (signature(EVENT, "  "), EVENT, ["  "]),
}


@pytest.mark.parametrize("case", ABUSE)
def test_a_forged_delivery_is_refused(case: str) -> None:
    value, body, secrets = ABUSE[case]
    with pytest.raises(InvalidSignature):
        SOURCE.verify(headers(value), body, secrets, NOW)


def test_a_delivery_without_a_signature_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        SOURCE.verify(CIMultiDict(), EVENT, [SECRET], NOW)


def test_no_single_flipped_bit_of_the_body_or_the_signature_passes() -> None:
    for position in range(0, len(EVENT) * 8, 97):
        body = bytearray(EVENT)
        body[position // 8] ^= 1 << position % 8
        with pytest.raises(InvalidSignature):
            SOURCE.verify(headers(GOOD), bytes(body), [SECRET], NOW)
    for position in range(len(GOOD) * 7):
        flipped = (
            GOOD[: position // 7]
            + chr(ord(GOOD[position // 7]) ^ 1 << position % 7)
            + GOOD[position // 7 + 1 :]
        )
        with pytest.raises(InvalidSignature):
            SOURCE.verify(headers(flipped), EVENT, [SECRET], NOW)
