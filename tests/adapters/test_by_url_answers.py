"""What a provider's answer to a text means: accepted, refused for good, not accepted now, or unknown."""

import asyncio
import importlib
import json
import logging

import pytest
from aiohttp.test_utils import TestServer

from adapters.channels.apprise_channel import AppriseChannel
from tests.adapters.channel_urls import SINCH, TWILIO, VONAGE, WHATSAPP
from tests.adapters.fake_text_provider import (
    BOUNCED,
    HANGS_UP,
    MESSAGE,
    NOT_ACCEPTED,
    OUTCOME_UNKNOWN,
    FakeTextProvider,
    delivery_error,
)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (400, BOUNCED), (404, BOUNCED), (410, BOUNCED), (422, BOUNCED),
        (401, NOT_ACCEPTED), (403, NOT_ACCEPTED), (408, NOT_ACCEPTED), (413, NOT_ACCEPTED),
        (429, NOT_ACCEPTED), (503, NOT_ACCEPTED),
        (500, OUTCOME_UNKNOWN), (502, OUTCOME_UNKNOWN), (504, OUTCOME_UNKNOWN), (304, OUTCOME_UNKNOWN),
        (HANGS_UP, OUTCOME_UNKNOWN),
    ],
)  # fmt: skip
async def test_only_a_refusal_or_no_connection_means_not_accepted(
    provider: tuple[FakeTextProvider, TestServer],
    answers: int,
    outcome: type[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake, server = provider
    fake.answers = answers
    texts = AppriseChannel(f"json://127.0.0.1:{server.port}/{{to}}", unrestricted=True)
    with caplog.at_level(logging.DEBUG):
        assert await delivery_error(texts, MESSAGE) is outcome
        await server.close()
        assert await delivery_error(texts, MESSAGE) is NOT_ACCEPTED
    assert "447700900123" not in caplog.text


async def test_an_answer_that_does_not_come_in_time_leaves_the_outcome_unknown(
    provider: tuple[FakeTextProvider, TestServer],
) -> None:
    fake, server = provider
    fake.slow = 1.0
    texts = AppriseChannel(f"json://127.0.0.1:{server.port}/{{to}}?rto=0.2", unrestricted=True)
    assert await delivery_error(texts, MESSAGE) is OUTCOME_UNKNOWN


@pytest.mark.parametrize("later", [400, 429, HANGS_UP])
async def test_a_long_text_of_which_a_part_was_accepted_is_not_sent_again(
    provider: tuple[FakeTextProvider, TestServer], later: int
) -> None:
    fake, server = provider
    fake.later = later
    long = MESSAGE.model_copy(update={"text": "It may be late. " * 3000})
    texts = AppriseChannel(f"json://127.0.0.1:{server.port}/{{to}}?overflow=split", unrestricted=True)
    assert await delivery_error(texts, long) is OUTCOME_UNKNOWN
    assert len(fake.received) > 1


async def test_an_unanswered_part_of_a_text_decides_over_a_refused_part(
    provider: tuple[FakeTextProvider, TestServer],
) -> None:
    fake, server = provider
    fake.answers, fake.later = 400, HANGS_UP
    long = MESSAGE.model_copy(update={"text": "It may be late. " * 3000})
    texts = AppriseChannel(f"json://127.0.0.1:{server.port}/{{to}}?overflow=split", unrestricted=True)
    assert await delivery_error(texts, long) is OUTCOME_UNKNOWN


@pytest.mark.parametrize("url", [TWILIO, SINCH, WHATSAPP, VONAGE])
@pytest.mark.parametrize(
    ("answers", "code", "outcome"),
    [
        (400, 21211, BOUNCED),
        (404, 20404, BOUNCED),
        (401, 20003, NOT_ACCEPTED),
        (429, 20429, NOT_ACCEPTED),
        (500, 400, OUTCOME_UNKNOWN),
    ],
)
async def test_the_http_status_decides_and_not_the_providers_code(
    fake_provider: FakeTextProvider, url: str, answers: int, code: int, outcome: type[Exception]
) -> None:
    fake_provider.answers = answers
    fake_provider.says = json.dumps({"code": code, "message": "no", "error": {"code": code, "message": "no"}})
    assert await delivery_error(AppriseChannel(url), MESSAGE) is outcome


async def test_texts_of_a_provider_or_a_message_are_not_taken_for_a_lost_connection(
    fake_provider: FakeTextProvider,
) -> None:
    fake_provider.answers = 500
    fake_provider.says = "Socket Exception: (Caused by NewConnectionError(error=400))"
    message = MESSAGE.model_copy(update={"text": fake_provider.says})
    for url in (TWILIO, VONAGE, WHATSAPP):
        assert await delivery_error(AppriseChannel(url), message) is OUTCOME_UNKNOWN


async def test_others_who_use_the_same_http_library_are_logged_as_before(
    provider: tuple[FakeTextProvider, TestServer], caplog: pytest.LogCaptureFixture
) -> None:
    _, server = provider
    get = importlib.import_module("requests").get
    await AppriseChannel(f"json://127.0.0.1:{server.port}/{{to}}", unrestricted=True).send(MESSAGE)
    for level, logged in ((logging.INFO, False), (logging.DEBUG, True)):
        caplog.clear()
        with caplog.at_level(level):
            await asyncio.to_thread(get, str(server.make_url("/anothers")))
            logging.getLogger("urllib3.connectionpool").warning("somebody's pool is full")
        assert ("/anothers" in caplog.text) == logged
        assert "somebody's pool is full" in caplog.text


async def test_log_levels_set_by_others_hold_for_them_and_hide_nothing_from_us(
    fake_provider: FakeTextProvider, caplog: pytest.LogCaptureFixture
) -> None:
    fake_provider.answers = 400
    log = logging.getLogger("urllib3.connectionpool")
    for level, logged in ((logging.ERROR, False), (logging.NOTSET, True)):
        log.setLevel(level)
        assert await delivery_error(AppriseChannel(TWILIO), MESSAGE) is BOUNCED
        caplog.clear()
        log.warning("somebody's pool is full")
        assert ("pool is full" in caplog.text) == logged
