"""Sending one webhook to a real receiver: signed, never following, never waiting for long, never reading much."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import pytest_asyncio
from aiohttp import web
from standardwebhooks import Webhook

from adapters.hooks.addresses import Reach
from adapters.hooks.sender import HttpHooks, signed
from ports.hooks import HookAnswer, HookMessage
from tests.adapters.hook_receiver import SECRET, Receiver, answers, endless, never, resets

BODY = json.dumps({"type": "parcel.updated", "data": {"note": "Zdzisława"}})
OLDER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver.running() as receiver:
        yield receiver


@pytest_asyncio.fixture(loop_scope="session")
async def hooks() -> AsyncIterator[HttpHooks]:
    hooks = HttpHooks(Reach(anywhere=True), timeout=1.0)
    yield hooks
    await hooks.close()


def message(receiver: Receiver, path: str = "/hooks", *secrets: str) -> HookMessage:
    return HookMessage(receiver.base + path, "evt_1", BODY, secrets or (SECRET,))


def test_the_signature_is_that_of_the_standard() -> None:
    """The vector of the specification."""
    at = datetime.fromtimestamp(1614265330, UTC)
    vector = HookMessage("", "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', (SECRET,))
    headers = signed(vector, at)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


async def test_a_message_is_signed_and_taken(hooks: HttpHooks, receiver: Receiver) -> None:
    answer = await hooks.send(message(receiver))
    assert answer == HookAnswer(204)
    assert answer.taken
    [heard] = receiver.heard
    assert (heard["verified"], heard["id"], heard["event"]) == (True, "evt_1", json.loads(BODY))
    assert "Cookie" not in heard["headers"]


async def test_while_secrets_change_both_sign(hooks: HttpHooks, receiver: Receiver) -> None:
    receiver.secrets = {"/old": OLDER, "/new": SECRET}
    for path in receiver.secrets:
        await hooks.send(message(receiver, path, SECRET, OLDER))
    assert [(one["verified"], len(one["signatures"])) for one in receiver.heard] == [(True, 2), (True, 2)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_is_a_no_and_is_not_followed(
    hooks: HttpHooks, receiver: Receiver, status: int
) -> None:
    receiver.paths["/hooks"] = answers(status, Location=receiver.base + "/elsewhere")
    answer = await hooks.send(message(receiver))
    assert (answer.status, answer.taken, answer.reason) == (status, False, f"status_{status}")
    assert receiver.at("/elsewhere") == []


async def test_who_never_answers_or_tears_the_line_is_a_failure(hooks: HttpHooks, receiver: Receiver) -> None:
    receiver.paths = {"/never": never, "/resets": resets}
    assert (await hooks.send(message(receiver, "/never"))).problem == "timeout"
    assert (await hooks.send(message(receiver, "/resets"))).problem == "no_connection"
    gone = HookMessage("http://127.0.0.1:1/", "evt_1", BODY, (SECRET,))
    assert (await hooks.send(gone)).problem == "no_connection"


async def test_an_endless_answer_is_not_read(hooks: HttpHooks, receiver: Receiver) -> None:
    receiver.paths["/hooks"] = endless
    assert (await hooks.send(message(receiver))).taken


async def test_a_server_that_speaks_no_tls_is_a_failure(hooks: HttpHooks, receiver: Receiver) -> None:
    plain = HookMessage(receiver.base.replace("http:", "https:"), "evt_1", BODY, (SECRET,))
    assert (await hooks.send(plain)).problem == "tls"


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "all_proxy"])
async def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    hooks = HttpHooks(Reach(anywhere=True), timeout=1.0)
    assert (await hooks.send(message(receiver))).taken
    await hooks.close()


async def test_cookies_are_not_kept(hooks: HttpHooks, receiver: Receiver) -> None:
    receiver.paths["/hooks"] = answers(204, **{"Set-Cookie": "who=you"})
    for _ in range(2):
        await hooks.send(message(receiver))
    assert "Cookie" not in receiver.heard[1]["headers"]


@pytest.mark.parametrize(
    ("status", "said", "wait"),
    [
        (429, "30", timedelta(seconds=30)),
        (503, "120", timedelta(minutes=2)),
        (500, "30", None),
        (429, "soon", None),
        (429, "-5", None),
        (429, "²", None),
        (503, "Wed, 21 Oct 2015 07:28:00 GMT", timedelta(0)),
        (429, "9" * 40, timedelta(seconds=10**8)),
        (503, f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT", None),
    ],
)
async def test_who_is_entitled_to_may_ask_us_to_wait(
    hooks: HttpHooks, receiver: Receiver, status: int, said: str, wait: timedelta | None
) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Retry-After": said.encode().decode("latin-1")})

    receiver.paths["/hooks"] = answer
    assert (await hooks.send(message(receiver))).retry_after == wait


async def test_a_date_to_come_back_at_is_understood(hooks: HttpHooks, receiver: Receiver) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    receiver.paths["/hooks"] = answers(503, **{"Retry-After": at})
    wait = (await hooks.send(message(receiver))).retry_after
    assert wait is not None
    assert timedelta(minutes=50) < wait <= timedelta(hours=1)


def test_a_message_never_shows_its_secret_or_body() -> None:
    assert SECRET not in repr(HookMessage("https://x", "evt_1", BODY, (SECRET,)))
    assert Webhook(SECRET)
