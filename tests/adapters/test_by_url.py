"""Texts and chat by URL: against a real HTTP server, through the library that knows the providers."""

import importlib
from contextlib import suppress

import pytest
from aiohttp.test_utils import TestServer

from adapters.channels.apprise_channel import AppriseChannel, rejection_reason
from ports.channels import Bounced, ChannelUnavailable
from tests.adapters.fake_text_provider import MESSAGE, FakeTextProvider


async def test_a_text_is_handed_to_the_provider_with_the_number_in_its_place(
    provider: tuple[FakeTextProvider, TestServer], caplog: pytest.LogCaptureFixture
) -> None:
    fake, server = provider
    await AppriseChannel(f"json://127.0.0.1:{server.port}/sms/{{to}}", unrestricted=True).send(MESSAGE)
    [(path, body, _)] = fake.received
    assert path == "/sms/+447700900123"
    assert (body["title"], body["message"]) == ("Your parcel", "It may be late.")
    assert "447700900123" not in caplog.text


async def test_a_url_that_the_phone_number_makes_invalid_bounces() -> None:
    with pytest.raises(Bounced):
        await AppriseChannel("nobody-knows-this://{to}").send(MESSAGE)


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
async def test_merchants_channels_reach_providers_and_no_private_address(
    url: str, anywhere: bool, why: str | None
) -> None:
    assert await rejection_reason(url, unrestricted=anywhere) == why


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
    provider: tuple[FakeTextProvider, TestServer], url: str, why: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, server = provider
    pushy = importlib.import_module("apprise.plugins.pushy").NotifyPushy
    # No real provider is called.
    monkeypatch.setattr(pushy, "notify_url", str(server.make_url("/provider/{apikey}")))
    full = url.format(port=server.port)
    if why is not None:
        assert await rejection_reason(full) == why
    with suppress(Bounced, ChannelUnavailable):
        await AppriseChannel(full).send(MESSAGE)
    assert [path for path, _, _ in fake.received if not path.startswith("/provider/")] == []
