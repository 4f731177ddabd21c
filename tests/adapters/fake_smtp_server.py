"""A real SMTP server for tests, each of whose answers a test may change."""

import asyncio
import email
import email.policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


class FakeSmtpServer:
    """What the server does at each step: answers by default, a test replaces one."""

    def __init__(self) -> None:
        self.mail: list[Envelope] = []
        self.answers: dict[str, str] = {}
        self.hangs_at: str | None = None

    async def _step(self, name: str, usual: str) -> str:
        if self.hangs_at == name:
            await asyncio.sleep(3600)
        return self.answers.get(name, usual)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, sender: str, options: object
    ) -> str:
        envelope.mail_from = sender
        return await self._step("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, to: str, options: object
    ) -> str:
        answer = await self._step("RCPT", "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(to)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await self._step("DATA", "250 OK")
        if answer.startswith("2"):
            self.mail.append(envelope)
        return answer

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return await self._step("QUIT", "221 Bye")

    def message(self) -> EmailMessage:
        [envelope] = self.mail
        assert isinstance(envelope.content, bytes)
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


async def start_server(smtp_server: FakeSmtpServer, **options: object) -> asyncio.Server:
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(smtp_server, hostname="post.test", enable_SMTPUTF8=True, loop=loop, **options)  # type: ignore[arg-type]

    return await loop.create_server(protocol, "127.0.0.1", 0)
