"""Letters by a real mail server: kept as they were sent, and none of a sandbox merchant's leaves, by no channel."""

from collections.abc import AsyncIterator
from typing import cast

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlmodel import func, select, update

from adapters.webhooks.ssrf_guard import EgressPolicy
from adapters.webhooks.transport import HttpWebhookTransport
from domain.model.notice_policy import NoticePolicy
from runtime.channels import MerchantChannels
from runtime.config.settings import Settings
from runtime.message_templates import make_renderer
from runtime.notification_wiring import make_email_channel, make_letter_reports, make_notification_sender
from services.drop_off_codes import DropOffCodes
from services.journeys import Journeys
from services.notifications.messages import MessageBuilder
from services.notifications.sender import NotificationSender
from services.tokens import TokenSigner
from store.notifications.letters import Letter
from store.tables.all import LetterRow, MerchantRow
from tests.adapters.fake_smtp_server import FakeSmtpServer, start_server
from tests.runtime.dispatcher_harness import send_all
from tests.runtime.notification_harness import NotificationHarness, consent_to_sms
from tests.runtime.verified_deployment import MASTER


class RealMail:
    """The harness with a real mail server, as the settings of a deployment connect it."""

    def __init__(self, harness: NotificationHarness, server: FakeSmtpServer, port: int) -> None:
        self.harness, self.server = harness, server
        self.settings = Settings(
            smtp=SecretStr(f"smtp://127.0.0.1:{port}?starttls=never"), smtp_return_path="bounces@shop.test"
        )

    def sender(self, *, sandbox_sends: bool) -> NotificationSender:
        stores, email = self.harness.stores, make_email_channel(self.settings)
        assert email is not None
        transport = HttpWebhookTransport(EgressPolicy(unrestricted=True))
        channels = MerchantChannels(
            email, stores.channels, stores.mail_senders, transport, {"sms": "json://127.0.0.1:1/{to}"},
            unrestricted=True, sandbox_sends=sandbox_sends,
        )  # fmt: skip
        messages = MessageBuilder(
            TokenSigner(MASTER.derived("codes")),
            DropOffCodes(MASTER.derived("codes")),
            None,
            make_renderer(None),
        )
        self.reports = make_letter_reports(stores, channels, cast(Journeys, self.harness.journeys))
        return make_notification_sender(stores, self.reports, messages)

    async def letters(self, order: str) -> list[Letter]:
        rows = await self.harness.rows(order)
        found = await self.harness.stores.letters.of_notices("acme", rows)
        return [letter for row in rows for letter in found[row.key]]


@pytest_asyncio.fixture(loop_scope="session")
async def real_mail(harness: NotificationHarness) -> AsyncIterator[RealMail]:
    server = FakeSmtpServer()
    listener = await start_server(server)
    yield RealMail(harness, server, listener.sockets[0].getsockname()[1])
    listener.close()


async def live(harness: NotificationHarness, sandbox: bool) -> None:
    async with harness.db.write() as session:
        await session.exec(update(MerchantRow).values(sandbox=sandbox))


async def test_a_letter_is_kept_as_the_mail_server_got_it(real_mail: RealMail) -> None:
    await live(real_mail.harness, sandbox=False)
    real_mail.server.answers["DATA"] = "250 2.0.0 Ok: queued as 4X for ada@example.org"
    await real_mail.harness.enqueue("ord_a")
    await send_all(real_mail.sender(sandbox_sends=False))
    [letter] = await real_mail.letters("ord_a")
    mail = real_mail.server.message()
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert letter.text == str(text.get_content()).replace("\r\n", "\n")
    assert letter.html.rstrip("\n") == str(html.get_content()).replace("\r\n", "\n").rstrip("\n")
    assert (letter.subject, letter.to, letter.channel) == (mail["Subject"], "ada@example.org", "email")
    assert letter.answer == "2.0.0 Ok: queued as 4X for <address>"
    assert letter.accepted_at is not None
    reference = mail["X-Smot-Letter"]
    assert real_mail.server.mail[0].mail_from == f"bounces+{reference}@shop.test"
    assert "ada" not in reference


@pytest.mark.parametrize("policy", [NoticePolicy(digest_minutes=0)])
@pytest.mark.parametrize("channel", ["email", "sms"])
async def test_no_letter_of_a_sandbox_merchant_leaves_by_any_channel(
    real_mail: RealMail, channel: str
) -> None:
    if channel == "sms":
        await consent_to_sms(real_mail.harness)
    await real_mail.harness.enqueue("ord_a")
    await send_all(real_mail.sender(sandbox_sends=False))
    assert real_mail.server.mail == []
    [row] = await real_mail.harness.rows("ord_a")
    assert (row.status, row.channel) == ("sent", channel)
    [letter] = await real_mail.letters("ord_a")
    assert (letter.channel, letter.answer) == (channel, "")
    assert "Ada" in letter.text or channel == "sms"

    await live(real_mail.harness, sandbox=False)  # the same letter of a live merchant leaves, or tries to
    await real_mail.harness.enqueue("ord_b")
    await send_all(real_mail.sender(sandbox_sends=False))
    [row] = await real_mail.harness.rows("ord_b")
    if channel == "email":
        assert (len(real_mail.server.mail), row.status) == (1, "sent")
    else:
        assert (row.status, row.sent_at) == ("queued", None), "no provider answers"


async def test_a_letter_that_is_refused_is_kept_with_the_answer(real_mail: RealMail) -> None:
    await live(real_mail.harness, sandbox=False)
    real_mail.server.answers["RCPT"] = "550 5.1.1 <ada@example.org>: no such user"
    await real_mail.harness.enqueue("ord_a")
    await send_all(real_mail.sender(sandbox_sends=False))
    [letter] = await real_mail.letters("ord_a")
    assert (letter.status, letter.status_reason) == ("refused", "550 5.1.1 <address>: no such user")


async def test_a_kept_letter_is_small(real_mail: RealMail) -> None:
    await real_mail.harness.enqueue("ord_a")
    await send_all(real_mail.sender(sandbox_sends=False))
    [letter] = await real_mail.letters("ord_a")
    async with real_mail.harness.db.read() as session:
        [size] = (await session.exec(select(func.length(LetterRow.sealed)))).all()
    assert size < 6000, f"characters at rest, of {len(letter.html) + len(letter.text)} as sent"
