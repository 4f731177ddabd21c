"""E-mail, against a real SMTP server: only the server's permanent refusal of a recipient ends a message."""

import asyncio
import email
import email.policy
import time
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.channels.smtp import Smtp
from adapters.channels.smtp_server import SmtpServer
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown
from tests.adapters.fake_smtp_server import FakeSmtpServer, start_server
from tests.adapters.smtp_channel import channel, message

Opened = tuple[FakeSmtpServer, int]


@pytest_asyncio.fixture
async def mail_server() -> AsyncIterator[Opened]:
    smtp_server = FakeSmtpServer()
    server = await start_server(smtp_server)
    yield smtp_server, server.sockets[0].getsockname()[1]
    server.close()


async def test_a_message_arrives_whole_in_every_language(mail_server: Opened) -> None:
    smtp_server, port = mail_server
    await channel(port).send(message())
    [envelope] = smtp_server.mail
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@shop.test", ["jane@customer.test"])
    mail = smtp_server.message()
    assert mail["Subject"] == "Geld zurück 🎁"
    assert mail["From"] == "Shop Ä <no-reply@shop.test>"
    assert mail.get_content() == "Grüße\r\n東京\r\n"
    assert mail["Date"].datetime is not None


async def test_the_message_id_is_stable_over_retries_and_whole_however_long(mail_server: Opened) -> None:
    smtp_server, port = mail_server
    long = "ord_1:" + "reason " * 30
    for message_id in ("ret_1/refunded/1", "ret_1/refunded/1", long, long, long + "2"):
        await channel(port).send(message(message_id=message_id))
    ids = []
    for envelope in smtp_server.mail:
        assert isinstance(envelope.content, bytes)
        ids.append(email.message_from_bytes(envelope.content)["Message-ID"].strip())
    assert ids[:2] == ["<ret_1/refunded/1@smot>"] * 2
    assert ids[2] == ids[3] != ids[4]
    assert all(one.startswith("<") and one.endswith("@smot>") and len(one) <= 70 for one in ids)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
@pytest.mark.parametrize("code", [550, 552, 554])
async def test_a_permanent_refusal_of_the_recipient_or_the_text_bounces(
    mail_server: Opened, step: str, code: int
) -> None:
    smtp_server, port = mail_server
    smtp_server.answers[step] = f"{code} jane@customer.test is not here"
    with pytest.raises(Bounced, match=str(code)) as bounced:
        await channel(port).send(message())
    assert "jane" not in str(bounced.value)
    assert bounced.value.__suppress_context__


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("RCPT", "450 greylisted"),
        ("RCPT", "451 try later"),
        ("RCPT", "452 mailbox full"),
        ("DATA", "451 try later"),
        ("DATA", "421 going down"),
        ("MAIL", "451 try later"),
        ("MAIL", "550 sender not allowed"),
        ("RCPT", "530 log in first"),
    ],
)
async def test_a_temporary_refusal_or_one_of_our_account_may_be_retried(
    mail_server: Opened, step: str, answer: str
) -> None:
    smtp_server, port = mail_server
    smtp_server.answers[step] = answer
    with pytest.raises(ChannelUnavailable) as unreachable:
        await channel(port).send(message())
    assert "jane" not in str(unreachable.value)
    smtp_server.answers.clear()
    await channel(port).send(message())
    assert len(smtp_server.mail) == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
async def test_a_hanging_server_is_given_up_in_time(mail_server: Opened, step: str) -> None:
    smtp_server, port = mail_server
    smtp_server.hangs_at = step
    began = time.monotonic()
    with pytest.raises(ChannelUnavailable):
        await channel(port, timeout=0.3).send(message())
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(("step", "taken"), [("MAIL", False), ("RCPT", False), ("DATA", True)])
async def test_only_a_hang_after_the_text_began_may_have_been_accepted(
    mail_server: Opened, step: str, taken: bool
) -> None:
    smtp_server, port = mail_server
    smtp_server.hangs_at = step
    with pytest.raises(ChannelUnavailable) as problem:
        await channel(port, timeout=0.3).send(message())
    assert isinstance(problem.value, DeliveryUnknown) == taken


@pytest.mark.parametrize("answer", ["451 try later", "421 going down"])
async def test_a_server_that_refuses_the_text_has_not_accepted_it(mail_server: Opened, answer: str) -> None:
    smtp_server, port = mail_server
    smtp_server.answers["DATA"] = answer
    with pytest.raises(ChannelUnavailable) as problem:
        await channel(port).send(message())
    assert not isinstance(problem.value, DeliveryUnknown)


@pytest.mark.parametrize("how", ["hang", "refuse"])
async def test_an_error_after_acceptance_does_not_send_it_again(mail_server: Opened, how: str) -> None:
    smtp_server, port = mail_server
    smtp_server.hangs_at = "QUIT" if how == "hang" else None
    smtp_server.answers["QUIT"] = "421 no"
    await channel(port).send(message())
    assert len(smtp_server.mail) == 1


async def test_encryption_that_was_required_is_never_given_up(mail_server: Opened) -> None:
    smtp_server, port = mail_server
    modes: list[Literal["starttls", "implicit"]] = ["starttls", "implicit"]
    for tls in modes:
        smtp = Smtp(SmtpServer("127.0.0.1", port, tls=tls, timeout=1.0), "no-reply@shop.test")
        with pytest.raises(ChannelUnavailable):
            await smtp.send(message())
    assert smtp_server.mail == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_the_login_is_used_and_a_wrong_one_bounces_nothing() -> None:
    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=getattr(data, "password", b"") == b"right", handled=False)

    smtp_server = FakeSmtpServer()
    server = await start_server(smtp_server, authenticator=check, auth_required=True, auth_require_tls=False)
    port = server.sockets[0].getsockname()[1]
    for login in (None, ("shop", "wrong")):
        with pytest.raises(ChannelUnavailable):
            await Smtp(SmtpServer("127.0.0.1", port, login=login, timeout=5.0), "no-reply@shop.test").send(
                message()
            )
    await Smtp(
        SmtpServer("127.0.0.1", port, login=("shop", "right"), timeout=5.0), "no-reply@shop.test"
    ).send(message())
    assert len(smtp_server.mail) == 1
    server.close()


@pytest.mark.parametrize(
    "to",
    [
        "",
        "jane",
        "@customer.test",
        "jane@",
        "a@b.test, c@d.test",
        "a@b.test\r\nBcc: c@d.test",
        "a b@c.test",
        "<>",
    ],
)
async def test_what_is_not_one_address_bounces_before_the_server_is_contacted(
    mail_server: Opened, to: str
) -> None:
    smtp_server, port = mail_server
    with pytest.raises(Bounced):
        await channel(port).send(message(to=to))
    assert smtp_server.mail == []


@settings(max_examples=500)
@given(st.text(alphabet='ab@@..<>()",;: \\[]=?é\r\n\t\x00', max_size=12), st.text(max_size=12))
def test_an_unusual_address_or_subject_is_sent_or_bounces_and_never_breaks_the_sender(
    to: str, subject: str
) -> None:
    nobody = Smtp(
        SmtpServer("127.0.0.1", 1, timeout=1.0), "no-reply@shop.test"
    )  # port 1: a sender that works raises Unreachable
    with pytest.raises((Bounced, ChannelUnavailable)):
        asyncio.run(nobody.send(message(to=to, subject=subject)))


async def test_a_subject_cannot_add_headers(mail_server: Opened) -> None:
    smtp_server, port = mail_server
    with pytest.raises(Bounced):
        await channel(port).send(message(subject="hello\r\nBcc: c@d.test"))
    assert smtp_server.mail == []


async def test_a_text_line_with_a_single_dot_does_not_end_the_message(mail_server: Opened) -> None:
    smtp_server, port = mail_server
    text = "before\n.\n..after\n" + "x" * 3000 + "\n"
    await channel(port).send(message(text=text))
    assert smtp_server.message().get_content().splitlines() == text.splitlines()


def test_a_sender_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(ValueError):
        Smtp(SmtpServer("127.0.0.1", 25), "no sender")


async def test_a_message_has_html_text_and_the_given_headers(
    mail_server: Opened,
) -> None:
    smtp_server, port = mail_server
    link = {
        "List-Unsubscribe": "<https://shop.test/u/1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    dressed = message().model_copy(update={"html": "<p>Grüße 東京</p>", "headers": link})
    await channel(port).send(dressed)
    mail = smtp_server.message()
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content() == "Grüße\r\n東京\r\n"
    assert "<p>Grüße 東京</p>" in html.get_content()
    assert {name: mail[name] for name in link} == link


async def test_a_message_with_a_line_break_in_a_header_is_not_sent(mail_server: Opened) -> None:
    smtp_server, port = mail_server
    wrong = message().model_copy(update={"headers": {"List-Unsubscribe": "<x>\r\nBcc: eve@evil.test"}})
    with pytest.raises(Bounced):
        await channel(port).send(wrong)
    assert smtp_server.mail == []
