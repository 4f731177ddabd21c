"""AfterShip: every code gets the meaning in the table, wall times stay wall times, and no body breaks the adapter."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.carriers.aftership import AfterShip
from domain.model.scan import ParcelStatus, fold
from ports.carriers import ReportedParcel
from ports.inbound_webhooks import InvalidPayload
from tests.adapters.aftership_expected import SUBTAGS, TAGS, TOGETHER, UNLISTED
from tests.adapters.easypost_expected import Row
from tests.adapters.test_easypost_fuzzing import JSON, replaced

SOURCE = AfterShip()
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
OURS = Path(__file__).parent / "payloads" / "aftership"


def event(name: str = "tracking_update", **msg: Any) -> bytes:
    tracking = {"tracking_number": "N1", "slug": "usps", "tag": "InTransit", "checkpoints": []} | msg
    return json.dumps({"event": name, "event_id": "e1", "msg": tracking, "ts": 1795010700}).encode()


def checkpoint(tag: str | None = "InTransit", sub: str | None = None, **more: Any) -> dict[str, Any]:
    return {"tag": tag, "subtag": sub, "checkpoint_time": "2026-11-20T10:00:00"} | more


def read(body: bytes) -> ReportedParcel:
    [report] = SOURCE.read(body, NOW).parcels
    return report


def payload(name: str) -> ReportedParcel:
    return read((OURS / f"{name}.json").read_bytes())


@pytest.mark.parametrize("row", TAGS + SUBTAGS + TOGETHER + UNLISTED, ids=lambda row: f"{row[0]}/{row[1]}")
@pytest.mark.scenario("S-9")
def test_every_code_has_the_meaning_in_the_table(row: Row) -> None:  # TRK-1
    tag, sub, expected, fault, action, _why = row
    [scan] = read(event(checkpoints=[checkpoint(tag, sub)])).update.scans
    assert (scan.status, scan.reason.fault if scan.reason else None, scan.action_required) == (
        expected,
        fault,
        action,
    )
    assert scan.code == "/".join(filter(None, (tag, sub)))


@pytest.mark.scenario("S-9")
def test_unlisted_codes_are_counted() -> None:
    checkpoints = [checkpoint("InTransit", "InTransit_099"), checkpoint("Returned"), checkpoint()]
    assert read(event(checkpoints=checkpoints)).unlisted == 2
    assert read(event(checkpoints=[checkpoint(tag, sub) for tag, sub, *_ in TAGS + SUBTAGS])).unlisted == 0


# --- whole payloads


def test_a_parcel_within_the_united_states_keeps_its_wall_times() -> None:  # TRK-6
    report = payload("tracking_update")
    assert (report.carrier, report.tracking_number, report.unlisted) == ("usps", "9400100000000000000001", 0)
    assert [(scan.status, scan.precision, scan.local) for scan in report.update.scans] == [
        ("pre_transit", "local", "2026-11-16T11:20:00"),
        ("picked_up", "local", "2026-11-16T17:45:00"),
        ("in_transit", "local", "2026-11-17T02:10:00"),
        ("in_transit", "local", "2026-11-18T06:30:00"),
    ]
    assert report.update.scans[1].location == "PORTLAND, OR, USA"
    assert report.update.estimate is not None
    assert (report.update.estimate.day, report.update.estimate.reported_at) == (
        date(2026, 11, 21),
        datetime(2026, 11, 18, 14, 5, tzinfo=UTC),
    )


@pytest.mark.scenario("S-21")
def test_where_a_country_has_one_clock_wall_times_are_instants_and_origin_side_news_does_not_undeliver() -> (
    None
):
    report = payload("tracking_update_abroad")
    assert [(scan.precision, scan.at.isoformat()) for scan in report.update.scans] == [
        ("instant", "2026-11-10T06:00:00+00:00"),
        ("instant", "2026-11-11T12:40:00+00:00"),
        ("instant", "2026-11-14T06:05:00+00:00"),
        ("day", "2026-11-16T00:00:00+00:00"),
        ("instant", "2026-11-17T07:12:00+00:00"),
        ("instant", "2026-11-17T12:31:00+00:00"),
        ("instant", "2026-11-17T13:00:00+00:00"),
    ]
    standing = fold(report.update.scans)
    assert (standing.status, standing.delivered_at) == (
        ParcelStatus.DELIVERED,
        datetime(2026, 11, 17, 12, 31, tzinfo=UTC),
    )


def test_a_revised_estimate_is_no_scan_and_a_pending_parcel_is_no_news() -> None:
    revised = payload("edd_revise")
    assert revised.update.scans == ()
    assert revised.update.estimate is not None
    assert revised.update.estimate.day == date(2026, 11, 24)
    pending = payload("tracking_pending_time")
    assert (pending.update.scans, pending.update.estimate) == ((), None)


def test_no_message_and_no_name_is_kept() -> None:
    for name in ("tracking_update", "tracking_update_abroad", "edd_revise", "tracking_pending_time"):
        assert "SAMPLE" not in repr(payload(name))


def test_other_events_are_not_about_parcels() -> None:
    for name in ("return.approved", "create_a_label", "", "tracking_updated"):
        assert SOURCE.read(event(name, slug=7), NOW).parcels == ()


# --- the tracking's own status


def test_without_checkpoints_the_trackings_own_tag_is_one_scan_when_it_has_a_meaning() -> None:
    [scan] = read(event(tag="Delivered", checkpoints=None)).update.scans
    assert (scan.status, scan.at) == ("delivered", datetime(2026, 11, 18, 14, 5, tzinfo=UTC))
    for tag in ("Pending", "New", None):
        assert read(event(tag=tag)).update.scans == ()
    assert read(event("edd_revise", tag="Delivered")).update.scans == ()


def test_beside_checkpoints_only_expiry_comes_from_the_tracking_itself() -> None:
    for tag in ("Delivered", "Exception", "Pending"):
        assert [s.status for s in read(event(tag=tag, checkpoints=[checkpoint()])).update.scans] == [
            "in_transit"
        ]
    scans = read(
        event(
            tag="Expired",
            subtag="Expired_001",
            checkpoints=[checkpoint(checkpoint_time="2026-10-01T10:00:00")],
        )
    )
    assert [scan.status for scan in scans.update.scans] == ["in_transit", "expired"]


# --- estimates

LATEST = {"latest_estimated_delivery": {"datetime": "2026-11-27", "source": "Carrier EDD"}}
FIRST = {"first_estimated_delivery": {"datetime": "2026-11-26", "source": "Carrier EDD"}}


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ({"latest_estimated_delivery": {"datetime": "2026-11-27"}}, date(2026, 11, 27), None),
        ({"latest_estimated_delivery": {"datetime": "2026-11-27T00:00:00Z"}}, date(2026, 11, 27), None),
        ({"latest_estimated_delivery": {"datetime": "2026-11-27T17:00:00"}}, date(2026, 11, 27), None),
        ({"latest_estimated_delivery": {"datetime": "2026-11-27T17:00:00-05:00"}}, None, datetime(2026, 11, 27, 22, tzinfo=UTC)),
        ({"latest_estimated_delivery": {"datetime": "2026-11-27", "datetime_max": "2026-11-29"}}, date(2026, 11, 29), None),
        ({"courier_estimated_delivery_date": {"estimated_delivery_date": "2026-11-28"}}, date(2026, 11, 28), None),
        ({"expected_delivery": "2026-11-28T00:00:00"}, date(2026, 11, 28), None),
        ({"first_estimated_delivery": {"datetime": "2026-11-26"}}, date(2026, 11, 26), None),
        (LATEST | FIRST, date(2026, 11, 27), None),
        ({"latest_estimated_delivery": {"datetime": "2026-11-30", "source": "Order EDD"}} | FIRST, date(2026, 11, 26), None),
    ],
)  # fmt: skip
def test_the_latest_estimate_of_a_carrier_counts(
    text: dict[str, Any], day: date | None, at: datetime | None
) -> None:
    estimate = read(event(**text)).update.estimate
    assert estimate is not None
    assert (estimate.day, estimate.at) == (day, at)


@pytest.mark.parametrize(
    "estimate", [None, "", 7, [], {}, {"datetime": 7}, "soon", "1970-01-01", "9999-12-31", {"datetime": None}]
)
def test_an_impossible_estimate_is_dropped(estimate: Any) -> None:
    assert (
        read(
            event(latest_estimated_delivery=estimate, order_promised_delivery_date="2026-11-20")
        ).update.estimate
        is None
    )


# --- hostile bodies


UNFIT: dict[str, bytes] = {
    "long number": event(tracking_number="1" * 65),
    "number with a line break": event(tracking_number="1\n2"),
    "no msg": b'{"event": "tracking_update"}',
    "a list": b"[]",
    "NaN": b'{"event": "x", "n": NaN}',
    "deep": b"[" * 100_000,
    "lone surrogate": event().replace(b'"usps"', b'"\\ud800"'),
    "empty": b"",
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_body_of_another_form_is_unreadable_and_its_values_are_not_repeated(case: str) -> None:
    with pytest.raises(InvalidPayload) as problem:
        SOURCE.read(UNFIT[case], NOW)
    assert len(str(problem.value)) < 250
    assert problem.value.__cause__ is None


def test_what_a_sender_leaves_out_may_be_null_and_what_cannot_be_read_is_told_by_itself() -> None:
    """Kind 6."""
    odd = [
        checkpoint(tag=3, city={}),  # type: ignore[arg-type]  # wrong on purpose
        checkpoint("Delivered", None, city=None),
        checkpoint(checkpoint_time=None),
        checkpoint(subtag={"secret": 1}),
    ]
    message = SOURCE.read(event(slug=None, tracking_number=7114, tag=None, checkpoints=odd), NOW)
    [report] = message.parcels
    assert (report.carrier, report.tracking_number) == ("unknown", "7114")
    assert [(scan.status, scan.location) for scan in report.update.scans] == [
        ("unknown", ""),
        ("delivered", ""),
    ]
    assert len(message.unread) == 2
    assert "secret" not in str(message.unread)
    assert (
        read(event(checkpoints=None, slug="x" * 100, tag="Delivered")).update.scans[0].status == "delivered"
    )


@pytest.mark.parametrize("ts", [0, "now", 99999999999999, -1, None, [], "1795010700"])
def test_a_time_of_sending_that_is_none_is_now(ts: Any) -> None:
    told = {"tracking_number": "N1", "slug": "usps", "tag": "Delivered", "checkpoints": None}
    report = read(json.dumps({"event": "tracking_update", "ts": ts, "msg": told}).encode())
    sent_at = datetime.fromtimestamp(1795010700, UTC) if ts == "1795010700" else NOW
    assert [scan.at for scan in report.update.scans] == [sent_at]


def test_a_tracking_that_was_marked_as_delivered_is_delivered_when_its_date_says() -> None:
    """Kind 11: AfterShip's "mark as completed" adds no checkpoint."""
    old = checkpoint(checkpoint_time="2026-11-17T10:00:00Z")
    told = event(tag="Delivered", subtag="Delivered_001", checkpoints=[old])
    assert [scan.status for scan in read(told).update.scans] == ["in_transit", "delivered"]
    dated = event(
        tag="Delivered",
        checkpoints=[old],
        shipment_delivery_date="2026-11-18T15:00:00",
        destination_country_iso3="GBR",
    )
    assert read(dated).update.scans[-1].at == datetime(2026, 11, 18, 15, tzinfo=UTC)
    assert len(read(event("edd_revise", tag="Delivered", checkpoints=[old])).update.scans) == 1


def test_the_first_attempt_that_is_told_beside_the_checkpoints_is_one() -> None:
    """Kind 13."""
    away = checkpoint("AttemptFail", "AttemptFail_002", checkpoint_time="2026-11-20T10:00:00Z")
    for first, checkpoints, statuses in (
        ("2026-11-20T10:01:00Z", [away], ["attempt_failed"]),
        ("2026-11-20T10:01:00Z", [checkpoint()], ["in_transit", "attempt_failed"]),
        (
            "2026-11-20T10:01:00Z",
            [checkpoint("Delivered", checkpoint_time="2026-11-20T10:00:00Z")],
            ["delivered"],
        ),
    ):
        report = read(event(tag=None, first_attempted_at=first, checkpoints=checkpoints))
        assert [scan.status for scan in report.update.scans] == statuses


def test_aftership_own_estimate_is_read_where_the_carrier_gives_none() -> None:
    predicted = {"estimated_delivery_date": "2026-11-26", "estimated_delivery_date_max": "2026-11-27"}
    estimate = read(event(aftership_estimated_delivery_date=predicted)).update.estimate
    assert estimate is not None
    assert estimate.day == date(2026, 11, 27)
    carriers = {"estimated_delivery_date": "2026-11-25T00:00:00-07:00"}
    told = event(courier_estimated_delivery_date=carriers, aftership_estimated_delivery_date=predicted)
    estimate = read(told).update.estimate
    assert estimate is not None
    assert estimate.day == date(2026, 11, 25)


def test_long_names_are_cut_and_what_breaks_a_line_is_left_out() -> None:
    long_names = checkpoint(
        "T" * 9000, "\u0000\u202eS", city="x\u0000" + "y" * 10_000, state="\u200f\u2066z", country_iso3="שלום"
    )
    [scan] = read(event(checkpoints=[long_names])).update.scans
    assert (len(scan.code), len(scan.location)) == (120, 120)
    assert set("\u0000\u202e\u2066").isdisjoint(scan.code + scan.location)
    assert scan.status is ParcelStatus.UNKNOWN


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=6), JSON | st.datetimes().map(lambda at: at.isoformat())
)
def test_a_real_event_with_any_part_replaced_is_read_or_unreadable(path: list[int], value: Any) -> None:
    for name in ("tracking_update", "edd_revise"):
        whole = json.loads((OURS / f"{name}.json").read_text())
        try:
            SOURCE.read(json.dumps(replaced(whole, path, value)).encode(), NOW)
        except InvalidPayload:
            continue
