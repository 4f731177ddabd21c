"""Replies of customers, signed as Standard Webhooks 1.0.0 says.

{"type": "message.received", "data": {"from": "+447700900123", "text": "STOP"}}
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from adapters import untrusted_json
from adapters.standard_webhook_signature import verify_standard_webhook
from ports.replies import CustomerReply

_SCHEME = re.compile(r"^(?:whatsapp|sms|tel):", re.IGNORECASE)


def _number(text: object) -> object:
    """The number as E.164, from every spelling of providers: `whatsapp:+44…`, `0044…`, without the plus, with blanks."""
    if not isinstance(text, str):
        return text
    digits = re.sub(r"[\s().-]", "", _SCHEME.sub("", text.strip()))
    return "+" + re.sub(r"^(?:\+|00)", "", digits)


class _ReplyData(BaseModel):
    sender: Annotated[
        str, Field(alias="from", max_length=64, pattern=r"^\+[1-9][0-9]{6,14}$"), BeforeValidator(_number)
    ]
    text: Annotated[str, Field(max_length=2000)]


class _Event(BaseModel):
    """What every event of a provider has, of whatever type. Unknown fields are ignored."""

    type: str


class _Reply(_Event):
    data: _ReplyData


class StandardReplies:
    """The documented form of replies."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """See the port. The delivery's id is the header `webhook-id`."""
        return verify_standard_webhook(headers, body, secrets, now)

    def read(self, body: bytes) -> CustomerReply | None:
        """See the port. Providers send to one address also what became of our own messages."""
        content = untrusted_json.parse(body)
        with untrusted_json.FieldErrors("body"):
            if _Event.model_validate(content).type != "message.received":
                return None
            data = _Reply.model_validate(content).data
        return CustomerReply(phone=data.sender, text=data.text)
