"""E-mail over TLS with login, against a real SMTP server: the certificate is verified, and each step can be tried."""

import email
import email.policy
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.channels.smtp import Smtp
from adapters.channels.smtp_server import SmtpServer, Tls
from adapters.channels.smtp_trial import MailTrialFailed, try_mail_server
from ports.channels import Bounced, ChannelUnavailable, MailSender, Message
from tests.adapters.fake_smtp_server import FakeSmtpServer
from tests.adapters.smtp_channel import message
from tests.adapters.tls_certificates import PrivateAuthority
from tests.adapters.tls_mail_server import TlsMailServer

REFERENCE = "0123456789abcdef0123456789abcdef"


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


@pytest_asyncio.fixture
async def tls_server(tmp_path: Path) -> AsyncIterator[TlsMailServer]:
    server = TlsMailServer(PrivateAuthority(tmp_path), FakeSmtpServer())
    await server.open()
    yield server
    server.close()


def received(server: TlsMailServer) -> EmailMessage:
    [envelope] = server.handler.mail
    assert isinstance(envelope.content, bytes)
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_a_letter_leaves_encrypted_after_a_login_from_the_merchant_s_sender(
    tls_server: TlsMailServer, tls: Tls
) -> None:
    tls_server.handler.answers["DATA"] = "250 2.0.0 Ok: queued as 4XYZ for jane@customer.test"
    sender = MailSender(
        name="Kettle & Söhne",
        address="orders@kettle.test",
        reply_to="help@kettle.test",
        return_path="back@kettle.test",
    )
    smtp = Smtp(tls_server.server(tls), "Shop <no-reply@shop.test>", "bounces@shop.test")
    letter = message().model_copy(update={"sender": sender, "reference": REFERENCE})
    assert await smtp.send(letter) == "2.0.0 Ok: queued as 4XYZ for <address>"
    [envelope] = tls_server.handler.mail
    assert envelope.mail_from == f"back+{REFERENCE}@kettle.test"
    mail = received(tls_server)
    assert (mail["From"], mail["Reply-To"]) == ("Kettle & Söhne <orders@kettle.test>", "help@kettle.test")
    assert (mail["X-Smot-Letter"], mail["To"]) == (REFERENCE, "jane@customer.test")


async def test_without_a_merchant_s_sender_the_deployment_s_is_used(tls_server: TlsMailServer) -> None:
    smtp = Smtp(tls_server.server("implicit"), "Shop <no-reply@shop.test>", "bounces@shop.test")
    await smtp.send(message().model_copy(update={"brand": "Kettle", "reference": REFERENCE}))
    [envelope] = tls_server.handler.mail
    assert envelope.mail_from == f"bounces+{REFERENCE}@shop.test"
    mail = received(tls_server)
    assert (mail["From"], mail["Reply-To"]) == ("Kettle <no-reply@shop.test>", None)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_a_certificate_of_an_unknown_authority_or_another_host_is_refused(
    tls_server: TlsMailServer, tls: Tls, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    stranger = PrivateAuthority(tmp_path / "other")
    elsewhere = TlsMailServer(tls_server.authority, FakeSmtpServer(), "mail.example.org")
    await elsewhere.open()
    for server in (tls_server.server(tls, ca_file=stranger.ca_file), elsewhere.server(tls)):
        with pytest.raises(ChannelUnavailable):
            await Smtp(server, "no-reply@shop.test").send(message())
        with pytest.raises(MailTrialFailed, match="certificate is refused"):
            await tried(server)
    elsewhere.close()
    assert tls_server.handler.mail == elsewhere.handler.mail == []


async def tried(server: SmtpServer, letter: Message | None = None) -> list[str]:
    smtp = Smtp(server, "no-reply@shop.test")
    return [done async for done in try_mail_server(smtp, smtp.letter(letter) if letter else None)]


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_a_trial_names_each_step(tls_server: TlsMailServer, tls: Tls) -> None:
    connected, encrypted, login, *letter = await tried(tls_server.server(tls), message())
    assert connected == f"connected to 127.0.0.1:{tls_server.ports[tls]}"
    assert encrypted == "encrypted with TLSv1.3, the certificate is one of 127.0.0.1"
    assert login == "login accepted"
    assert letter == ["sender accepted: 250 OK", "recipient accepted: 250 OK", "letter accepted: 250 OK"]
    assert received(tls_server)["Subject"] == "Geld zurück 🎁"


async def test_a_trial_that_fails_says_where_and_what_the_server_answered(tls_server: TlsMailServer) -> None:
    with pytest.raises(MailTrialFailed, match="the login was refused: 535"):
        await tried(tls_server.server("starttls", "hush"))
    tls_server.handler.answers["RCPT"] = "550 5.1.1 <jane@customer.test> is not here"
    with pytest.raises(
        MailTrialFailed, match=r"the recipient was refused: 550 5\.1\.1 <address> is not here"
    ):
        await tried(tls_server.server("implicit"), message())
    tls_server.close()
    unencrypted = SmtpServer("127.0.0.1", tls_server.ports["starttls"])
    with pytest.raises(MailTrialFailed, match=r"the connection to 127\.0\.0\.1:"):
        await tried(unencrypted)


@pytest.mark.parametrize(
    "sender",
    [
        MailSender(name="A\r\nBcc: eve@evil.test", address="orders@kettle.test"),
        MailSender(reply_to="help@kettle.test\r\nBcc: eve@evil.test"),
        MailSender(address="orders@kettle.test, eve@evil.test"),
        MailSender(return_path="back@kettle.test> SIZE=1\r\nRCPT TO:<eve@evil.test"),
    ],
)
async def test_a_sender_cannot_add_headers_or_recipients(
    tls_server: TlsMailServer, sender: MailSender
) -> None:
    smtp = Smtp(tls_server.server("implicit"), "no-reply@shop.test")
    letter = message().model_copy(update={"sender": sender})
    if sender.name:
        await smtp.send(letter)
        assert received(tls_server)["Bcc"] is None
    else:
        with pytest.raises(Bounced):
            await smtp.send(letter)
        assert tls_server.handler.mail == []


@pytest.mark.parametrize(
    ("host", "header", "value"),
    [
        ("smtp.postmarkapp.com", "X-PM-Metadata-smot_letter", REFERENCE),
        ("smtp.eu.mailgun.org", "X-Mailgun-Variables", f'{{"smot_letter": "{REFERENCE}"}}'),
        ("smtp.sendgrid.net", "X-SMTPAPI", f'{{"unique_args": {{"smot_letter": "{REFERENCE}"}}}}'),
        ("email-smtp.eu-west-1.amazonaws.com", "X-SES-MESSAGE-TAGS", f"smot_letter={REFERENCE}"),
    ],
)
def test_a_known_relay_gets_the_letter_s_reference_in_its_own_header(
    host: str, header: str, value: str
) -> None:
    smtp = Smtp(SmtpServer(host, 465, "implicit"), "no-reply@shop.test")
    mail = smtp.letter(message().model_copy(update={"reference": REFERENCE})).mail
    assert (mail[header], mail["X-Smot-Letter"]) == (value, REFERENCE)
    other = {"X-SMTPAPI", "X-SES-MESSAGE-TAGS", "X-Mailgun-Variables", "X-PM-Metadata-smot_letter"} - {header}
    assert not other & set(mail.keys())
