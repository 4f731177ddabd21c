"""Answers are compressed where that cannot tell a stranger a secret."""

import gzip
from collections.abc import Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from api.http.compression import compress
from pages.web.form_tokens import masked, unmasked

LONG = "a page of an order " * 200


def application() -> web.Application:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text=f"<p>{LONG}</p>", content_type="text/html")

    async def small(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def tagged(_: web.Request) -> web.Response:
        return web.json_response({"text": LONG}, headers={"ETag": '"7"'})

    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=LONG.encode(), content_type="image/png")

    async def events(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(LONG.encode())
        return answer

    app = web.Application(middlewares=[compress])
    app.router.add_get("/page", page)
    app.router.add_get("/small", small)
    app.router.add_get("/tagged", tagged)
    app.router.add_get("/picture", picture)
    app.router.add_get("/events", events)
    return app


async def coding(path: str, headers: Mapping[str, str]) -> tuple[str, bytes]:
    async with (
        TestServer(application()) as server,
        TestClient(server, auto_decompress=False) as client,
        client.get(path, headers=headers) as answer,
    ):
        return answer.headers.get("Content-Encoding", ""), await answer.read()


COOKIE = {"Accept-Encoding": "gzip", "Cookie": "smot_session=x"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Accept-Encoding": "gzip, deflate, br"}, "gzip"),
        ({"Accept-Encoding": "br;q=1.0, gzip;q=0.5"}, "gzip"),
        ({"Accept-Encoding": "gzip;q=0"}, ""),
        ({"Accept-Encoding": "identity"}, ""),
        (COOKIE, ""),
        ({**COOKIE, "Sec-Fetch-Site": "cross-site"}, ""),
        ({**COOKIE, "Sec-Fetch-Site": "same-site"}, ""),
        ({**COOKIE, "Sec-Fetch-Site": "same-origin"}, "gzip"),
        ({**COOKIE, "Sec-Fetch-Site": "none"}, "gzip"),
    ],
)
async def test_a_page_is_compressed_unless_another_site_may_have_asked_for_it(
    headers: Mapping[str, str], expected: str
) -> None:
    sent, body = await coding("/page", headers)
    assert sent == expected
    assert (gzip.decompress(body) if sent else body).decode() == f"<p>{LONG}</p>"


@pytest.mark.parametrize("path", ["/small", "/tagged", "/picture", "/events"])
async def test_what_is_short_or_tagged_or_a_picture_or_a_stream_is_sent_as_it_is(path: str) -> None:
    assert (await coding(path, {"Accept-Encoding": "gzip"}))[0] == ""


def test_the_hidden_field_is_another_text_on_every_page_and_the_same_token() -> None:
    token = "0123456789abcdef" * 2
    shown = {masked(token) for _ in range(10)}
    assert len(shown) == 10
    assert {unmasked(one) for one in shown} == {token}
    assert [unmasked(text) for text in ("", "0", "zz", token[:2], "ü")] == [""] * 5
