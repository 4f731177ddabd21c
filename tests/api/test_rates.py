"""Rate limits: a request over them is refused before it costs anything, with exact headers, and affects no other caller."""

import json
from collections import deque
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from limits import parse

from api.http import sliding_windows
from api.http.rate_limits import Quota, RateLimiter
from api.http.serving import AppContext, install
from api.http.sliding_windows import SlidingWindows
from tests.api.frame_app import ENDPOINTS, Keys, ProductionServer, Services, Table

GOOD = {"Authorization": "Bearer good"}
OTHER = {"Authorization": "Bearer other"}
GET = "/v1/orders/o"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def client_with(clock: Clock, limits: dict[Quota, str]) -> TestClient[Any, Any]:
    services = Services()
    services.gate.set()
    app = web.Application()
    install(app, ENDPOINTS, AppContext(services, Keys(), Table(), RateLimiter(limits, clock)))
    server = ProductionServer(app)
    await server.start_server()
    client: TestClient[Any, Any] = TestClient(server)
    await client.start_server()
    return client


async def test_the_headers_count_down_and_the_refusal_names_the_time_to_retry(clock: Clock) -> None:
    client = await client_with(clock, {"reads": "3/10seconds"})
    left = []
    for _ in range(3):
        answer = await client.get(GET, headers=GOOD)
        assert answer.status == 200
        assert answer.headers["RateLimit-Policy"] == '"reads";q=3;w=10'
        left.append(answer.headers["RateLimit"])
        clock.now += 2
    assert left == ['"reads";r=2;t=10', '"reads";r=1;t=8', '"reads";r=0;t=6']
    over = await client.get(GET, headers=GOOD)
    assert (over.status, over.headers["Retry-After"]) == (429, "4")
    assert over.headers["RateLimit"] == '"reads";r=0;t=4'
    assert json.loads(await over.read())["code"] == "rate_limited"
    clock.now += 4
    assert (await client.get(GET, headers=GOOD)).status == 200, "after Retry-After there is room for one"
    assert (await client.get(GET, headers=GOOD)).status == 429, "and for one only"
    await client.close()


def test_many_client_addresses_are_not_scanned_at_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    scans = 0
    let_go = sliding_windows._drop_expired

    def counted(arrivals: deque[float], start: float) -> None:
        nonlocal scans
        scans += 1
        assert scans < 4 * 20_000, "each address is scanned a few times, for any number of them"
        let_go(arrivals, start)

    monkeypatch.setattr(sliding_windows, "_drop_expired", counted)
    windows = SlidingWindows(parse("10/minute"), Clock(), max_owners=1000)
    for number in range(20_000):
        windows.acquire(str(number))
        assert len(windows) <= 1000
    assert scans > 20_000


def test_the_owner_that_was_silent_for_longest_is_forgotten_first(clock: Clock) -> None:
    windows = SlidingWindows(parse("1/minute"), clock, max_owners=2)
    for owner in ("flood", "busy", "busy", "flood", "busy", "new"):
        windows.acquire(owner)
    assert windows.peek("busy") == (0, 60.0)
    assert windows.peek("flood")[0] == 1


async def test_merchants_their_roles_and_rate_limits_are_counted_apart_and_keys_of_one_role_together(
    clock: Clock,
) -> None:
    client = await client_with(clock, {"reads": "1/10seconds", "writes": "1/10seconds"})
    body = {"line_id": "1", "quantity": 1}
    assert (await client.get(GET, headers=GOOD)).status == 200
    twin = {"Authorization": "Bearer twin"}
    assert (await client.get(GET, headers=twin)).status == 429, "another key of the same role"
    agent = {"Authorization": "Bearer agent"}
    assert (await client.get(GET, headers=agent)).status == 200, "another role of the same merchant"
    assert (await client.get(GET, headers=OTHER)).status == 200
    key = {"Idempotency-Key": "k-1"}
    assert (await client.post("/v1/returns", json=body, headers=GOOD | key)).status == 200
    assert (await client.post("/v1/returns", json=body, headers=GOOD | key)).status == 429
    await client.close()


async def test_a_request_over_the_rate_limit_is_refused_before_its_body_is_read(clock: Clock) -> None:
    client = await client_with(clock, {"writes": "1/minute"})
    key = {"Idempotency-Key": "k-1"}
    assert (await client.post("/v1/returns", data=b"not json", headers=GOOD | key)).status in (400, 415)
    assert (await client.post("/v1/returns", data=b"not json", headers=GOOD | key)).status == 429
    await client.close()


async def test_unauthenticated_calls_of_one_address_are_limited_and_a_valid_key_there_is_not(
    clock: Clock,
) -> None:
    client = await client_with(clock, {"failures": "2/minute"})
    bad = {"Authorization": "Bearer nonsense"}
    statuses = [(await client.get(GET, headers=bad)).status for _ in range(3)]
    assert statuses == [401, 401, 429]
    forged = await client.post("/v1/webhooks/x", data=b"{}")
    assert (forged.status, forged.headers["Retry-After"]) == (429, "60")
    assert (await client.get(GET, headers=GOOD)).status == 200
    clock.now += 61
    assert (await client.get(GET, headers=bad)).status == 401
    await client.close()


async def test_a_limit_of_off_means_no_limit_and_no_header(clock: Clock) -> None:
    client = await client_with(clock, {"reads": "off"})
    answer = await client.get(GET, headers=GOOD)
    assert answer.status == 200
    assert "RateLimit" not in answer.headers
    await client.close()


def test_a_window_moves_and_never_holds_more_than_its_limit(clock: Clock) -> None:
    windows = SlidingWindows(parse("5/10seconds"), clock)
    taken: list[float] = []
    for _ in range(200):
        if windows.acquire("k")[0]:
            taken.append(clock.now)
        clock.now += 0.7
    assert all(sum(start <= at < start + 10 for at in taken) <= 5 for start in taken)
    assert len(taken) >= 200 * 0.7 / 10 * 5 - 5, "nor much less than it"


def test_idle_keys_are_forgotten(clock: Clock) -> None:
    windows = SlidingWindows(parse("5/10seconds"), clock)
    for number in range(4096):
        windows.acquire(f"k{number}")
    clock.now += 11
    windows.acquire("fresh")
    assert len(windows) == 1


def test_a_limit_that_is_misspelt_is_refused() -> None:
    with pytest.raises(ValueError):
        RateLimiter({"reads": "many"})
