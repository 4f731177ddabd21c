"""Sending one webhook to a real receiver: signed, without redirects, with bounded time and bounded reading."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import pytest_asyncio
from aiohttp import web
from standardwebhooks import Webhook

from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport, signed_headers
from ports.webhooks import WebhookMessage, WebhookResponse
from tests.adapters.webhook_receiver import (
    SECRET,
    WebhookReceiver,
    endless_body,
    hang,
    reset_connection,
    respond_with,
)
from tests.patience import PATIENCE

BODY = json.dumps({"type": "parcel.updated", "data": {"note": "Zdzisława"}})
OLDER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver.running() as receiver:
        yield receiver


@pytest_asyncio.fixture(loop_scope="session")
async def webhooks() -> AsyncIterator[HttpWebhookTransport]:
    webhooks = HttpWebhookTransport(EgressPolicy(unrestricted=True), timeout=PATIENCE)
    yield webhooks
    await webhooks.close()


def message(receiver: WebhookReceiver, path: str = "/hooks", *secrets: str) -> WebhookMessage:
    return WebhookMessage(receiver.base + path, "evt_1", BODY, secrets or (SECRET,))


def test_the_signature_is_that_of_the_standard() -> None:
    """The vector of the specification."""
    at = datetime.fromtimestamp(1614265330, UTC)
    vector = WebhookMessage("", "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', (SECRET,))
    headers = signed_headers(vector, at)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


async def test_a_message_is_signed_and_accepted(
    webhooks: HttpWebhookTransport, receiver: WebhookReceiver
) -> None:
    answer = await webhooks.send(message(receiver))
    assert answer == WebhookResponse(204)
    assert answer.accepted
    [received] = receiver.received
    assert (received["verified"], received["id"], received["event"]) == (True, "evt_1", json.loads(BODY))
    assert "Cookie" not in received["headers"]


async def test_while_secrets_change_both_sign(
    webhooks: HttpWebhookTransport, receiver: WebhookReceiver
) -> None:
    receiver.secrets = {"/old": OLDER, "/new": SECRET}
    for path in receiver.secrets:
        await webhooks.send(message(receiver, path, SECRET, OLDER))
    assert [(one["verified"], len(one["signatures"])) for one in receiver.received] == [(True, 2), (True, 2)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_refusal_and_is_not_followed(
    webhooks: HttpWebhookTransport, receiver: WebhookReceiver, status: int
) -> None:
    receiver.paths["/hooks"] = respond_with(status, Location=receiver.base + "/elsewhere")
    answer = await webhooks.send(message(receiver))
    assert (answer.status, answer.accepted, answer.reason) == (status, False, f"status_{status}")
    assert receiver.received_at("/elsewhere") == []


async def test_a_receiver_that_hangs_or_resets_the_connection_is_a_failure(
    webhooks: HttpWebhookTransport, receiver: WebhookReceiver
) -> None:
    receiver.paths = {"/never": hang, "/resets": reset_connection}
    impatient = HttpWebhookTransport(EgressPolicy(unrestricted=True), timeout=0.5)
    assert (await impatient.send(message(receiver, "/never"))).error == "timeout"
    await impatient.close()
    assert (await webhooks.send(message(receiver, "/resets"))).error == "no_connection"
    gone = WebhookMessage("http://127.0.0.1:1/", "evt_1", BODY, (SECRET,))
    assert (await webhooks.send(gone)).error == "no_connection"


async def test_an_endless_answer_is_not_read(
    webhooks: HttpWebhookTransport, receiver: WebhookReceiver
) -> None:
    receiver.paths["/hooks"] = endless_body
    assert (await webhooks.send(message(receiver))).accepted


async def test_a_server_that_speaks_no_tls_is_a_failure(
    webhooks: HttpWebhookTransport, receiver: WebhookReceiver
) -> None:
    plain = WebhookMessage(receiver.base.replace("http:", "https:"), "evt_1", BODY, (SECRET,))
    assert (await webhooks.send(plain)).error == "tls"


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "all_proxy"])
async def test_proxies_of_the_environment_are_not_used(
    receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    webhooks = HttpWebhookTransport(EgressPolicy(unrestricted=True), timeout=PATIENCE)
    assert (await webhooks.send(message(receiver))).accepted
    await webhooks.close()


async def test_cookies_are_not_kept(webhooks: HttpWebhookTransport, receiver: WebhookReceiver) -> None:
    receiver.paths["/hooks"] = respond_with(204, **{"Set-Cookie": "who=you"})
    for _ in range(2):
        await webhooks.send(message(receiver))
    assert "Cookie" not in receiver.received[1]["headers"]


@pytest.mark.parametrize(
    ("status", "header", "wait"),
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
async def test_retry_after_is_honoured_only_with_statuses_that_allow_it(
    webhooks: HttpWebhookTransport,
    receiver: WebhookReceiver,
    status: int,
    header: str,
    wait: timedelta | None,
) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Retry-After": header.encode().decode("latin-1")})

    receiver.paths["/hooks"] = answer
    assert (await webhooks.send(message(receiver))).retry_after == wait


async def test_a_date_to_come_back_at_is_understood(
    webhooks: HttpWebhookTransport, receiver: WebhookReceiver
) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    receiver.paths["/hooks"] = respond_with(503, **{"Retry-After": at})
    wait = (await webhooks.send(message(receiver))).retry_after
    assert wait is not None
    assert timedelta(minutes=50) < wait <= timedelta(hours=1)


def test_a_message_never_shows_its_secret_or_body() -> None:
    assert SECRET not in repr(WebhookMessage("https://x", "evt_1", BODY, (SECRET,)))
    assert Webhook(SECRET)
