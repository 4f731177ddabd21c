"""A receiver of the shop's webhooks: it keeps each call and answers what it is told."""

import asyncio
from typing import NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.patience import PATIENCE


class Call(NamedTuple):
    """One webhook call."""

    path: str
    body: bytes
    headers: dict[str, str]


class WebhookReceiver:
    """Listens on loopback. status: what it answers."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.status = 200
        self._arrived = asyncio.Event()
        app = web.Application()
        app.router.add_post("/{tail:.*}", self._take)
        self.server = TestServer(app)

    async def _take(self, request: web.Request) -> web.Response:
        self.calls.append(Call(request.path, await request.read(), dict(request.headers)))
        self._arrived.set()
        return web.Response(status=self.status)

    def url(self, path: str) -> str:
        """The address of a path here."""
        return str(self.server.make_url(path))

    def at(self, path: str) -> list[Call]:
        """The calls of that path."""
        return [call for call in self.calls if call.path == path]

    async def until(self, path: str, number: int) -> list[Call]:
        """The calls of that path once there are so many."""
        async with asyncio.timeout(PATIENCE):
            while len(self.at(path)) < number:
                self._arrived.clear()
                await self._arrived.wait()
        return self.at(path)
