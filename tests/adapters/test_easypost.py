"""EasyPost: every code gets the meaning in the table, and no body breaks the adapter."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import wall_clock
from adapters.carriers.easypost import EasyPost
from domain.model.scan import ParcelStatus, fold
from ports.carriers import ReportedParcel
from ports.inbound_webhooks import InvalidPayload
from tests.adapters.easypost_expected import DETAILS, STATUSES, TOGETHER, UNLISTED, Row

SOURCE = EasyPost()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RECORDED = Path(__file__).parent / "payloads" / "easypost"
EVENT = (RECORDED / "webhook_tracker_updated.json").read_bytes()


def event(**tracker: Any) -> bytes:
    base = {"tracking_code": "N1", "carrier": "USPS", "status": "in_transit", "tracking_details": []}
    return json.dumps({"id": "evt_1", "description": "tracker.updated", "result": base | tracker}).encode()


def detail(status: str | None = "in_transit", sub: str | None = None, **more: Any) -> dict[str, Any]:
    return {"status": status, "status_detail": sub, "datetime": "2026-11-20T10:00:00Z"} | more


def read(body: bytes) -> ReportedParcel:
    [report] = SOURCE.read(body, NOW).parcels
    return report


def recorded_trackers() -> list[dict[str, Any]]:
    lines = (RECORDED / "trackers.jsonl").read_text().splitlines()
    single = [json.loads((RECORDED / f"tracker_{name}.json").read_text()) for name in ("create", "retrieve")]
    listed: list[dict[str, Any]] = json.loads((RECORDED / "tracker_list.json").read_text())["trackers"]
    return [json.loads(line) for line in lines] + single + listed


# --- codes


@pytest.mark.parametrize(
    "row", STATUSES + DETAILS + TOGETHER + UNLISTED, ids=lambda row: f"{row[0]}/{row[1]}"
)
def test_every_code_has_the_meaning_in_the_table(row: Row) -> None:
    status, sub, expected, fault, action, _why = row
    [scan] = read(event(tracking_details=[detail(status, sub)])).update.scans
    assert (scan.status, scan.reason.fault if scan.reason else None, scan.action_required) == (
        expected,
        fault,
        action,
    )
    assert scan.code == "/".join(filter(None, (status, sub)))


def test_the_table_holds_every_code_of_the_vocabulary() -> None:
    assert len({row[0] for row in STATUSES}) == len(STATUSES) == 10
    assert len({row[1] for row in DETAILS}) == len(DETAILS) == 28


def test_no_status_detail_alone_makes_a_parcel_delivered() -> None:
    for status in [row[0] for row in STATUSES if row[0] != "delivered"] + [None, "new_word"]:
        for sub in [row[1] for row in DETAILS + UNLISTED]:
            [scan] = read(event(tracking_details=[detail(status, sub)])).update.scans
            assert scan.status is not ParcelStatus.DELIVERED


@settings(max_examples=300)
@given(st.text(max_size=200), st.text(max_size=200))
def test_an_unlisted_code_is_never_final_and_never_late(status: str, sub: str) -> None:
    known = {row[0] for row in STATUSES} | {row[1] for row in DETAILS}
    if status in known or sub in known:
        return
    [scan] = read(event(tracking_details=[detail(status, sub)])).update.scans
    assert (scan.status, scan.reason) == (ParcelStatus.UNKNOWN, None)


def test_a_message_of_ten_thousand_unlisted_codes_is_one_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """F12: a line each was four megabytes of log and a second and a half of the loop."""
    caplog.set_level(logging.INFO)
    read(event(tracking_details=[detail("in_transit", f"odd-{number}" * 50) for number in range(500)]))
    assert len(caplog.records) == 1
    assert "count=500" in caplog.text
    assert len(caplog.text) < 500


def test_an_unlisted_code_is_counted_by_itself_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    read(event(tracking_details=[detail("in_transit", "teleported", message="Signed by J. SMITH")]))
    assert "in_transit/teleported" in caplog.text
    assert "SMITH" not in caplog.text


# --- recorded payloads


def test_the_recorded_webhook_gives_seven_scans_and_a_day() -> None:
    report = read(EVENT)
    assert (report.carrier, report.tracking_number, len(report.update.scans)) == ("FedEx", "1", 7)
    assert report.update.estimate is not None
    assert (report.update.estimate.day, report.update.estimate.at) == (date(2024, 8, 5), None)
    assert report.update.estimate.reported_at == datetime(2024, 8, 2, 19, 26, 51, tzinfo=UTC)
    assert report.update.scans[-1].location == "EDISON, NJ, US"
    assert fold(report.update.scans).status is ParcelStatus.IN_TRANSIT


def test_all_recorded_trackers_parse_and_fold_to_their_own_status() -> None:
    trackers = recorded_trackers()
    assert len(trackers) == 43
    for tracker in trackers:
        report = read(event(**tracker))
        expected = "unknown" if tracker["status"] == "error" else tracker["status"]
        assert len(report.update.scans) == len(tracker["tracking_details"])
        assert fold(report.update.scans).status == expected
        assert len({scan.key for scan in report.update.scans}) == len(report.update.scans)


def test_no_message_text_is_kept() -> None:
    for tracker in recorded_trackers():
        text = repr(read(event(**tracker)))
        for detail_ in tracker["tracking_details"]:
            assert detail_["message"] not in text


def test_other_events_are_not_about_parcels() -> None:
    for name in ("batch.created", "payment.completed", "tracker", ""):
        assert (
            SOURCE.read(json.dumps({"description": name, "result": {"odd": 1}}).encode(), NOW).parcels == ()
        )


# --- times


def test_an_event_sent_twice_with_different_offsets_has_one_key() -> None:
    times = ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00+00:00", "2026-11-20T05:00:00-05:00"]
    scans = read(event(tracking_details=[detail(datetime=at) for at in times])).update.scans
    assert len({scan.key for scan in scans}) == 1
    assert len(scans[0].key) == 32


def test_scans_that_differ_in_one_thing_have_different_keys() -> None:
    others = [detail(datetime="2026-11-20T10:00:01Z"), detail(sub="departed_facility"), detail("failure")]
    keys = {scan.key for scan in read(event(tracking_details=[detail(), *others])).update.scans}
    keys |= {read(event(tracking_code="N2", tracking_details=[detail()])).update.scans[0].key}
    assert len(keys) == 5


def test_an_event_told_twice_has_one_key_however_place_number_and_carrier_are_spelled() -> None:
    """Kind 12: none of them is a carrier's code, so none of them makes another event."""
    places = [{"city": "Denver"}, {"city": "DENVER", "state": "CO"}, None]
    times = ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.250Z"]
    keys = {
        scan.key
        for carrier, number in (("UPS", "1Z 12 34 56"), ("United Parcel Service", "1z-123456"))
        for scan in read(
            event(
                carrier=carrier,
                tracking_code=number,
                tracking_details=[
                    detail(datetime=at, tracking_location=place) for at in times for place in places
                ],
            )
        ).update.scans
    }
    assert len(keys) == 1


def test_a_time_without_a_zone_is_a_local_time_unless_its_country_has_one_clock() -> None:  # TRK-6
    for place, precision, local in [
        (None, "local", "2026-11-20T23:30:00"),
        ({"country": "US"}, "local", "2026-11-20T23:30:00"),
        ({"country": "JP"}, "instant", None),
    ]:
        [scan] = read(
            event(tracking_details=[detail(datetime="2026-11-20T23:30:00", tracking_location=place)])
        ).update.scans
        assert (scan.precision, scan.local) == (precision, local)
    assert scan.at == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def test_wall_times_of_one_day_are_as_many_events_as_there_are_times() -> None:
    times = ["2026-11-20T08:00:00", "2026-11-20T18:00:00", "2026-11-20", "2026-11-20T08:00:00"]
    scans = read(event(tracking_details=[detail(datetime=at) for at in times])).update.scans
    assert len({scan.key for scan in scans}) == 3


@pytest.mark.scenario("S-9")
def test_unlisted_codes_are_counted() -> None:
    details = [detail("in_transit", "teleported"), detail("flying"), detail(), detail(status_detail=None)]
    assert read(event(tracking_details=details)).unlisted == 2


@pytest.mark.parametrize("at", ["2026-11-20T10:00:60Z", "2026-11-20T24:00:00Z"])
def test_a_leap_second_and_the_end_of_a_day_are_times(at: str) -> None:
    [scan] = read(event(tracking_details=[detail("delivered", datetime=at)])).update.scans
    assert scan.status is ParcelStatus.DELIVERED


WEIRD = ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-11-22T12:00:01Z"]
WEIRD += ["9999-12-31T23:59:59", "2026-11-20T10:00:61Z", "2026-11-20T25:00:00Z", "soon", "", "1970-01-01"]


@pytest.mark.parametrize("at", WEIRD)
def test_a_scan_with_an_unbelievable_time_is_left_out_and_told_and_the_others_count(at: str) -> None:
    message = SOURCE.read(
        event(tracking_details=[detail("delivered", datetime=at), detail("in_transit")]), NOW
    )
    assert [scan.status for scan in message.parcels[0].update.scans] == ["in_transit"]
    [unread] = message.unread
    assert unread.startswith("result.tracking_details: 1 of 2 without a plausible time")


def test_a_scan_too_far_ahead_is_told_as_one() -> None:
    details = [detail(datetime="2026-11-24T12:00:00Z"), detail()]
    assert SOURCE.read(event(tracking_details=details), NOW).unread == (
        "result.tracking_details: 1 of 2 without a plausible time, 1 of these more than a day ahead",
    )


def test_a_scan_up_to_a_day_ahead_of_us_is_believed() -> None:
    at = (NOW + timedelta(days=1)).isoformat()
    assert len(read(event(tracking_details=[detail(datetime=at)])).update.scans) == 1


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("2026-11-25T00:00:00Z", date(2026, 11, 25), None),
        ("2026-11-25T00:00:00.000+00:00", date(2026, 11, 25), None),
        ("2026-11-25", date(2026, 11, 25), None),
        ("2026-11-25T17:00:00", date(2026, 11, 25), None),
        ("2026-11-25T17:00:00-05:00", None, datetime(2026, 11, 25, 22, tzinfo=UTC)),
        ("2026-11-25T00:00:00-05:00", date(2026, 11, 25), None),
        ("2026-11-25T23:59:59Z", date(2026, 11, 25), None),
        ("2026-11-25T23:59:59.999+09:00", date(2026, 11, 25), None),
        ("2026-11-25T23:59:00-05:00", date(2026, 11, 25), None),
        ("2026-11-25T23:58:00-05:00", None, datetime(2026, 11, 26, 4, 58, tzinfo=UTC)),
        ("2026-11-25T02:00:00+02:00", None, datetime(2026, 11, 25, 0, tzinfo=UTC)),
    ],
)
def test_an_estimate_at_the_edge_of_a_day_is_that_day_and_any_other_an_instant(
    text: str, day: date | None, at: datetime | None
) -> None:
    estimate = read(event(est_delivery_date=text)).update.estimate
    assert estimate is not None
    assert (estimate.day, estimate.at, estimate.reported_at) == (day, at, NOW)


@pytest.mark.parametrize(
    "text", [None, "", "1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "tomorrow", "2100-01-01"]
)
def test_an_impossible_estimate_is_dropped(text: str | None) -> None:
    assert read(event(est_delivery_date=text)).update.estimate is None


# --- the tracker's own status


def own(status: str, *details: dict[str, Any], at: str = "2026-11-20T12:00:00Z") -> list[str]:
    report = read(event(status=status, updated_at=at, tracking_details=[*details]))
    return [str(scan.status) for scan in sorted(report.update.scans, key=lambda scan: scan.at)]


def test_the_trackers_own_status_is_a_scan_where_no_detail_says_as_much() -> None:
    """Kind 11: a parcel that was marked as delivered has no detail of it."""
    early = detail(datetime="2026-11-20T10:00:00Z")
    assert own("delivered", early) == ["in_transit", "delivered"]
    assert own("delivered", early, detail("failure")) == ["in_transit", "exception", "delivered"]
    assert own("out_for_delivery", early) == ["in_transit", "out_for_delivery"]
    assert own("failure", early) == ["in_transit", "exception"]
    assert own("return_to_sender", detail("delivered")) == ["delivered", "return_to_sender"]


def test_the_trackers_own_status_adds_nothing_to_details_that_say_more_or_are_newer() -> None:
    for status in ("in_transit", "pre_transit", "unknown", "error", "brand_new", "cancelled"):
        assert own(status, detail()) == ["in_transit"]
    assert own("in_transit", detail("out_for_delivery")) == ["out_for_delivery"]
    assert own("delivered", detail("delivered")) == ["delivered"]
    assert own("delivered", detail(), at="2026-11-20T09:00:00Z") == ["in_transit"], "told before the detail"
    assert own("cancelled", detail("pre_transit")) == ["pre_transit", "cancelled"]


def test_the_same_own_status_told_again_beside_the_same_details_is_one_event() -> None:
    scans = [
        read(event(status="failure", updated_at=at, tracking_details=[detail()])).update.scans[-1]
        for at in ("2026-11-20T12:00:00Z", "2026-11-21T11:00:00Z")
    ]
    assert len({scan.key for scan in scans}) == 1


# --- attempts that are told beside the details


def attempted(at: str, *details: dict[str, Any], status: str = "in_transit") -> list[tuple[str, str]]:
    carrier_detail = {"initial_delivery_attempt": at}
    report = read(event(status=status, carrier_detail=carrier_detail, tracking_details=[*details]))
    return [(str(scan.status), scan.code) for scan in report.update.scans]


def test_a_trouble_at_the_time_of_the_first_attempt_is_that_attempt() -> None:
    """Kind 13: FedEx' closed door is told as `failure` and `delayed`."""
    closed = detail("failure", "delayed")
    assert attempted("2026-11-20T10:00:00Z", closed) == [("attempt_failed", "failure/delayed")]
    [scan] = read(
        event(carrier_detail={"initial_delivery_attempt": "2026-11-20T10:00:00Z"}, tracking_details=[closed])
    ).update.scans
    assert scan.reason is not None
    assert scan.reason.fault == "unknown"


def test_an_attempt_without_a_detail_is_a_scan_of_its_own_and_a_delivery_then_is_no_attempt() -> None:
    own_scan = ("attempt_failed", "initial_delivery_attempt")
    assert attempted("2026-11-20T08:00:00Z", detail()) == [("in_transit", "in_transit"), own_scan]
    assert attempted("2026-11-20T09:30:00Z", detail("delivered")) == [("delivered", "delivered")]
    assert attempted("2026-11-20T11:30:00Z", detail("delivered")) == [("delivered", "delivered")]
    assert attempted("2026-11-19T10:00:00Z", detail("delivered"))[1:] == [own_scan]
    assert attempted("2026-11-20T11:00:00Z", detail(), status="delivered") == [("in_transit", "in_transit")]
    for wrong in ("", "soon", None, 7, [], "1970-01-01T00:00:00Z"):
        assert len(attempted(wrong, detail())) == 1  # type: ignore[arg-type]  # wrong on purpose


def test_without_details_the_trackers_own_status_is_one_scan_when_it_has_a_meaning() -> None:
    bare = {"updated_at": "2026-11-20T12:00:00Z", "tracking_details": None}
    [scan] = read(event(status="delivered", **bare)).update.scans
    assert (scan.status, scan.at) == ("delivered", datetime(2026, 11, 20, 12, tzinfo=UTC))
    for status in ("unknown", "error", "brand_new", None):
        assert read(event(status=status, **bare)).update.scans == ()
    assert read(event(status="delivered")).update.scans == ()


# --- hostile bodies


UNFIT: dict[str, Callable[[], bytes]] = {
    "long number": lambda: event(tracking_code="1" * 65),
    "empty number": lambda: event(tracking_code=" "),
    "number with a line break": lambda: event(tracking_code="1\n2"),
    "time as a number": lambda: event(tracking_details=[detail(datetime=1763632800)]),
    "details as an object": lambda: event(tracking_details={}),
    "number of 5,000 digits": lambda: event().replace(b'"N1"', b"1" * 4000),
    "negative number": lambda: event(tracking_code=-1),
    "no result": lambda: b'{"description": "tracker.updated"}',
    "no description": lambda: b'{"result": {}}',
    "a list": lambda: b"[]",
    "NaN": lambda: b'{"description": "x", "n": NaN}',
    "UTF-16": lambda: EVENT.decode().encode("utf-16"),
    "deep": lambda: b"[" * 100_000,
    "huge number": lambda: b"1" * 5000,
    "lone surrogate": lambda: EVENT.replace(b'"FedEx"', b'"\\ud800xxxxxxxx"', 1),
    "empty": lambda: b"",
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_body_of_another_form_is_unreadable(case: str) -> None:
    with pytest.raises(InvalidPayload):
        SOURCE.read(UNFIT[case](), NOW)


def test_an_unreadable_body_names_the_field_and_never_the_value() -> None:
    with pytest.raises(InvalidPayload, match=r"result\.tracking_code") as problem:
        read(event(tracking_code={"name": "JANE DOE"}))
    assert "JANE" not in str(problem.value)
    assert problem.value.__cause__ is None


def test_what_a_sender_leaves_out_may_be_null_and_a_number_may_be_one() -> None:
    """Kind 6: a sender that is refused for a null stops sending."""
    bare = detail("delivered", None, tracking_location=None, message=None)
    number = event(
        tracking_code=9400111201080805483016, carrier=None, est_delivery_date=None, tracking_details=[bare]
    )
    report = read(number)
    odd = json.loads(event(status=10**300, tracking_details=[detail(datetime=10**300), detail()]))
    assert len(read(json.dumps(odd).encode()).update.scans) == 1
    assert (report.tracking_number, report.carrier) == ("9400111201080805483016", "unknown")
    assert [scan.status for scan in report.update.scans] == ["delivered"]
    assert read(event(tracking_details=None, status=None, carrier="x" * 65)).carrier == "x" * 64


def test_a_long_country_is_none_and_is_not_kept() -> None:
    """F12: what a sender writes as a country was the key of a cache."""
    place = {"country": "x" * 1_000_000}
    before = wall_clock._zones.cache_info().currsize
    [scan] = read(
        event(tracking_details=[detail(datetime="2026-11-20T10:00:00", tracking_location=place)])
    ).update.scans
    assert (scan.precision, len(scan.location)) == ("local", 120)
    assert wall_clock._zones.cache_info().currsize == before


@pytest.mark.parametrize("place", [{"city": 8010, "state": {"odd": 1}, "country": None}])
def test_a_place_is_read_as_far_as_it_can_be(place: dict[str, Any]) -> None:
    [scan] = read(event(tracking_details=[detail(tracking_location=place)])).update.scans
    assert (scan.status, scan.location) == ("in_transit", "8010")


@pytest.mark.parametrize(
    ("details", "statuses", "unread"),
    [
        (
            [detail("delivered"), detail(datetime={"secret": 1}), detail(status=["secret"]), 7],
            ["delivered"],
            "result.tracking_details[1].datetime: string_type (3 of 4 items)",
        ),
        (
            [*[detail("failure")] * 300, *[detail()] * 300, detail("delivered")],
            ["in_transit", "delivered"],
            "result.tracking_details: too_long, the last 500 of 601 are read",
        ),
    ],
)
def test_what_cannot_be_read_of_a_parcel_does_not_take_the_rest_with_it(
    details: list[Any], statuses: list[str], unread: str
) -> None:
    message = SOURCE.read(event(tracking_details=details), NOW)
    [report] = message.parcels
    assert list(dict.fromkeys(str(scan.status) for scan in report.update.scans))[-len(statuses) :] == statuses
    assert [text for text in message.unread if "secret" in text] == []
    assert message.unread == (unread,)


def test_text_is_bounded_and_on_one_line() -> None:
    place = {"city": "NEW\u0000\nYORK" + "x" * 500, "state": "", "country": None}
    [scan] = read(
        event(tracking_details=[detail("s" * 500, "é\u0000\u202e", tracking_location=place)])
    ).update.scans
    assert (len(scan.location), len(scan.code)) == (120, 120)
    assert scan.location.startswith("NEW YORKx")
    assert set("\u0000\n\u202e").isdisjoint(scan.location + scan.code)
