"""The channel to the merchant's own system: what was accepted there, and how it is signed."""

import pytest
from aiohttp.test_utils import TestServer

from adapters.channels.webhook import WebhookChannel
from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown
from tests.adapters.fake_text_provider import HANGS_UP, MESSAGE, FakeTextProvider

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize(
    ("answers", "perhaps"),
    [(429, False), (503, False), (500, True), (504, True), (302, True), (HANGS_UP, True)],
)
async def test_a_receiver_that_got_it_and_did_not_refuse_may_have_accepted_it(
    provider: tuple[FakeTextProvider, TestServer], answers: int, perhaps: bool
) -> None:
    fake, server = provider
    fake.answers = answers
    sender = HttpWebhookTransport(EgressPolicy(unrestricted=True))
    channel = WebhookChannel(sender, str(server.make_url("/tell")), SECRET)
    with pytest.raises(ChannelUnavailable) as problem:
        await channel.send(MESSAGE)
    assert isinstance(problem.value, DeliveryUnknown) == perhaps
    await server.close()
    with pytest.raises(ChannelUnavailable) as problem:
        await channel.send(MESSAGE)
    assert not isinstance(problem.value, DeliveryUnknown)
    await sender.close()


async def test_the_webhook_channel_posts_signed_messages_under_their_id(
    provider: tuple[FakeTextProvider, TestServer],
) -> None:
    fake, server = provider
    sender = HttpWebhookTransport(EgressPolicy(unrestricted=True))
    channel = WebhookChannel(sender, str(server.make_url("/tell")), SECRET)
    for _ in range(2):
        await channel.send(MESSAGE)
    assert {headers["webhook-id"] for _, _, headers in fake.received} == {"msg_1/sms"}
    _, body, headers = fake.received[0]
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
    for status, problem in (
        (404, Bounced),
        (410, Bounced),
        (429, ChannelUnavailable),
        (500, ChannelUnavailable),
    ):
        fake.answers = status
        with pytest.raises(problem):
            await channel.send(MESSAGE)
    await sender.close()
