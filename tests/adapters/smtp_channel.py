"""The e-mail channel and a message, for the tests of SMTP."""

from adapters.channels.smtp import Smtp
from adapters.channels.smtp_server import SmtpServer
from ports.channels import Message


def channel(port: int, timeout: float = 5.0) -> Smtp:
    return Smtp(SmtpServer("127.0.0.1", port, timeout=timeout), "Shop Ä <no-reply@shop.test>")


def message(**more: str) -> Message:
    fields = {"message_id": "ret_1/refunded/1", "merchant": "m", "to": "jane@customer.test"}
    return Message(**(fields | {"subject": "Geld zurück 🎁", "text": "Grüße\n東京\n"} | more))
