"""The webhook channel: the merchant's own system is told what to tell its customer, signed as Standard Webhooks says."""

import json

from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message
from ports.webhooks import WebhookMessage, WebhookTransport

_FIELDS = {"message_id", "to", "subject", "text", "html", "kind", "order", "topic"}
_RETRYABLE = {408, 425, 429}
_NOT_ACCEPTED = {501, 503}  # other 5xx come also after the work was done


class WebhookChannel:
    """A Channel to one URL. The message id is the `webhook-id`, so a second copy can be known and dropped."""

    deduplicates = True

    def __init__(self, sender: WebhookTransport, url: str, secret: str) -> None:
        self._sender, self._url, self._secret = sender, url, secret

    async def send(self, message: Message) -> None:
        """Raises Bounced for a no of the receiver (4xx), Unreachable for anything that may pass.

        PerhapsTaken where the receiver got it and did not say no.
        """
        data = message.model_dump(include=_FIELDS)
        body = json.dumps({"type": "notice.message", "data": data}, ensure_ascii=False)
        answer = await self._sender.send(
            WebhookMessage(url=self._url, id=message.message_id, body=body, secrets=[self._secret])
        )
        if answer.accepted:
            return
        status = answer.status or 0
        if 400 <= status < 500 and status not in _RETRYABLE:
            raise Bounced(answer.reason)
        if answer.not_sent or status in _RETRYABLE | _NOT_ACCEPTED:
            raise ChannelUnavailable(answer.reason)
        raise DeliveryUnknown(answer.reason)
