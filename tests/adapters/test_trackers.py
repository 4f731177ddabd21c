"""Carriers are polled over HTTP: EasyPost's and AfterShip's trackers, simulated, with all their failures."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.carriers.aftership_tracker import AfterShipTracker
from adapters.carriers.easypost_tracker import EasyPostTracker
from adapters.carriers.tracker_client import MAX_RESPONSE_BYTES, TrackerHttpClient
from domain.tracking.polling import PollRequest
from ports.trackers import CarrierAccount, Found, NotFound, RetryLater, Tracker, TrackerReply, Unauthorized
from simulators.carriers.server import CarrierServer

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SOURCES = ("easypost", "aftership")


@dataclass
class SimulatorClient:
    """A simulator of this process, and one account at it."""

    base: str
    http: TrackerHttpClient
    session: aiohttp.ClientSession

    async def script(self, **parcel: Any) -> None:
        parcel = {"carrier": "UPS", "tracking_number": "1Z1", **parcel}
        await self.post("parcels", {"parcels": [parcel]})

    async def post(self, path: str, body: Any) -> Any:
        async with self.session.post(f"{self.base}/accounts/acme/{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def polls(self) -> list[int]:
        async with self.session.get(f"{self.base}/accounts/acme/lookups") as answer:
            return [poll["status"] for poll in (await answer.json())["lookups"]]

    async def poll(self, source: str, *, key: str = "k", now: datetime = NOW, **request: Any) -> TrackerReply:
        trackers: dict[str, Tracker] = {
            "easypost": EasyPostTracker(self.http),
            "aftership": AfterShipTracker(self.http),
        }
        account = CarrierAccount.model_validate({"source": source, "base": self.base, "key": key})
        words = {
            "merchant": "acme",
            "order": "ord_1",
            "parcel": "p1",
            "carrier": "UPS",
            "tracking_number": "1Z1",
        }
        wanted = PollRequest.model_validate({**words, "sandbox": True, "not_before": now, **request})
        return await trackers[source].poll(account, wanted, now)


@pytest_asyncio.fixture(loop_scope="session")
async def simulator(tmp_path: Path) -> AsyncIterator[SimulatorClient]:
    http = TrackerHttpClient(30.0)
    async with (
        TestServer(CarrierServer(tmp_path / "carriers.db").application()) as server,
        aiohttp.ClientSession() as session,
    ):
        base = str(server.make_url("")).rstrip("/")
        async with session.put(f"{base}/accounts/acme", json={"api_key": "k"}) as made:
            assert made.status == 200
        yield SimulatorClient(base, http, session)
        await http.close()


def scan(hours: int, status: str, **more: Any) -> dict[str, Any]:
    at = NOW + timedelta(hours=hours)
    return {"at": at.isoformat(), "status": status, "city": "Leeds", "country": "GB", **more}


def scans_found(sighting: TrackerReply) -> list[tuple[str, datetime]]:
    assert isinstance(sighting, Found)
    return [(str(one.status), one.at) for one in sighting.parcel.update.scans]


# TRK-8, NEW-13
@pytest.mark.parametrize("source", SOURCES)
async def test_a_poll_shows_what_has_happened_by_the_callers_time(
    source: str, simulator: SimulatorClient
) -> None:
    scans = [scan(-9, "picked_up"), scan(-2, "out_for_delivery"), scan(1, "delivered")]
    await simulator.script(scans=scans)
    early, late = NOW - timedelta(hours=5), NOW + timedelta(hours=1)
    reported = [(one["status"], datetime.fromisoformat(one["at"])) for one in scans]
    assert scans_found(await simulator.poll(source, now=early)) == reported[:1]
    assert scans_found(await simulator.poll(source)) == reported[:2]
    assert scans_found(await simulator.poll(source, now=late)) == reported


@pytest.mark.parametrize("source", SOURCES)
async def test_an_estimate_is_a_day(source: str, simulator: SimulatorClient) -> None:
    await simulator.script(scans=[scan(-2, "in_transit", estimate="2026-03-09")])
    sighting = await simulator.poll(source)
    assert isinstance(sighting, Found)
    estimate = sighting.parcel.update.estimate
    assert estimate is not None
    assert str(estimate.day) == "2026-03-09"
    assert estimate.reported_at == NOW - timedelta(hours=2)


@pytest.mark.parametrize("source", SOURCES)
async def test_an_unregistered_number_is_registered_and_then_found(
    source: str, simulator: SimulatorClient
) -> None:
    assert scans_found(await simulator.poll(source, tracking_number="NEW1")) == []
    assert scans_found(await simulator.poll(source, tracking_number="NEW1", found_before=True)) == []
    assert await simulator.polls() == [200, 200, 200], "polled, created, polled again"


# TRK-10
@pytest.mark.parametrize("source", SOURCES)
async def test_a_parcel_that_was_found_and_is_retired_is_not_registered_again(
    source: str, simulator: SimulatorClient
) -> None:
    await simulator.script(scans=[scan(-9, "picked_up")], retired_at=(NOW - timedelta(hours=1)).isoformat())
    assert scans_found(await simulator.poll(source, now=NOW - timedelta(hours=2)))
    assert isinstance(await simulator.poll(source, found_before=True), NotFound)
    assert await simulator.polls() == [200, 200]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (
            {"kind": "rate_limited", "seconds": 90},
            RetryLater(reason="rate limited", retry_after=timedelta(seconds=90)),
        ),
        ({"kind": "error_500"}, RetryLater(reason="answered 500")),
        ({"kind": "malformed"}, RetryLater(reason="unreadable")),
        ({"kind": "unauthorized"}, Unauthorized()),
        ({"kind": "timeout", "seconds": 1}, RetryLater(reason="TimeoutError")),
        ({"kind": "gone"}, NotFound()),
    ],
    ids=lambda one: one["kind"] if isinstance(one, dict) else "",
)
async def test_every_failure_is_an_answer_and_the_next_poll_succeeds(
    source: str, fault: dict[str, Any], answer: TrackerReply, simulator: SimulatorClient
) -> None:
    await simulator.script(scans=[scan(-9, "picked_up")])
    await simulator.post("faults", fault)
    if fault["kind"] == "timeout":
        impatient = SimulatorClient(simulator.base, TrackerHttpClient(0.5), simulator.session)
        reply = await impatient.poll(source, found_before=True)
        await impatient.http.close()
        assert isinstance(reply, RetryLater)
        assert "Timeout" in reply.reason
    else:
        assert await simulator.poll(source, found_before=True) == answer
    assert len(scans_found(await simulator.poll(source, found_before=True))) == 1


@pytest.mark.parametrize("source", SOURCES)
async def test_a_wrong_key_is_reported_as_unauthorized(source: str, simulator: SimulatorClient) -> None:
    assert isinstance(await simulator.poll(source, key="other"), Unauthorized)


async def test_a_tracker_that_cannot_be_reached_is_polled_later(
    simulator: SimulatorClient, unused_tcp_port: int
) -> None:
    account = CarrierAccount(source="easypost", base=f"http://127.0.0.1:{unused_tcp_port}", key="k")
    request = PollRequest(
        merchant="acme", order="o", parcel="p1", carrier="UPS", tracking_number="1Z1", not_before=NOW,
    )  # fmt: skip
    assert isinstance(await EasyPostTracker(simulator.http).poll(account, request, NOW), RetryLater)


async def answered_with(
    body: bytes, headers: dict[str, str] | None = None, status: int = 200
) -> TrackerReply:
    """What a poll makes of any answer."""

    async def respond(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers=headers)

    app = web.Application()
    app.router.add_get("/v2/trackers", respond)
    http = TrackerHttpClient(2.0)
    try:
        async with TestServer(app) as server:
            account = CarrierAccount(source="easypost", base=str(server.make_url("")).rstrip("/"), key="k")
            request = PollRequest(
                merchant="acme", order="o", parcel="p1", carrier="UPS", tracking_number="1Z1", found_before=True,
                not_before=NOW,
            )  # fmt: skip
            return await EasyPostTracker(http).poll(account, request, NOW)
    finally:
        await http.close()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"trackers": {}}', b'{"trackers": [{"tracking_code": []}]}', b"\xff\xfe", b'{"trackers": [null]}'],
)  # fmt: skip
async def test_an_unreadable_answer_is_polled_later(body: bytes) -> None:
    assert await answered_with(body) == RetryLater(reason="unreadable")


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    assert await answered_with(b" " * (MAX_RESPONSE_BYTES + 10)) == RetryLater(reason="too large")


async def test_another_parcels_tracker_is_no_answer() -> None:
    body = b'{"trackers": [{"tracking_code": "1Z2", "carrier": "UPS", "tracking_details": []}]}'
    assert await answered_with(body) == RetryLater(reason="another number")


async def test_a_redirect_is_not_followed() -> None:
    moved = await answered_with(b"", {"Location": "http://127.0.0.1:1/"}, status=302)
    assert moved == RetryLater(reason="answered 302")


@pytest.mark.parametrize(
    ("header", "after"),
    [("", None), ("soon", None), ("-5", None), ("120", timedelta(minutes=2)), ("9" * 30, timedelta(days=1)),
     ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta(0))],
)  # fmt: skip
async def test_retry_after_is_parsed_with_care(header: str, after: timedelta | None) -> None:
    assert await answered_with(b"", {"Retry-After": header}, status=429) == RetryLater(
        reason="rate limited", retry_after=after
    )
