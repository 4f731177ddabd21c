"""The generic source: Standard Webhooks 1.0.0 exactly, with our clock and several secrets."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from multidict import CIMultiDict

from adapters.carriers.generic import Generic
from ports.inbound_webhooks import InvalidSignature

SOURCE = Generic()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 byt").decode()
BODY = b'{"type":"tracking.updated","data":{"parcels":[]}}'


def signature(body: bytes, at: datetime | str = NOW, secret: str = SECRET, webhook_id: str = "msg_1") -> str:
    stamp = at if isinstance(at, str) else str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(value: str, at: datetime | str = NOW, webhook_id: str = "msg_1") -> CIMultiDict[str]:
    stamp = at if isinstance(at, str) else str(int(at.timestamp()))
    return CIMultiDict({"Webhook-Id": webhook_id, "Webhook-Timestamp": stamp, "Webhook-Signature": value})


def test_the_published_vector_of_standard_webhooks_is_accepted() -> None:
    vector = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    given = headers("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", at, "msg_p5jXN8AQM9LWM0D4loKWxJek")
    assert SOURCE.verify(given, vector, [SECRET], at) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_the_webhook_id_is_the_delivery_id() -> None:
    assert SOURCE.verify(headers(signature(BODY)), BODY, [SECRET], NOW) == "msg_1"


def test_any_language_in_the_body_is_signed_as_its_bytes() -> None:
    body = '{"type":"x","note":"Zürich 東京 🎁"}'.encode()
    assert SOURCE.verify(headers(signature(body)), body, [SECRET], NOW) == "msg_1"


@pytest.mark.parametrize(
    "body", [b"", b"\xff", "Zürich".encode("latin-1"), "{}".encode("utf-16"), b"\xef\xbb\xbf{}"]
)
def test_bytes_of_any_charset_are_signed_as_they_are(body: bytes) -> None:
    assert SOURCE.verify(headers(signature(body)), body, [SECRET], NOW) == "msg_1"


@pytest.mark.parametrize(
    "secrets", [[OTHER, SECRET], [SECRET, OTHER], ["", SECRET], ["not base64 é", SECRET]]
)
def test_while_our_secrets_rotate_either_of_them_is_enough(secrets: list[str]) -> None:
    assert SOURCE.verify(headers(signature(BODY)), BODY, secrets, NOW) == "msg_1"


@pytest.mark.parametrize(
    "other_signature", [signature(BODY, secret=OTHER), "v1a,xyz", "v1", "", "v1,!!!", "a,b,c"]
)
def test_one_good_signature_among_others_is_enough(other_signature: str) -> None:
    good = signature(BODY)
    for value in (f"{other_signature} {good}", f"{good} {other_signature}"):
        assert SOURCE.verify(headers(value), BODY, [SECRET], NOW) == "msg_1"


@pytest.mark.parametrize(("seconds", "taken"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_delivery_counts_for_five_minutes_both_ways(seconds: int, taken: bool) -> None:
    at = NOW + timedelta(seconds=seconds)
    if taken:
        assert SOURCE.verify(headers(signature(BODY, at), at), BODY, [SECRET], NOW)
    else:
        with pytest.raises(InvalidSignature):
            SOURCE.verify(headers(signature(BODY, at), at), BODY, [SECRET], NOW)


GOOD = signature(BODY)
STAMP = str(int(NOW.timestamp()))
ABUSE: dict[str, tuple[CIMultiDict[str], bytes, list[str]]] = {
    "no headers": (CIMultiDict(), BODY, [SECRET]),
    "empty signature": (headers(""), BODY, [SECRET]),
    "no version": (headers(GOOD.removeprefix("v1,")), BODY, [SECRET]),
    "other version": (headers("v2," + GOOD.removeprefix("v1,")), BODY, [SECRET]),
    "wrong key": (headers(signature(BODY, secret=OTHER)), BODY, [SECRET]),
    "truncated": (headers(GOOD[:-2]), BODY, [SECRET]),
    "bad padding": (headers(GOOD[:-1]), BODY, [SECRET]),
    "extra padding": (headers(GOOD + "="), BODY, [SECRET]),
    "stray characters": (headers("v1,!" + GOOD.removeprefix("v1,")), BODY, [SECRET]),
    "lower case": (headers(GOOD.lower()), BODY, [SECRET]),
    "upper case": (headers(GOOD.upper()), BODY, [SECRET]),
    "hex": (headers("v1," + base64.b64decode(GOOD[3:]).hex()), BODY, [SECRET]),
    "not ascii": (headers("v1,é\udce9"), BODY, [SECRET]),
    "malformed": (headers("v1,a,b v1 ,"), BODY, [SECRET]),
    "other id": (headers(GOOD, webhook_id="msg_2"), BODY, [SECRET]),
    "id with a dot": (headers(signature(BODY, webhook_id="a.b"), webhook_id="a.b"), BODY, [SECRET]),
    "long id": (headers(signature(BODY, webhook_id="a" * 129), webhook_id="a" * 129), BODY, [SECRET]),
    "empty id": (headers(signature(BODY, webhook_id=""), webhook_id=""), BODY, [SECRET]),
    "other time": (headers(GOOD, NOW + timedelta(seconds=1)), BODY, [SECRET]),
    "a year ahead": (headers(signature(BODY, NOW + timedelta(365)), NOW + timedelta(365)), BODY, [SECRET]),
    "re-serialised": (headers(GOOD), json.dumps(json.loads(BODY)).encode(), [SECRET]),
    "trailing newline": (headers(GOOD), BODY + b"\n", [SECRET]),
    "empty body": (headers(GOOD), b"", [SECRET]),
    "no secret": (headers(GOOD), BODY, []),
    "empty secret": (headers(signature(BODY, secret="")), BODY, [""]),
    "bare prefix": (headers(signature(BODY, secret="")), BODY, ["whsec_"]),
    "secret of stray characters": (headers(signature(BODY, secret="")), BODY, ["whsec_!!!"]),
}
for odd in (
    "",
    "now",
    f"{STAMP}.0",
    f"+{STAMP}",
    f" {STAMP}",
    f"0{STAMP}",
    "1e9",
    "nan",
    "inf",
    "-1",
    "٣",
    "9" * 40,
):
    ABUSE[f"timestamp {odd!r}"] = (headers(signature(BODY, odd), odd), BODY, [SECRET])


@pytest.mark.parametrize("case", ABUSE)
def test_a_forged_delivery_is_refused(case: str) -> None:
    headers_, body, secrets = ABUSE[case]
    with pytest.raises(InvalidSignature):
        SOURCE.verify(headers_, body, secrets, NOW)


def test_no_single_flipped_bit_passes() -> None:
    for position in range(len(BODY) * 8):
        body = bytearray(BODY)
        body[position // 8] ^= 1 << position % 8
        with pytest.raises(InvalidSignature):
            SOURCE.verify(headers(GOOD), bytes(body), [SECRET], NOW)
    for position in range(len(GOOD) * 7):
        at = position // 7
        flipped = GOOD[:at] + chr(ord(GOOD[at]) ^ 1 << position % 7) + GOOD[at + 1 :]
        with pytest.raises(InvalidSignature):
            SOURCE.verify(headers(flipped), BODY, [SECRET], NOW)
