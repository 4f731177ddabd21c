"""The webhook channel: the merchant's own system gets each message and delivers it, signed as Standard Webhooks says."""

import json

from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message
from ports.webhooks import WebhookMessage, WebhookTransport

_FIELDS = {"message_id", "to", "subject", "text", "html", "kind", "order", "topic"}
_RETRYABLE = {408, 425, 429}
_NOT_ACCEPTED = {501, 503}  # other 5xx may come after the work was done


class WebhookChannel:
    """A Channel to one URL. The message id is the `webhook-id`, so the receiver can drop a second copy."""

    deduplicates = True

    def __init__(self, transport: WebhookTransport, url: str, secret: str) -> None:
        self._transport, self._url, self._secret = transport, url, secret

    async def send(self, message: Message) -> str | None:
        """See the port. Bounced: the receiver refused (4xx). ChannelUnavailable: a failure that may pass, and nothing arrived.

        DeliveryUnknown: the receiver got the message and did not refuse it.
        """
        data = message.model_dump(include=_FIELDS)
        body = json.dumps({"type": "notice.message", "data": data}, ensure_ascii=False)
        response = await self._transport.send(
            WebhookMessage(url=self._url, id=message.message_id, body=body, secrets=[self._secret])
        )
        if response.accepted:
            return f"status {response.status}"
        status = response.status or 0
        if 400 <= status < 500 and status not in _RETRYABLE:
            raise Bounced(response.reason)
        if response.not_sent or status in _RETRYABLE | _NOT_ACCEPTED:
            raise ChannelUnavailable(response.reason)
        raise DeliveryUnknown(response.reason)
