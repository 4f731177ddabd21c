"""Customers' replies: read where they are replies, ignored where a provider sends something else, refused where unreadable."""

import json

import pytest

from adapters.channels.replies import StandardReplies
from ports.inbound_webhooks import InvalidPayload
from ports.replies import CustomerReply

DATA = {"from": "whatsapp:+44 7700 900123", "text": "STOP"}


def body(type_: object, data: object = DATA) -> bytes:
    return json.dumps({"type": type_, "data": data}).encode()


def test_a_reply_is_read() -> None:
    assert StandardReplies().read(body("message.received")) == CustomerReply("+447700900123", "STOP")


@pytest.mark.parametrize("data", [DATA, {"status": "delivered"}, None])
def test_another_event_of_the_provider_is_no_reply_and_no_error(data: object) -> None:
    assert StandardReplies().read(body("message.delivered", data)) is None


@pytest.mark.parametrize(
    "unreadable", [b"", b"[]", body(None), body(7), body("message.received", {"from": "ada", "text": "STOP"})]
)
def test_what_cannot_be_read_is_refused(unreadable: bytes) -> None:
    with pytest.raises(InvalidPayload):
        StandardReplies().read(unreadable)
