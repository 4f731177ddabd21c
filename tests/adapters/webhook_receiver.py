"""A merchant's own server on loopback: it verifies signatures with the library and answers as set."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from tests.patience import PATIENCE

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebhookReceiver:
    """`received`: every message in order of arrival. `paths`: how a path answers, else 204. `secrets`: its secrets, by path."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.paths: dict[str, Behaviour] = {}
        self.secrets: dict[str, str] = {}
        self.base = ""

    def received_at(self, path: str) -> list[dict[str, Any]]:
        return [one for one in self.received if one["path"] == path]

    async def until(
        self, path: str, enough: Callable[[list[dict[str, Any]]], bool], seconds: float = PATIENCE
    ) -> list[dict[str, Any]]:
        """The messages that came there, once there are enough."""
        async with asyncio.timeout(seconds):
            while not enough(self.received_at(path)):
                await asyncio.sleep(0.02)
        return self.received_at(path)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode()
        self.received.append(
            {
                "path": request.path,
                "id": request.headers["webhook-id"],
                "verified": self._verified(request, body),
                "event": json.loads(body),
                "headers": dict(request.headers),
                "signatures": request.headers["webhook-signature"].split(" "),
            }
        )
        behaviour = self.paths.get(request.path)
        return await behaviour(request) if behaviour else web.Response(status=204)

    def _verified(self, request: web.Request, body: str) -> bool:
        try:
            Webhook(self.secrets.get(request.path, SECRET)).verify(body, dict(request.headers))
        except WebhookVerificationError:
            return False
        return True

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator["WebhookReceiver"]:
        receiver = cls()
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", receiver.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        receiver.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield receiver
        await runner.cleanup()


def respond_with(*statuses: int, **headers: str) -> Behaviour:
    """These statuses in turn, and then the last of them always."""
    left = list(statuses)

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=left.pop(0) if len(left) > 1 else left[0], headers=headers)

    return answer


async def hang(request: web.Request) -> web.StreamResponse:
    """Reads the message and does not answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def reset_connection(request: web.Request) -> web.StreamResponse:
    """Closes the connection in the middle."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def endless_body(request: web.Request) -> web.StreamResponse:
    """Answers 200, and then sends without end."""
    answer = web.StreamResponse(status=200)
    await answer.prepare(request)
    while True:
        await answer.write(b"x" * 65536)
