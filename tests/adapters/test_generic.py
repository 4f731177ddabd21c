"""The generic source: strict on the envelope, lenient between parcels."""

import json
import logging
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.carriers.generic import Generic
from domain.model.scan import ParcelStatus
from ports.carriers import ReportedParcel
from ports.inbound_webhooks import InvalidPayload

SOURCE = Generic()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BODY = b'{"type":"tracking.updated","data":{"parcels":[]}}'


def parcel(**more: Any) -> dict[str, Any]:
    return {"carrier": "acme", "tracking_number": "AC1", "scans": []} | more


def scan(**more: Any) -> dict[str, Any]:
    return {"at": "2026-11-20T10:00:00+01:00", "status": "in_transit"} | more


def body(*parcels: Any, **more: Any) -> bytes:
    return json.dumps({"type": "tracking.updated", "data": {"parcels": list(parcels)}} | more).encode()


def read(*parcels: Any, **more: Any) -> tuple[ReportedParcel, ...]:
    return SOURCE.read(body(*parcels, **more), NOW).parcels


def test_an_estimate_inside_a_scan_is_named_as_unread_and_its_scan_counts() -> None:
    message = SOURCE.read(body(parcel(scans=[scan(estimate={"day": "2026-11-23"})])), NOW)
    assert message.unread == ("data.parcels[0].scans: estimate belongs to the parcel, beside scans",)
    [report] = message.parcels
    assert (len(report.update.scans), report.update.estimate) == (1, None)


def test_a_parcel_is_read_with_every_field() -> None:
    full_scan = scan(
        code="HUB-7",
        location="Leipzig, DE",
        reason={"code": "missorted", "fault": "carrier"},
        action_required=True,
    )
    [report] = read(parcel(shipped_on="2026-11-19", estimate={"day": "2026-11-23"}, scans=[full_scan]))
    assert (report.carrier, report.tracking_number, report.shipped_on) == ("acme", "AC1", date(2026, 11, 19))
    assert report.update.estimate is not None
    assert (report.update.estimate.day, report.update.estimate.at, report.update.estimate.reported_at) == (
        date(2026, 11, 23),
        None,
        NOW,
    )
    [got] = report.update.scans
    assert (got.at, got.status, got.code) == (datetime(2026, 11, 20, 9, tzinfo=UTC), "in_transit", "HUB-7")
    assert (got.location, got.action_required, len(got.key)) == ("Leipzig, DE", True, 32)
    assert got.reason is not None
    assert (got.reason.code, got.reason.fault) == ("missorted", "carrier")


def test_a_window_is_read_with_both_its_ends_and_how_sure_the_carrier_is() -> None:
    hours = {"earliest_at": "2026-11-23T14:00:00+01:00", "at": "2026-11-23T16:00:00+01:00"}
    [report] = read(parcel(estimate={**hours, "confidence": 0.75, "reason": "weather"}))
    assert report.update.estimate is not None
    estimate = report.update.estimate
    assert (estimate.earliest_at, estimate.at) == (
        datetime(2026, 11, 23, 13, tzinfo=UTC),
        datetime(2026, 11, 23, 15, tzinfo=UTC),
    )
    assert (estimate.confidence, estimate.reason, estimate.earliest_day) == (0.75, "weather", None)
    [report] = read(parcel(estimate={"earliest_day": "2026-11-23", "day": "2026-11-25"}))
    assert report.update.estimate is not None
    assert (report.update.estimate.earliest_day, report.update.estimate.day) == (
        date(2026, 11, 23),
        date(2026, 11, 25),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"earliest_day": "2026-11-26", "day": "2026-11-25"},
        {"earliest_day": "2026-11-24", "at": "2026-11-25T10:00:00Z"},
        {"day": "2026-11-25", "confidence": 1.5},
    ],
)
def test_an_invalid_window_is_not_read(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidPayload, match=r"estimate"):
        read(parcel(estimate=wrong))


def test_the_envelopes_time_is_when_an_estimate_was_made_but_never_later_than_now() -> None:
    estimated = parcel(estimate={"at": "2026-11-23T15:00:00-05:00"})
    for timestamp, told_at in [
        ("2026-11-21T10:00:00+01:00", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("2026-11-22T10:00:00Z", NOW),
    ]:
        [report] = read(estimated, timestamp=timestamp)
        assert report.update.estimate is not None
        assert (report.update.estimate.reported_at, report.update.estimate.at) == (
            told_at,
            datetime(2026, 11, 23, 20, tzinfo=UTC),
        )


@pytest.mark.parametrize("status", list(ParcelStatus))
def test_our_twelve_statuses_are_accepted_as_they_are(status: ParcelStatus) -> None:
    [report] = read(parcel(scans=[scan(status=status.value)]))
    assert (report.update.scans[0].status, report.update.scans[0].code) == (status, status.value)


@pytest.mark.parametrize("status", ["Delivered", "delivered ", "delayed", "lost", "", "DELIVERED"])
def test_another_status_is_unknown_and_kept_in_the_code(
    status: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    [report] = read(parcel(scans=[scan(status=status, code="C7")]))
    assert (report.update.scans[0].status, report.update.scans[0].code) == ("unknown", f"{status}/C7")
    assert "not in the vocabulary" in caplog.text


def test_the_same_scan_sent_twice_has_one_key_and_another_status_another() -> None:
    scans = [
        scan(),
        scan(at="2026-11-20T09:00:00Z"),
        scan(status="delivered"),
        scan(code="C7"),
        scan(location="Bonn"),
        scan(location="BONN", code=""),
    ]
    [report] = read(parcel(scans=scans))
    assert len({got.key for got in report.update.scans}) == 3


def test_a_scan_from_the_future_is_left_out() -> None:
    [report] = read(parcel(scans=[scan(at="2026-11-22T12:00:01Z"), scan(at="2026-11-22T12:00:00Z")]))
    assert len(report.update.scans) == 1


def test_unknown_fields_of_a_sender_are_ignored() -> None:
    plain_parcel = parcel(
        scans=[scan(reason={"code": "x"})], estimate={"day": "2026-11-23"}, shipped_on="2026-11-19"
    )
    more = parcel(
        scans=[scan(reason={"code": "x", "text": "y"}, weight=2)],
        estimate={"day": "2026-11-23", "likelihood": 0.9},
        shipped_on="2026-11-19",
        service="express",
    )
    assert read(more, version=2) == read(plain_parcel)


def test_other_types_are_not_about_parcels() -> None:
    for body in (b'{"type":"order.created"}', b'{"type":"tracking.created","data":7}'):
        assert SOURCE.read(body, NOW).parcels == ()
    assert read() == ()


def test_what_a_sender_leaves_out_may_be_null() -> None:
    """Kind 6."""
    bare = scan(detail=None, code=None, location=None, reason=None, action_required=None)
    [report] = read(
        parcel(scans=[bare], carrier=None, tracking_number=7114, vocabulary=None, shipped_on=None),
        timestamp=None,
    )
    assert (report.carrier, report.tracking_number, len(report.update.scans)) == ("unknown", "7114", 1)
    assert read(parcel(scans=None))[0].update.scans == ()
    [scanned] = read(parcel(scans=[scan(reason={"code": None, "fault": "weather"}, code=12)]))[0].update.scans
    assert (scanned.reason and scanned.reason.fault, scanned.code) == ("unknown", "12")


def test_what_cannot_be_read_of_a_parcel_does_not_take_the_rest_with_it() -> None:
    odd = parcel(scans=[scan(), scan(at="2026-11-20T10:00:00"), 7], estimate={"day": "soon"})
    message = SOURCE.read(body(odd), NOW)
    [report] = message.parcels
    assert (len(report.update.scans), report.update.estimate) == (1, None)
    assert message.unread == (
        "data.parcels[0].scans[1].at: value_error (2 of 3 items)",
        "data.parcels[0].estimate.day: value_error",
    )
    many = SOURCE.read(body(parcel(scans=[scan()] * 501)), NOW)
    assert (len(many.parcels[0].update.scans), len(many.unread)) == (500, 1)


def test_an_estimate_that_is_a_padded_date_is_a_day() -> None:
    """Kind 10."""
    for at in ("2026-11-23T00:00:00-07:00", "2026-11-23T23:59:59Z"):
        estimate = read(parcel(estimate={"at": at}))[0].update.estimate
        assert estimate is not None
        assert (estimate.day, estimate.at) == (date(2026, 11, 23), None)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "naive time": (parcel(scans=[scan(at="2026-11-20T10:00:00")]), r"data.parcels\[0\].scans\[0\].at"),
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
    "bad ship date": (parcel(shipped_on="19.11.2026"), r"shipped_on"),
    "flag as text": (parcel(scans=[scan(action_required="no")]), r"action_required"),
    "long number": (parcel(tracking_number="1" * 65), r"tracking_number"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_parcel_alone_is_unreadable_and_the_field_is_named(case: str) -> None:
    wrong, field = WRONG[case]
    with pytest.raises(InvalidPayload, match=field) as problem:
        read(wrong)
    assert problem.value.__cause__ is None


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.scenario("S-22")
def test_a_wrong_parcel_does_not_hold_up_its_batch_and_is_named(case: str) -> None:
    wrong, field = WRONG[case]
    message = SOURCE.read(body(parcel(tracking_number="A"), wrong, parcel(tracking_number="B")), NOW)
    assert [report.tracking_number for report in message.parcels] == ["A", "B"]
    [unread] = message.unread
    assert unread.startswith("data.parcels[1]")
    assert re.search(field.replace(r"\[0\]", r"\[\d\]"), unread)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"type":7}',
        b'{"type":"tracking.updated"}',
        b'{"type":"tracking.updated","data":[]}',
        b'{"type":"tracking.updated","data":{"parcels":{}}}',
        b'{"type":"tracking.updated","n":NaN}',
        body(*[7] * 501),
        body(7, None),
    ],
)
def test_a_wrong_envelope_is_unreadable(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        SOURCE.read(body, NOW)


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


def survives(body: bytes) -> None:
    try:
        SOURCE.read(body, NOW)
    except InvalidPayload:
        return


@settings(max_examples=300)
@given(JSON)
def test_arbitrary_json_is_read_or_unreadable(value: Any) -> None:
    for document in (value, {"type": "tracking.updated", "data": value}):
        survives(json.dumps(document).encode())
    for field in ("carrier", "shipped_on", "estimate", "scans"):
        survives(body(parcel(**{field: value})))
    for field in ("at", "status", "code", "location", "reason", "action_required"):
        survives(body(parcel(scans=[scan(**{field: value})])))


def test_a_byte_order_mark_before_the_body_is_passed_over() -> None:
    assert SOURCE.read(b"\xef\xbb\xbf" + body(parcel()), NOW) == SOURCE.read(body(parcel()), NOW)
