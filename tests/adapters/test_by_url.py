"""Texts and chat by URL: against a real HTTP server, through the library that knows the providers."""

import importlib
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.channels.by_url import ByUrl, objection
from adapters.channels.webhook import WebhookChannel
from adapters.hooks.addresses import Reach
from adapters.hooks.sender import HttpHooks
from ports.channels import Bounced, Message, PerhapsTaken, Unreachable

MESSAGE = Message(
    message_id="msg_1/sms",
    merchant="acme",
    to="+447700900123",
    subject="Your parcel",
    text="It may be late.",
    kind="delayed",
    order="ord_one",
    topic="delivery",
)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


HANGS_UP = 0  # after it has read everything


class Provider:
    """Takes what is posted to it and answers as it is told."""

    def __init__(self) -> None:
        self.answers = 200
        self.came: list[tuple[str, dict[str, Any], dict[str, str]]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((request.path, await request.json(), dict(request.headers)))
        if self.answers == HANGS_UP:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=self.answers)


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[tuple[Provider, TestServer]]:
    known, app = Provider(), web.Application()
    app.router.add_post("/{tail:.*}", known.take)
    server = TestServer(app)
    await server.start_server()
    yield known, server
    await server.close()


async def test_a_text_is_handed_to_the_provider_with_the_number_in_its_place(
    provider: tuple[Provider, TestServer], caplog: pytest.LogCaptureFixture
) -> None:
    known, server = provider
    await ByUrl(f"json://127.0.0.1:{server.port}/sms/{{to}}", anywhere=True).send(MESSAGE)
    [(path, body, _)] = known.came
    assert path == "/sms/+447700900123"
    assert (body["title"], body["message"]) == ("Your parcel", "It may be late.")
    assert "447700900123" not in caplog.text


@pytest.mark.parametrize("status", [400, 429, 503])
async def test_a_provider_that_does_not_take_it_is_asked_again_later(
    provider: tuple[Provider, TestServer], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    known, server = provider
    known.answers = status
    with pytest.raises(Unreachable):
        await ByUrl(f"json://127.0.0.1:{server.port}/{{to}}", anywhere=True).send(MESSAGE)
    assert "447700900123" not in caplog.text


@pytest.mark.parametrize(
    ("answers", "perhaps"),
    [(400, False), (429, False), (503, False), (500, True), (504, True), (HANGS_UP, True)],
)
async def test_only_a_refusal_or_no_connection_says_that_a_provider_has_not_taken_it(
    provider: tuple[Provider, TestServer], answers: int, perhaps: bool, caplog: pytest.LogCaptureFixture
) -> None:
    known, server = provider
    known.answers = answers
    texts = ByUrl(f"json://127.0.0.1:{server.port}/{{to}}", anywhere=True)
    with pytest.raises(Unreachable) as problem:
        await texts.send(MESSAGE)
    assert isinstance(problem.value, PerhapsTaken) == perhaps
    await server.close()
    with pytest.raises(Unreachable) as problem:
        await texts.send(MESSAGE)
    assert not isinstance(problem.value, PerhapsTaken)
    assert "447700900123" not in caplog.text


async def test_a_url_that_is_none_with_this_number_bounces() -> None:
    with pytest.raises(Bounced):
        await ByUrl("nobody-knows-this://{to}").send(MESSAGE)


@pytest.mark.parametrize(
    ("url", "anywhere", "why"),
    [
        ("json://127.0.0.1/{to}", False, "scheme"),
        ("syslog://{to}", False, "scheme"),
        ("mailto://user:password@example.org?to={to}", False, "scheme"),
        ("json://127.0.0.1/{to}", True, None),
        ("twilio://AC123/{to}", False, "unreadable"),
        (f"twilio://AC{'1' * 32}:{'2' * 32}@+15005550006/{{to}}", False, None),
        ("https//{to}", False, "unreadable"),
        ("json://127.0.0.1/\n{to}", True, "unreadable"),
    ],
)
async def test_merchants_reach_providers_and_nobody_behind_our_wall(
    url: str, anywhere: bool, why: str | None
) -> None:
    assert await objection(url, anywhere=anywhere) == why


KEYFILE = "http%3A//169.254.169.254/latest/meta-data"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("pushy://key/{{to}}, json://127.0.0.1:{port}/inside", None),
        ("pushed://key/secret/{{to}},json://127.0.0.1:{port}/inside?method=put", "options"),
        ("pushy://key/{{to}} json://127.0.0.1:{port}/inside", None),
        (f"fcm://project/{{{{to}}}}?mode=oauth2&keyfile={KEYFILE}", "options"),
        ("fcm://project/{{to}}?mode=oauth2&keyfile=http%3A//127.0.0.1:{port}/key", "options"),
        ("twilio://AC123:token@+15005550006/{{to}}?verify=no", "options"),
        ("onesignal://app@key/{{to}}?template=/etc/passwd", "options"),
        ("slack://token/{{to}}?redirect=yes", "options"),
    ],
)
async def test_a_url_is_one_provider_without_options_that_could_lead_elsewhere(
    provider: tuple[Provider, TestServer], url: str, why: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, server = provider
    pushy = importlib.import_module("apprise.plugins.pushy").NotifyPushy
    monkeypatch.setattr(
        pushy, "notify_url", str(server.make_url("/provider/{apikey}"))
    )  # no stranger is called
    full = url.format(port=server.port)
    if why is not None:
        assert await objection(full) == why
    with suppress(Bounced, Unreachable):
        await ByUrl(full).send(MESSAGE)
    assert [path for path, _, _ in known.came if not path.startswith("/provider/")] == []


@pytest.mark.parametrize(
    ("answers", "perhaps"),
    [(429, False), (503, False), (500, True), (504, True), (302, True), (HANGS_UP, True)],
)
async def test_a_receiver_that_got_it_and_did_not_say_no_may_have_taken_it(
    provider: tuple[Provider, TestServer], answers: int, perhaps: bool
) -> None:
    known, server = provider
    known.answers = answers
    sender = HttpHooks(Reach(anywhere=True))
    channel = WebhookChannel(sender, str(server.make_url("/tell")), SECRET)
    with pytest.raises(Unreachable) as problem:
        await channel.send(MESSAGE)
    assert isinstance(problem.value, PerhapsTaken) == perhaps
    await server.close()
    with pytest.raises(Unreachable) as problem:
        await channel.send(MESSAGE)
    assert not isinstance(problem.value, PerhapsTaken)
    await sender.close()


async def test_the_webhook_channel_posts_signed_messages_under_their_id(
    provider: tuple[Provider, TestServer],
) -> None:
    known, server = provider
    sender = HttpHooks(Reach(anywhere=True))
    channel = WebhookChannel(sender, str(server.make_url("/tell")), SECRET)
    for _ in range(2):
        await channel.send(MESSAGE)
    assert {headers["webhook-id"] for _, _, headers in known.came} == {"msg_1/sms"}
    _, body, headers = known.came[0]
    assert body == {
        "type": "notice.message",
        "data": {
            **MESSAGE.model_dump(include={"message_id", "to", "subject", "text"}),
            "html": "",
            "kind": "delayed",
            "order": "ord_one",
            "topic": "delivery",
        },
    }
    assert headers["webhook-signature"].startswith("v1,")
    for status, problem in ((404, Bounced), (410, Bounced), (429, Unreachable), (500, Unreachable)):
        known.answers = status
        with pytest.raises(problem):
            await channel.send(MESSAGE)
    await sender.close()
