"""Texts and chat by URL: against a real HTTP server, through the library that knows the providers."""

import asyncio
import importlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

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
    """Takes what is brought to it and answers as it is told; `later` is what it answers from the second time on."""

    def __init__(self) -> None:
        self.answers, self.says = 200, ""
        self.later: int | None = None
        self.slow = 0.0  # seconds
        self.came: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.bodies: list[str] = []

    async def take(self, request: web.Request) -> web.Response:
        text = await request.text()
        body = json.loads(text) if text.startswith("{") else {}
        self.came.append((request.path, body, dict(request.headers)))
        self.bodies.append(f"{request.path_qs} {text}")
        answers = self.answers if self.later is None or len(self.came) == 1 else self.later
        await asyncio.sleep(self.slow)
        if answers == HANGS_UP:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=answers, text=self.says)


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[tuple[Provider, TestServer]]:
    known, app = Provider(), web.Application()
    app.router.add_route("*", "/{tail:.*}", known.take)
    server = TestServer(app)
    await server.start_server(access_log=None)
    yield known, server
    await server.close()


@pytest.fixture
def everywhere(provider: tuple[Provider, TestServer], monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider behind every address: the library writes to it whatever host it means."""
    known, server = provider
    adapter = importlib.import_module("requests.adapters").HTTPAdapter
    send = adapter.send

    def turned_here(self: Any, request: Any, **options: Any) -> Any:
        meant = urlsplit(request.url)
        request.url = str(server.make_url(f"/{meant.hostname}{meant.path}?{meant.query}"))
        return send(self, request, **options)

    monkeypatch.setattr(adapter, "send", turned_here)
    return known


async def test_a_text_is_handed_to_the_provider_with_the_number_in_its_place(
    provider: tuple[Provider, TestServer], caplog: pytest.LogCaptureFixture
) -> None:
    known, server = provider
    await ByUrl(f"json://127.0.0.1:{server.port}/sms/{{to}}", anywhere=True).send(MESSAGE)
    [(path, body, _)] = known.came
    assert path == "/sms/+447700900123"
    assert (body["title"], body["message"]) == ("Your parcel", "It may be late.")
    assert "447700900123" not in caplog.text


NO_MORE, LATER, OPEN = Bounced, Unreachable, PerhapsTaken


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (400, NO_MORE), (404, NO_MORE), (410, NO_MORE), (422, NO_MORE),
        (401, LATER), (403, LATER), (408, LATER), (413, LATER), (429, LATER), (503, LATER),
        (500, OPEN), (502, OPEN), (504, OPEN), (304, OPEN), (HANGS_UP, OPEN),
    ],
)  # fmt: skip
async def test_only_a_refusal_or_no_connection_says_that_a_provider_has_not_taken_it(
    provider: tuple[Provider, TestServer],
    answers: int,
    outcome: type[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:
    known, server = provider
    known.answers = answers
    texts = ByUrl(f"json://127.0.0.1:{server.port}/{{to}}", anywhere=True)
    with caplog.at_level(logging.DEBUG):
        assert await what_became_of(texts, MESSAGE) is outcome
        await server.close()
        assert await what_became_of(texts, MESSAGE) is LATER
    assert "447700900123" not in caplog.text


async def what_became_of(texts: ByUrl, message: Message) -> type[Exception] | None:
    try:
        await texts.send(message)
    except (Bounced, Unreachable) as problem:
        return type(problem)
    return None


async def test_an_answer_that_does_not_come_in_time_leaves_it_open(
    provider: tuple[Provider, TestServer],
) -> None:
    known, server = provider
    known.slow = 1.0
    texts = ByUrl(f"json://127.0.0.1:{server.port}/{{to}}?rto=0.2", anywhere=True)
    assert await what_became_of(texts, MESSAGE) is OPEN


@pytest.mark.parametrize("later", [400, 429, HANGS_UP])
async def test_a_long_text_of_which_a_part_was_taken_is_not_sent_again(
    provider: tuple[Provider, TestServer], later: int
) -> None:
    known, server = provider
    known.later = later
    long = MESSAGE.model_copy(update={"text": "It may be late. " * 3000})
    texts = ByUrl(f"json://127.0.0.1:{server.port}/{{to}}?overflow=split", anywhere=True)
    assert await what_became_of(texts, long) is OPEN
    assert len(known.came) > 1


async def test_a_part_without_an_answer_counts_for_more_than_a_refused_one(
    provider: tuple[Provider, TestServer],
) -> None:
    known, server = provider
    known.answers, known.later = 400, HANGS_UP
    long = MESSAGE.model_copy(update={"text": "It may be late. " * 3000})
    texts = ByUrl(f"json://127.0.0.1:{server.port}/{{to}}?overflow=split", anywhere=True)
    assert await what_became_of(texts, long) is OPEN


TWILIO = f"twilio://AC{'1' * 32}:{'2' * 32}@+15005550006/{{to}}"
SINCH = f"sinch://{'1' * 32}:{'2' * 32}@+15005550006/{{to}}"
VONAGE = f"vonage://abcdefgh:{'2' * 16}@+15005550006/{{to}}"
WHATSAPP = "whatsapp://token@15005550006/{to}"
BY_NUMBER = [
    TWILIO, SINCH, VONAGE, WHATSAPP,
    TWILIO.replace("{to}", "w:{to}"),
    VONAGE.replace("vonage", "nexmo"),
    f"msgbird://{'1' * 25}/15005550006/{{to}}",
    "clicksend://user:key@{to}",
    f"plivo://{'1' * 25}@{'2' * 40}/+15005550006/{{to}}",
    "d7sms://token@{to}",
    "httpsms://key@+15005550006/{to}",
    "sns://AKIAAAAAAAAAAAAAAAAA/secretsecretsecretsecretsecretsecretsecre/us-east-1/{to}",
    "sfr://user:password@space/{to}",
    "smsc://user:password@{to}",
    "bulksms://user:password@{to}",
    f"burstsms://{'1' * 32}:secret@+15005550006/{{to}}",
    "46elks://user:password@+15005550006/{to}",
    "telnyx://key@+15005550006/{to}",
]  # fmt: skip
VOIPMS = "voipms://password:me@example.org/15005550006/{to}"


@pytest.mark.parametrize("url", [TWILIO, SINCH, WHATSAPP, VONAGE])
@pytest.mark.parametrize(
    ("answers", "code", "outcome"),
    [
        (400, 21211, NO_MORE),
        (404, 20404, NO_MORE),
        (401, 20003, LATER),
        (429, 20429, LATER),
        (500, 400, OPEN),
    ],
)
async def test_what_counts_is_the_status_and_not_the_code_that_a_provider_puts_beside_it(
    everywhere: Provider, url: str, answers: int, code: int, outcome: type[Exception]
) -> None:
    everywhere.answers = answers
    everywhere.says = json.dumps({"code": code, "message": "no", "error": {"code": code, "message": "no"}})
    assert await what_became_of(ByUrl(url), MESSAGE) is outcome


async def test_what_a_provider_or_a_message_says_is_not_taken_for_a_lost_connection(
    everywhere: Provider,
) -> None:
    everywhere.answers = 500
    everywhere.says = "Socket Exception: (Caused by NewConnectionError(error=400))"
    telling = MESSAGE.model_copy(update={"text": everywhere.says})
    for url in (TWILIO, VONAGE, WHATSAPP):
        assert await what_became_of(ByUrl(url), telling) is OPEN


@pytest.mark.parametrize("url", [*BY_NUMBER, VOIPMS])
async def test_a_text_goes_to_the_customers_number_or_to_nobody(everywhere: Provider, url: str) -> None:
    american = url == VOIPMS
    number = "+15005550001" if american else MESSAGE.to
    assert await objection(url) is None
    with suppress(Unreachable):  # an empty answer is not what every one of them expects
        await ByUrl(url).send(MESSAGE.model_copy(update={"to": number}))
    assert any(number.removeprefix("+1" if american else "+") in one for one in everywhere.bodies)
    everywhere.came.clear()
    # Numbers by E.164 which the library does not know: it would text its own number instead, or nobody.
    for odd in ("+298123456", "+1234567", "+123456789012345"):
        with pytest.raises(Bounced, match="not a target"):
            await ByUrl(url).send(MESSAGE.model_copy(update={"to": odd}))
    assert everywhere.came == []


async def test_a_number_without_its_country_is_not_taken_for_an_american_one(everywhere: Provider) -> None:
    for foreign in ("+4412345678", "+447700900123"):
        with pytest.raises(Bounced, match="not a target"):
            await ByUrl(VOIPMS).send(MESSAGE.model_copy(update={"to": foreign}))
    assert everywhere.came == []


OTHER = "442071838750"
CUSTOMER = "cus_0123456789abcdef0123456789abcdef"


TWO_NUMBERS = [
    *(f"{one}/{OTHER}" for one in BY_NUMBER),
    f"{VOIPMS}/15005550002",
    f"{TWILIO},{OTHER}",
    f"{TWILIO}/{{to}}",
    "sns://AKIAAAAAAAAAAAAAAAAA/secretsecretsecretsecretsecretsecretsecre/us-east-1/{to}/topic",
    "bulksms://user:password@{to}/@group",
]
TWO_NAMES = [
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/{to}/general",
    "tgram://123456789:abcdefg_hijklmnop/{to}/12345",
    "onesignal://app@key/{to}/@somebody",
    "fcm://key/{to}/another",
    f"pbul://{'1' * 32}/{{to}}/another",
]


@pytest.mark.parametrize(
    ("url", "to"), [*((one, MESSAGE.to) for one in TWO_NUMBERS), *((one, CUSTOMER) for one in TWO_NAMES)]
)
async def test_a_second_recipient_would_be_told_again_with_every_try_for_the_first(
    everywhere: Provider, url: str, to: str
) -> None:
    assert await objection(url) == "one_recipient"
    with pytest.raises(Bounced, match="not a target"):
        await ByUrl(url).send(MESSAGE.model_copy(update={"to": to}))
    assert everywhere.came == []


async def test_the_operator_has_one_recipient_too_however_they_are_batched(everywhere: Provider) -> None:
    url = f"clicksend://user:key@{{to}}/{OTHER}?batch=yes"
    assert await objection(url, anywhere=True) == "one_recipient"
    with pytest.raises(Bounced, match="one_recipient"):
        await ByUrl(url, anywhere=True).send(MESSAGE)
    once = "clicksend://user:key@{to}?batch=yes&retry=2"
    assert await objection(once, anywhere=True) is None
    await ByUrl(once, anywhere=True).send(MESSAGE)
    assert len(everywhere.came) == 1


@pytest.mark.parametrize(
    "url",
    [
        "slack://{to}@T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "discord://{to}@1234567890/abcdefghijk",
        "fcm://key/{to}",
        "onesignal://app@key/@{to}",
        f"pbul://{'1' * 32}/{{to}}",
        "tgram://123456789:abcdefg_hijklmnop/{to}",
    ],
)
async def test_push_and_chat_go_by_our_name_of_the_customer(everywhere: Provider, url: str) -> None:
    assert await objection(url) is None
    with suppress(PerhapsTaken):  # an empty answer is not what every one of them expects
        await ByUrl(url).send(MESSAGE.model_copy(update={"to": CUSTOMER}))
    assert len(everywhere.came) == 1


async def test_where_the_name_is_no_target_the_next_channel_has_its_turn(everywhere: Provider) -> None:
    url = f"pover://{'1' * 30}@{'2' * 30}/{{to}}"
    assert await objection(url) == "no_place_for_the_recipient"
    with pytest.raises(Bounced):
        await ByUrl(url).send(MESSAGE.model_copy(update={"to": CUSTOMER}))
    assert everywhere.came == []


async def test_a_number_in_the_senders_place_is_no_recipient() -> None:
    assert await objection(TWILIO.replace("+15005550006/{to}", "{to}")) == "no_place_for_the_recipient"


async def test_others_who_use_the_same_http_library_are_logged_as_before(
    provider: tuple[Provider, TestServer], caplog: pytest.LogCaptureFixture
) -> None:
    _, server = provider
    get = importlib.import_module("requests").get
    await ByUrl(f"json://127.0.0.1:{server.port}/{{to}}", anywhere=True).send(MESSAGE)
    for level, told in ((logging.INFO, False), (logging.DEBUG, True)):
        caplog.clear()
        with caplog.at_level(level):
            await asyncio.to_thread(get, str(server.make_url("/anothers")))
            logging.getLogger("urllib3.connectionpool").warning("somebody's pool is full")
        assert ("/anothers" in caplog.text) == told
        assert "somebody's pool is full" in caplog.text


async def test_what_others_set_for_that_log_holds_for_them_and_makes_us_deaf_to_nothing(
    everywhere: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    everywhere.answers = 400
    log = logging.getLogger("urllib3.connectionpool")
    for level, told in ((logging.ERROR, False), (logging.NOTSET, True)):
        log.setLevel(level)
        assert await what_became_of(ByUrl(TWILIO), MESSAGE) is NO_MORE
        caplog.clear()
        log.warning("somebody's pool is full")
        assert ("pool is full" in caplog.text) == told


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
