"""Web Push: encrypted as the RFC's example, taken by a strict push service, and what each of its answers means."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.channels.push_encryption import (
    LARGEST,
    BadPushKey,
    encrypt_push,
    from_base64url,
    sealed_record,
)
from adapters.channels.vapid import Vapid
from adapters.channels.web_push import WebPushChannel
from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message
from ports.web_push import PushDevice
from tests.adapters.push_service import Browser, PushService, base64url

# RFC 8291, section 5 and appendix A.
PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
RECORD = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
    "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
MESSAGE = Message(
    message_id="msg_1/push",
    merchant="acme",
    to="cus_ada",
    subject="Your parcel is on its way",
    text="Hello Ada",
    brand="A shop",
    page="/o/link",
)
VAPID = Vapid(b"\x07" * 32, "mailto:shop@example.org")


def test_a_text_is_encrypted_as_in_the_rfc_s_example() -> None:
    number = int.from_bytes(from_base64url(SENDER))
    key = ec.derive_private_key(number, ec.SECP256R1())
    text = b"When I grow up, I want to be a watermelon"
    assert base64url(sealed_record(text, PUBLIC, AUTH, key, from_base64url(SALT))) == RECORD


def test_a_key_that_reads_nothing_is_refused_and_a_long_text_is_no_message() -> None:
    for p256dh, auth in (("A" * 87, AUTH), (PUBLIC, "AAAA"), (PUBLIC, "…"), (PUBLIC[:-2], AUTH)):
        with pytest.raises(BadPushKey):
            encrypt_push(b"", p256dh, auth)
    assert len(encrypt_push(b"x" * LARGEST, PUBLIC, AUTH)) == 4096
    with pytest.raises(ValueError, match="longer"):
        encrypt_push(b"x" * (LARGEST + 1), PUBLIC, AUTH)


@dataclass
class KeptDevices:
    """The port `PushDevices` in memory."""

    kept: list[PushDevice] = field(default_factory=list)

    async def of(self, merchant: str, customer: str) -> Sequence[PushDevice]:
        return [*self.kept]

    async def remove(self, merchant: str, device: PushDevice) -> None:
        self.kept.remove(device)

    def add(self, browser: Browser) -> Browser:
        self.kept.append(PushDevice(**browser.subscription))
        return browser


@dataclass
class Pushing:
    """A channel, the devices that it reaches, and their push service."""

    channel: WebPushChannel
    devices: KeptDevices
    service: PushService


@pytest.fixture
async def pushing() -> AsyncIterator[Pushing]:
    service, devices = PushService(), KeptDevices()
    async with TestServer(service.app()) as server:
        service.origin = str(server.make_url("")).rstrip("/")
        transport = HttpWebhookTransport(EgressPolicy(unrestricted=True), timeout=2)
        yield Pushing(WebPushChannel(devices, transport, VAPID, lambda: datetime.now(UTC)), devices, service)
        await transport.close()


async def test_every_device_of_the_customer_shows_one_line_and_a_copy_replaces_it(pushing: Pushing) -> None:
    browsers = [pushing.devices.add(pushing.service.browser(VAPID.public_key)) for _ in range(2)]
    for _ in range(2):
        assert await pushing.channel.send(MESSAGE) == "2 of 2 devices"
    assert pushing.service.refusals == []
    for browser in browsers:
        [shown] = browser.waiting.values()
        assert (shown["title"], shown["body"], shown["page"]) == ("A shop", MESSAGE.subject, "/o/link")
    await pushing.channel.send(MESSAGE.model_copy(update={"message_id": "msg_2/push", "page": ""}))
    assert [shown["page"] for shown in browsers[0].waiting.values()] == ["/o/link", ""]
    huge = MESSAGE.model_copy(update={"subject": "期" * 5000, "brand": "\N{SLICE OF PIZZA}" * 500})
    assert await pushing.channel.send(huge) == "2 of 2 devices"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_device_that_is_gone_is_removed_and_the_next_channel_has_its_turn(
    pushing: Pushing, status: int
) -> None:
    gone = pushing.devices.add(pushing.service.browser(VAPID.public_key))
    stays = pushing.devices.add(pushing.service.browser(VAPID.public_key))
    gone.answers = status
    assert await pushing.channel.send(MESSAGE) == "1 of 2 devices"
    assert [one.endpoint for one in pushing.devices.kept] == [stays.url]
    stays.answers = 410
    for reason in (f"status_{410}", "no device"):
        with pytest.raises(Bounced, match=reason):
            await pushing.channel.send(MESSAGE)


@pytest.mark.parametrize(
    ("status", "problem", "unknown"),
    [
        (400, Bounced, False),
        (403, Bounced, False),
        (413, Bounced, False),
        (429, ChannelUnavailable, False),
        (503, ChannelUnavailable, False),
        (500, ChannelUnavailable, True),
        (302, ChannelUnavailable, True),
    ],
)
async def test_an_answer_that_is_no_goodbye_keeps_the_device(
    pushing: Pushing, status: int, problem: type[Exception], unknown: bool
) -> None:
    pushing.devices.add(pushing.service.browser(VAPID.public_key)).answers = status
    with pytest.raises(problem) as found:
        await pushing.channel.send(MESSAGE)
    assert isinstance(found.value, DeliveryUnknown) == unknown
    assert len(pushing.devices.kept) == 1


async def test_nothing_is_sent_into_our_own_network(pushing: Pushing) -> None:
    pushing.devices.add(pushing.service.browser(VAPID.public_key))
    guarded = HttpWebhookTransport(EgressPolicy(ports=(443,)))
    channel = WebPushChannel(pushing.devices, guarded, VAPID, lambda: datetime.now(UTC))
    with pytest.raises(Bounced, match="scheme"):
        await channel.send(MESSAGE)
    await guarded.close()


async def test_a_push_service_that_is_down_has_the_message_later(pushing: Pushing) -> None:
    browser = pushing.devices.add(pushing.service.browser(VAPID.public_key))
    pushing.devices.kept[0] = PushDevice(**{**browser.subscription, "endpoint": "http://127.0.0.1:9/push"})
    with pytest.raises(ChannelUnavailable, match="no_connection") as problem:
        await pushing.channel.send(MESSAGE)
    assert not isinstance(problem.value, DeliveryUnknown)
