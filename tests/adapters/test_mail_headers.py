"""Subjects and senders' names arrive as they were written, in every script and however long."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address

import pytest

from adapters.channels.mail_message import mail_message
from ports.channels import Message
from tests.people import NAMES, TITLES

SENDER, CUSTOMER = Address("", "no-reply", "shop.test"), Address("", "jane", "customer.test")
WRITTEN = {**NAMES, **TITLES}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("before", ["", "The return of the lamp that you sent us back was accepted: "])
def test_subject_and_sender_arrive_as_they_were_written(text: str, before: str) -> None:
    subject = f"{before}{text} (order {text})"
    brand = f"{before[:20]}{text}"
    message = Message(
        message_id="m", merchant="acme", to="", subject=subject, text=text, html=text, brand=brand
    )
    sent = bytes(mail_message(message, SENDER, CUSTOMER))
    mail = message_from_bytes(sent, policy=policy.default)
    assert mail["Subject"] == subject
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().strip("\r\n") == text
    # Not read by the policy above: it puts a blank between two encoded words of a name.
    sender = message_from_bytes(sent, policy=policy.compat32)["From"]
    assert str(make_header(decode_header(sender))) == f"{brand} <no-reply@shop.test>"
    assert sent.isascii()
    assert max(map(len, sent.split(b"\r\n"))) <= 78


def test_a_brand_loses_only_what_breaks_a_header() -> None:
    message = Message(
        message_id="m",
        merchant="acme",
        to="",
        subject="s",
        text="t",
        brand="山田\u3000商店\r\nBcc: x\u2028\u202e",
    )
    mail = mail_message(message, SENDER, CUSTOMER)
    assert mail["From"].addresses[0].display_name == "山田\u3000商店 Bcc: x"


def test_letters_of_one_conversation_name_one_thread_and_others_name_none() -> None:
    message = Message(message_id="m", merchant="acme", to="", subject="s", text="t", thread="conversation_1")
    mail = mail_message(message, SENDER, CUSTOMER)
    assert mail["References"] == mail["In-Reply-To"] == "<conversation_1@smot>"
    alone = mail_message(message.model_copy(update={"thread": ""}), SENDER, CUSTOMER)
    assert (alone["References"], alone["In-Reply-To"]) == (None, None)
