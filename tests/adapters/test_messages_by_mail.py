"""Messages by mail: a real SMTP server receives every kind in three languages, as text and as HTML."""

import email
import email.policy
from email.message import EmailMessage
from typing import get_args

import pytest

from adapters.channels.smtp import Smtp
from adapters.channels.smtp_server import SmtpServer
from adapters.messages.renderer import TemplateRenderer
from adapters.messages.sample_notices import sample_recipient, samples
from domain.model.notice import NoticeKind
from ports.channels import Bounced, Message
from tests.adapters.fake_smtp_server import FakeSmtpServer, start_server


def parsed(content: object) -> EmailMessage:
    assert isinstance(content, bytes)
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("locale", ["en", "de", "zh-Hans"])
async def test_every_kind_arrives_whole_as_text_and_as_html(locale: str) -> None:
    smtp_server, renderer, to = FakeSmtpServer(), TemplateRenderer(), sample_recipient(locale)
    server = await start_server(smtp_server)
    smtp = Smtp(
        SmtpServer("127.0.0.1", server.sockets[0].getsockname()[1], timeout=5.0), "no-reply@shop.test"
    )
    written = [renderer.render(sample, to) for sample in samples()]
    written.append(renderer.render_digest([(sample, to) for sample in samples()][:5]))
    for number, message in enumerate(written):
        await smtp.send(
            Message(
                message_id=f"n/{number}",
                merchant="acme",
                to="ada@customer.test",
                subject=message.subject,
                text=message.text,
                html=message.html,
                headers={"List-Unsubscribe": f"<{to.unsubscribe_url}>"},
                brand="Käthe & Söhne, 北京",
            )
        )
    server.close()
    assert {sample.kind for sample in samples()} == set(get_args(NoticeKind))
    assert len(smtp_server.mail) == len(written)
    for message, envelope in zip(written, smtp_server.mail, strict=True):
        mail = parsed(envelope.content)
        assert mail.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        assert mail["Subject"] == message.subject
        assert mail["From"].addresses[0].display_name == "Käthe & Söhne, 北京"
        assert mail["From"].addresses[0].addr_spec == "no-reply@shop.test"
        assert mail["List-Unsubscribe"] == f"<{to.unsubscribe_url}>"
        assert part(mail, "plain") == message.text
        assert part(mail, "html").rstrip("\n") == message.html.rstrip("\n")


async def test_an_unusual_brand_name_bounces_no_mail() -> None:
    smtp_server = FakeSmtpServer()
    server = await start_server(smtp_server)
    smtp = Smtp(
        SmtpServer("127.0.0.1", server.sockets[0].getsockname()[1], timeout=5.0), "Shop <no-reply@shop.test>"
    )
    for brand in ("A\r\nBcc: x@y.test", "\n", '"', "<a@b.test>", "x" * 3000):
        await smtp.send(
            Message(message_id="n", merchant="m", to="a@b.test", subject="s", text="t", brand=brand)
        )
    server.close()
    for envelope in smtp_server.mail:
        mail = parsed(envelope.content)
        assert (mail["Bcc"], mail["From"].addresses[0].addr_spec) == (None, "no-reply@shop.test")
        assert len(mail["From"].addresses) == 1
    assert len(smtp_server.mail) == 5


async def test_a_header_cannot_bring_another() -> None:
    smtp = Smtp(SmtpServer("127.0.0.1", 1, timeout=1.0), "no-reply@shop.test")
    for headers in ({"List-Unsubscribe": "<https://x.test>\r\nBcc: c@d.test"}, {"From": "c@d.test"}):
        with pytest.raises(Bounced):
            await smtp.send(
                Message(message_id="n", merchant="m", to="a@b.test", subject="s", text="t", headers=headers)
            )
