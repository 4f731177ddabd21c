"""A text by URL is sent to the customer alone, or not at all."""

from contextlib import suppress

import pytest

from adapters.channels.apprise_channel import AppriseChannel, rejection_reason
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown
from tests.adapters.channel_urls import BY_NUMBER, TWILIO, VOIPMS
from tests.adapters.fake_text_provider import MESSAGE, FakeTextProvider


@pytest.mark.parametrize("url", [*BY_NUMBER, VOIPMS])
async def test_a_text_goes_to_the_customers_number_or_is_not_sent(
    fake_provider: FakeTextProvider, url: str
) -> None:
    american = url == VOIPMS
    number = "+15005550001" if american else MESSAGE.to
    assert await rejection_reason(url) is None
    with suppress(ChannelUnavailable):  # an empty answer is not what every provider sends
        await AppriseChannel(url).send(MESSAGE.model_copy(update={"to": number}))
    assert any(number.removeprefix("+1" if american else "+") in body for body in fake_provider.bodies)
    fake_provider.received.clear()
    # Numbers by E.164 that the library does not know: it would text its own number instead, or none.
    for odd in ("+298123456", "+1234567", "+123456789012345"):
        with pytest.raises(Bounced, match="not a target"):
            await AppriseChannel(url).send(MESSAGE.model_copy(update={"to": odd}))
    assert fake_provider.received == []


async def test_a_number_without_its_country_is_not_taken_for_an_american_one(
    fake_provider: FakeTextProvider,
) -> None:
    for foreign in ("+4412345678", "+447700900123"):
        with pytest.raises(Bounced, match="not a target"):
            await AppriseChannel(VOIPMS).send(MESSAGE.model_copy(update={"to": foreign}))
    assert fake_provider.received == []


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
    ("url", "to"),
    [*((number, MESSAGE.to) for number in TWO_NUMBERS), *((name, CUSTOMER) for name in TWO_NAMES)],
)
async def test_a_url_with_two_recipients_is_refused_as_each_retry_would_reach_both(
    fake_provider: FakeTextProvider, url: str, to: str
) -> None:
    assert await rejection_reason(url) == "multiple_recipients"
    with pytest.raises(Bounced, match="not a target"):
        await AppriseChannel(url).send(MESSAGE.model_copy(update={"to": to}))
    assert fake_provider.received == []


async def test_the_operator_has_one_recipient_too_however_they_are_batched(
    fake_provider: FakeTextProvider,
) -> None:
    url = f"clicksend://user:key@{{to}}/{OTHER}?batch=yes"
    assert await rejection_reason(url, unrestricted=True) == "multiple_recipients"
    with pytest.raises(Bounced, match="multiple_recipients"):
        await AppriseChannel(url, unrestricted=True).send(MESSAGE)
    once = "clicksend://user:key@{to}?batch=yes&retry=2"
    assert await rejection_reason(once, unrestricted=True) is None
    await AppriseChannel(once, unrestricted=True).send(MESSAGE)
    assert len(fake_provider.received) == 1


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
async def test_push_and_chat_go_by_our_name_of_the_customer(
    fake_provider: FakeTextProvider, url: str
) -> None:
    assert await rejection_reason(url) is None
    with suppress(DeliveryUnknown):  # an empty answer is not what every provider sends
        await AppriseChannel(url).send(MESSAGE.model_copy(update={"to": CUSTOMER}))
    assert len(fake_provider.received) == 1


async def test_a_channel_where_our_customer_id_is_no_target_bounces(
    fake_provider: FakeTextProvider,
) -> None:
    url = f"pover://{'1' * 30}@{'2' * 30}/{{to}}"
    assert await rejection_reason(url) == "no_recipient_placeholder"
    with pytest.raises(Bounced):
        await AppriseChannel(url).send(MESSAGE.model_copy(update={"to": CUSTOMER}))
    assert fake_provider.received == []


async def test_the_senders_number_is_not_taken_for_the_recipient() -> None:
    assert await rejection_reason(TWILIO.replace("+15005550006/{to}", "{to}")) == "no_recipient_placeholder"
