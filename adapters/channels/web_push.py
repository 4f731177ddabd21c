"""Push messages to the browsers that a customer registered (RFC 8030): the letter's subject, and the order's page behind it."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from adapters.channels.push_encryption import LARGEST, BadPushKey, encrypt_push
from adapters.channels.vapid import Vapid
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message
from ports.web_push import PushDevice, PushDevices, PushTransport
from ports.webhooks import WebhookResponse

_GONE: Final = (404, 410)
_RETRYABLE: Final = (408, 425, 429, 503)
_PASSING: Final = ("no_connection", "tls")  # a name that no resolver knows is no push service
_DAY: Final = 24 * 3600  # seconds for which a service keeps a message for a device that is off
_LONGEST: Final = 300  # characters of a text on a screen


class WebPushChannel:
    """A Channel to all devices of a customer, `message.to`. One that took the message is enough.

    A second message with the same id replaces the first, at the push service and on the screen. A device whose service
    says that it is gone is removed. clock: real time.
    """

    deduplicates = True

    def __init__(
        self, devices: PushDevices, transport: PushTransport, vapid: Vapid, clock: Callable[[], datetime]
    ) -> None:
        self._devices, self._transport, self._vapid, self._clock = devices, transport, vapid, clock

    async def send(self, message: Message) -> str | None:
        """See the port. Bounced: the customer has no device, or none that takes messages."""
        answers = [
            await self._send_to(device, message)
            for device in await self._devices.of(message.merchant, message.to)
        ]
        accepted = [one for one in answers if one.accepted]
        if accepted:
            return f"{len(accepted)} of {len(answers)} devices"
        reasons = ", ".join(sorted({one.reason for one in answers})) or "no device"
        if any(_is_unknown(one) for one in answers):
            raise DeliveryUnknown(reasons)
        if any(one.error in _PASSING or one.status in _RETRYABLE for one in answers):
            raise ChannelUnavailable(reasons)
        raise Bounced(reasons)

    async def _send_to(self, device: PushDevice, message: Message) -> WebhookResponse:
        try:
            body = encrypt_push(_shown(message), device.p256dh, device.auth)
        except BadPushKey:
            answer = WebhookResponse(410)
        else:
            answer = await self._transport.post(device.endpoint, self._headers(device, message), body)
        if answer.status in _GONE:
            await self._devices.remove(message.merchant, device)
        return answer

    def _headers(self, device: PushDevice, message: Message) -> dict[str, str]:
        """`Topic`: a message that waits for a device is replaced by a second one with the same id."""
        return {
            "Authorization": self._vapid.authorization(device.endpoint, self._clock()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(_DAY),
            "Urgency": "normal",
            "Topic": _topic(message.message_id),
            "User-Agent": "smot",
        }


def _is_unknown(answer: WebhookResponse) -> bool:
    """The service got the message and did not refuse it."""
    if answer.status is None:
        return not answer.not_sent
    return answer.status not in _RETRYABLE and (answer.status >= 500 or 300 <= answer.status < 400)


def _shown(message: Message) -> bytes:
    """What the device shows. A screen is read by others, so it has the subject and nothing of the text."""
    document = {
        "title": message.brand[:_LONGEST],
        "body": message.subject[:_LONGEST],
        "tag": _topic(message.message_id),
        "page": message.page,
    }
    text = json.dumps(document, ensure_ascii=False).encode()
    return text if len(text) <= LARGEST else json.dumps({**document, "page": ""}, ensure_ascii=False).encode()


def _topic(message_id: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(message_id.encode()).digest()[:24]).decode()
