"""A deployment that sends its letters to a real mail server over TLS, and what the server got."""

import base64
import email
import email.policy
import json
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.adapters.fake_smtp_server import FakeSmtpServer
from tests.adapters.tls_certificates import PrivateAuthority
from tests.adapters.tls_mail_server import TlsMailServer
from tests.databases import KINDS, Databases
from tests.scenarios.deployment import Deployment

RELAY_SECRET = "whsec_" + base64.b64encode(b"the relay's secret of this test!").decode()
PUBLIC_URL = "http://shop.example"  # a browser of a test finds the deployment there


class FlakySmtpServer(FakeSmtpServer):
    """An SMTP server that also keeps the messages that it refused."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if not answer.startswith("2"):
            self.refused.append(envelope)
        return answer

    def reject_mail(self) -> None:
        self.answers["DATA"] = "451 4.3.0 come back later"

    def accept_mail(self) -> None:
        self.answers.clear()


def mails_about(envelopes: list[Envelope], order_id: str) -> list[EmailMessage]:
    """The messages about that order."""
    mails = [_read(envelope) for envelope in envelopes]
    return [mail for mail in mails if f"(order {order_id})" in mail["Subject"]]


def plain(message: EmailMessage) -> str:
    """Its text part."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _read(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture(scope="session")
def mail_server() -> FlakySmtpServer:
    return FlakySmtpServer()


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=KINDS)
async def mail_deployment(
    mail_server: FlakySmtpServer,
    tmp_path_factory: pytest.TempPathFactory,
    databases: Databases,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Deployment]:
    """A deployment that sends its notices by mail."""
    folder = tmp_path_factory.mktemp("mailing")
    server = TlsMailServer(PrivateAuthority(folder), mail_server)
    await server.open()
    env = {
        "SMOT_SMTP": f"smtps://shop@127.0.0.1:{server.ports['implicit']}",
        "SMOT_SMTP_PASSWORD": "pass word",
        "SMOT_SMTP_CA_FILE": str(server.authority.ca_file),
        "SMOT_SMTP_RETURN_PATH": "bounces@shop.test",
        "SMOT_MAIL_WEBHOOKS": json.dumps({"generic": RELAY_SECRET, "postmark": ["old:one", "smot:hush"]}),
        "SMOT_SANDBOX_LETTERS": "send",
        "SMOT_PUBLIC_URL": PUBLIC_URL,
    }
    deployment = Deployment(folder / "data", env, await databases.for_deployment(request.param))
    await deployment.open()
    yield deployment
    await deployment.close()
    server.close()
