"""What a provider's answer to a text means: taken, refused for good, not taken now, or nobody knows."""

import asyncio
import importlib
import json
import logging

import pytest
from aiohttp.test_utils import TestServer

from adapters.channels.by_url import ByUrl
from tests.adapters.channel_urls import SINCH, TWILIO, VONAGE, WHATSAPP
from tests.adapters.provider import HANGS_UP, LATER, MESSAGE, NO_MORE, OPEN, Provider, what_became_of


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
