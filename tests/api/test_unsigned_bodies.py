"""A stranger's unsigned bodies: only so many bytes of them are kept at a time, of one network and of all together."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from api.http.problems import Problem
from api.http.serving import AppContext, install
from api.http.unsigned_bodies import UnsignedBodies
from tests.api.frame_app import ENDPOINTS, Keys, Services, Table
from tests.patience import PATIENCE

PATH = "/v1/webhooks/generic"


@pytest.fixture
def bodies() -> UnsignedBodies:
    return UnsignedBodies(of_network=2000, of_process=3000)


@pytest.fixture
async def client(bodies: UnsignedBodies) -> AsyncIterator[TestClient]:
    app = web.Application()
    install(app, ENDPOINTS, AppContext(Services(), Keys(), Table(), unsigned_bodies=bodies))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_half_sent_bodies_hold_up_no_more_than_the_share_of_their_network(
    client: TestClient, bodies: UnsignedBodies
) -> None:
    ends = asyncio.Event()

    async def half_sent() -> AsyncIterator[bytes]:
        yield b"x" * 900
        await ends.wait()

    waiting = [asyncio.create_task(client.post(PATH, data=half_sent())) for _ in range(2)]
    async with asyncio.timeout(PATIENCE):
        while bodies.total < 1800:
            await asyncio.sleep(0.01)
    refused = await client.post(PATH, data=b"signed" + b"x" * 900)
    assert (refused.status, (await refused.json())["code"]) == (429, "rate_limited")
    assert refused.headers["Retry-After"] == "1"
    assert (await client.post(PATH, data=b"signed")).status == 202, "there is room for a small one"
    ends.set()
    assert [(await answer).status for answer in waiting] == [401, 401]
    assert bodies.total == 0
    assert (await client.post(PATH, data=b"signed" + b"x" * 900)).status == 202


async def test_a_refused_body_and_one_that_is_too_large_leave_nothing_behind(
    client: TestClient, bodies: UnsignedBodies
) -> None:
    assert (await client.post(PATH, data=b"x" * 500)).status == 401
    assert (await client.post(PATH, data=b"signed" + b"x" * 5000)).status == 413
    assert bodies.total == 0


def test_all_networks_together_have_a_share_too_and_the_answer_is_another() -> None:
    bodies = UnsignedBodies(of_network=2000, of_process=3000, always=0)
    with bodies.under_way("a") as of_a, bodies.under_way("b") as of_b:
        of_a(2000)
        with pytest.raises(Problem) as of_one:
            of_a(1)
        of_b(1000)
        with pytest.raises(Problem) as of_all:
            of_b(1)
    assert (of_one.value.code, of_all.value.code) == ("rate_limited", "unavailable")
    assert of_all.value.headers["Retry-After"] == "1"
    assert bodies.total == 0


def test_strangers_from_many_networks_do_not_keep_out_an_ordinary_message_from_another() -> None:
    bodies = UnsignedBodies(of_network=2000, of_process=3000, always=100)
    with (
        bodies.under_way("a") as of_a,
        bodies.under_way("b") as of_b,
        bodies.under_way("sender") as of_sender,
    ):
        of_a(2000)
        of_b(1000)
        of_sender(60)
        of_sender(40)
        with pytest.raises(Problem) as refused:
            of_sender(1)
    assert refused.value.code == "unavailable"
    assert bodies.total == 0
