"""The generic source: Standard Webhooks to the letter, strict on the envelope, lenient between parcels."""

import base64
import hashlib
import hmac
import json
import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from adapters.carriers.generic import Generic
from domain.parcels import ParcelStatus
from ports.carriers import Forged, Report, Unreadable

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


def parcel(**more: Any) -> dict[str, Any]:
    return {"carrier": "acme", "tracking_number": "AC1", "scans": []} | more


def scan(**more: Any) -> dict[str, Any]:
    return {"at": "2026-11-20T10:00:00+01:00", "status": "in_transit"} | more


def body(*parcels: Any, **more: Any) -> bytes:
    return json.dumps({"type": "tracking.updated", "data": {"parcels": list(parcels)}} | more).encode()


def read(*parcels: Any, **more: Any) -> list[Report]:
    return SOURCE.read(body(*parcels, **more), NOW)


# --- signature


def test_the_published_vector_of_standard_webhooks_is_accepted() -> None:
    vector = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    given = headers("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", at, "msg_p5jXN8AQM9LWM0D4loKWxJek")
    assert SOURCE.verify(given, vector, [SECRET], at) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_the_webhook_id_is_the_delivery_id() -> None:
    assert SOURCE.verify(headers(signature(BODY)), BODY, [SECRET], NOW) == "msg_1"


def test_any_language_in_the_body_is_signed_as_its_bytes() -> None:
    told = '{"type":"x","note":"Zürich 東京 🎁"}'.encode()
    assert SOURCE.verify(headers(signature(told)), told, [SECRET], NOW) == "msg_1"


@pytest.mark.parametrize(
    "secrets", [[OTHER, SECRET], [SECRET, OTHER], ["", SECRET], ["not base64 é", SECRET]]
)
def test_while_our_secrets_rotate_either_of_them_is_enough(secrets: list[str]) -> None:
    assert SOURCE.verify(headers(signature(BODY)), BODY, secrets, NOW) == "msg_1"


@pytest.mark.parametrize("noise", [signature(BODY, secret=OTHER), "v1a,xyz", "v1", "", "v1,!!!", "a,b,c"])
def test_one_good_signature_among_others_is_enough(noise: str) -> None:
    good = signature(BODY)
    for value in (f"{noise} {good}", f"{good} {noise}"):
        assert SOURCE.verify(headers(value), BODY, [SECRET], NOW) == "msg_1"


@pytest.mark.parametrize(("seconds", "taken"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_delivery_counts_for_five_minutes_both_ways(seconds: int, taken: bool) -> None:
    at = NOW + timedelta(seconds=seconds)
    if taken:
        assert SOURCE.verify(headers(signature(BODY, at), at), BODY, [SECRET], NOW)
    else:
        with pytest.raises(Forged):
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
    "body not UTF-8": (headers(signature(b"\xff")), b"\xff", [SECRET]),
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
    given, told, secrets = ABUSE[case]
    with pytest.raises(Forged):
        SOURCE.verify(given, told, secrets, NOW)


def test_no_single_flipped_bit_passes() -> None:
    for position in range(len(BODY) * 8):
        told = bytearray(BODY)
        told[position // 8] ^= 1 << position % 8
        with pytest.raises(Forged):
            SOURCE.verify(headers(GOOD), bytes(told), [SECRET], NOW)
    for position in range(len(GOOD) * 7):
        at = position // 7
        flipped = GOOD[:at] + chr(ord(GOOD[at]) ^ 1 << position % 7) + GOOD[at + 1 :]
        with pytest.raises(Forged):
            SOURCE.verify(headers(flipped), BODY, [SECRET], NOW)


# --- reading


def test_a_parcel_is_read_with_all_it_says() -> None:
    told = scan(
        code="HUB-7",
        place="Leipzig, DE",
        reason={"code": "missorted", "fault": "carrier"},
        action_required=True,
    )
    [report] = read(parcel(shipped_on="2026-11-19", estimate={"day": "2026-11-23"}, scans=[told]))
    assert (report.carrier, report.tracking_number, report.shipped_on) == ("acme", "AC1", date(2026, 11, 19))
    assert report.estimate is not None
    assert (report.estimate.day, report.estimate.at, report.estimate.told_at) == (
        date(2026, 11, 23),
        None,
        NOW,
    )
    [got] = report.scans
    assert (got.at, got.status, got.code) == (datetime(2026, 11, 20, 9, tzinfo=UTC), "in_transit", "HUB-7")
    assert (got.place, got.action_required, len(got.key)) == ("Leipzig, DE", True, 32)
    assert got.reason is not None
    assert (got.reason.code, got.reason.fault) == ("missorted", "carrier")


def test_the_envelopes_time_says_when_an_estimate_was_told_but_never_later_than_now() -> None:
    told = parcel(estimate={"at": "2026-11-23T15:00:00-05:00"})
    for timestamp, told_at in [
        ("2026-11-21T10:00:00+01:00", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("2026-11-22T10:00:00Z", NOW),
    ]:
        [report] = read(told, timestamp=timestamp)
        assert report.estimate is not None
        assert (report.estimate.told_at, report.estimate.at) == (
            told_at,
            datetime(2026, 11, 23, 20, tzinfo=UTC),
        )


@pytest.mark.parametrize("status", list(ParcelStatus))
def test_our_twelve_statuses_are_taken_as_they_are(status: ParcelStatus) -> None:
    [report] = read(parcel(scans=[scan(status=status.value)]))
    assert (report.scans[0].status, report.scans[0].code) == (status, status.value)


@pytest.mark.parametrize("status", ["Delivered", "delivered ", "delayed", "lost", "", "DELIVERED"])
def test_another_status_is_unknown_and_kept_in_the_code(
    status: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    [report] = read(parcel(scans=[scan(status=status, code="C7")]))
    assert (report.scans[0].status, report.scans[0].code) == ("unknown", f"{status}/C7")
    assert "not in the vocabulary" in caplog.text


def test_the_same_scan_told_twice_has_one_key_and_another_status_another() -> None:
    told = [
        scan(),
        scan(at="2026-11-20T09:00:00Z"),
        scan(status="delivered"),
        scan(code="C7"),
        scan(place="Bonn"),
    ]
    [report] = read(parcel(scans=told))
    assert len({got.key for got in report.scans}) == 4


def test_a_scan_from_the_future_is_left_out() -> None:
    [report] = read(parcel(scans=[scan(at="2026-11-22T12:00:01Z"), scan(at="2026-11-22T12:00:00Z")]))
    assert len(report.scans) == 1


def test_other_types_are_not_about_parcels() -> None:
    for told in (b'{"type":"order.created"}', b'{"type":"tracking.created","data":7}'):
        assert SOURCE.read(told, NOW) == []
    assert read() == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "naive time": (
        parcel(scans=[scan(), scan(at="2026-11-20T10:00:00")]),
        r"data.parcels\[0\].scans\[1\].at",
    ),
    "bare date": (parcel(scans=[scan(at="2026-11-20")]), r"scans\[0\].at"),
    "1970": (parcel(scans=[scan(at="1970-01-01T00:00:00Z")]), r"scans\[0\].at"),
    "9999": (parcel(scans=[scan(at="9999-12-31T23:59:59Z")]), r"scans\[0\].at"),
    "leap second": (parcel(scans=[scan(at="2026-11-20T10:00:60Z")]), r"scans\[0\].at"),
    "time as a number": (parcel(scans=[scan(at=1763632800)]), r"scans\[0\].at"),
    "naive estimate": (parcel(estimate={"at": "2026-11-23T15:00:00"}), r"estimate.at"),
    "day with a time": (parcel(estimate={"day": "2026-11-23T00:00:00Z"}), r"estimate.day"),
    "last day of all": (parcel(estimate={"day": "9999-12-31"}), r"estimate.day"),
    "empty estimate": (parcel(estimate={}), r"estimate"),
    "two estimates": (parcel(estimate={"day": "2026-11-23", "at": "2026-11-23T15:00:00Z"}), r"estimate"),
    "typo": (parcel(shiped_on="2026-11-19"), r"shiped_on"),
    "bad ship date": (parcel(shipped_on="19.11.2026"), r"shipped_on"),
    "unknown fault": (parcel(scans=[scan(reason={"code": "x", "fault": "weather"})]), r"reason.fault"),
    "flag as text": (parcel(scans=[scan(action_required="no")]), r"action_required"),
    "long number": (parcel(tracking_number="1" * 65), r"tracking_number"),
    "501 scans": (parcel(scans=[scan()] * 501), r"scans"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_parcel_alone_is_unreadable_and_the_field_is_named(case: str) -> None:
    told, field = WRONG[case]
    with pytest.raises(Unreadable, match=field) as problem:
        read(told)
    assert problem.value.__cause__ is None


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.scenario("S-22")
def test_a_wrong_parcel_does_not_hold_up_its_batch(case: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    reports = read(parcel(tracking_number="A"), WRONG[case][0], parcel(tracking_number="B"))
    assert [report.tracking_number for report in reports] == ["A", "B"]
    assert "parcel 1 of 3" in caplog.text


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"type":7}',
        b'{"type":"tracking.updated"}',
        b'{"type":"tracking.updated","data":[]}',
        b'{"type":"tracking.updated","data":{"parcels":{}}}',
        b'{"type":"tracking.updated","timestamp":"2026-11-21T10:00:00","data":{"parcels":[]}}',
        b'{"type":"tracking.updated","n":NaN}',
        b"\xef\xbb\xbf" + BODY,
        body(*[7] * 501),
        body(7, None),
    ],
)
def test_a_wrong_envelope_is_unreadable(told: bytes) -> None:
    with pytest.raises(Unreadable):
        SOURCE.read(told, NOW)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.datetimes().map(lambda at: at.isoformat()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["at", "day", "status", "scans", "carrier", "code", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def survives(told: bytes) -> None:
    try:
        SOURCE.read(told, NOW)
    except Unreadable:
        return


@settings(max_examples=300)
@given(JSON)
def test_arbitrary_json_is_read_or_unreadable(value: Any) -> None:
    for told in (value, {"type": "tracking.updated", "data": value}):
        survives(json.dumps(told).encode())
    for field in ("carrier", "shipped_on", "estimate", "scans"):
        survives(body(parcel(**{field: value})))
    for field in ("at", "status", "code", "place", "reason", "action_required"):
        survives(body(parcel(scans=[scan(**{field: value})])))
