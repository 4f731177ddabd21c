"""A provider of texts and chat as a real HTTP server, and the outcome of a message sent to it."""

import asyncio
import json
from typing import Any

from aiohttp import web

from adapters.channels.apprise_channel import AppriseChannel
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message

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
# The outcomes of a message.
BOUNCED, NOT_ACCEPTED, OUTCOME_UNKNOWN = Bounced, ChannelUnavailable, DeliveryUnknown
HANGS_UP = 0  # after it has read everything


class FakeTextProvider:
    """Accepts every message and answers as set; `later` is the answer from the second message on."""

    def __init__(self) -> None:
        self.answers, self.says = 200, ""
        self.later: int | None = None
        self.slow = 0.0  # seconds
        self.received: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.bodies: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        text = await request.text()
        body = json.loads(text) if text.startswith("{") else {}
        self.received.append((request.path, body, dict(request.headers)))
        self.bodies.append(f"{request.path_qs} {text}")
        answers = self.answers if self.later is None or len(self.received) == 1 else self.later
        await asyncio.sleep(self.slow)
        if answers == HANGS_UP:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=answers, text=self.says)


async def delivery_error(texts: AppriseChannel, message: Message) -> type[Exception] | None:
    try:
        await texts.send(message)
    except (Bounced, ChannelUnavailable) as problem:
        return type(problem)
    return None
