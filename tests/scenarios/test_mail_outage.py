"""Mail over TLS, outages and bounces: due notices leave once the server accepts them, and only those that are still true."""

import base64
import email
import email.policy
import json
from collections.abc import AsyncIterator
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.adapters.fake_smtp_server import FakeSmtpServer
from tests.adapters.tls_certificates import PrivateAuthority
from tests.adapters.tls_mail_server import TlsMailServer
from tests.databases import KINDS, Databases
from tests.scenarios.carrier_events import parcel_after_scans, shipped
from tests.scenarios.deployment import Deployment
from tests.scenarios.problem_assertions import eventually, rows
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_delays import DUE, hours, report_estimate

RELAY_SECRET = "whsec_" + base64.b64encode(b"the relay's secret of this test!").decode()


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


@pytest.fixture(scope="module")
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
    }
    deployment = Deployment(folder / "data", env, await databases.for_deployment(request.param))
    await deployment.open()
    yield deployment
    await deployment.close()
    server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def shop(
    mail_server: FlakySmtpServer, mail_deployment: Deployment, http: aiohttp.ClientSession
) -> Shop:
    mail_server.accept_mail()
    return await Shop.create(mail_deployment, http, notices=AT_ONCE)


async def tried(shop: Shop, order: str, *attempts: int) -> None:
    """Wait until the order's notices have been tried at least so often each."""
    query = 'SELECT attempts FROM outbox WHERE "order" = ? AND lease_until IS NULL ORDER BY id'

    def all_tried() -> bool:
        seen = [count for (count,) in rows(shop.deployment, query, order)]
        return len(seen) == len(attempts) and all(
            have >= want for have, want in zip(seen, attempts, strict=True)
        )

    await eventually(all_tried)


async def ended(shop: Shop, order: str, *, count: int) -> list[dict[str, Any]]:
    """The order's notices once none of them is being sent."""

    def over() -> bool:
        statuses = rows(shop.deployment, 'SELECT status FROM outbox WHERE "order" = ?', order)
        return len(statuses) == count and ("queued",) not in statuses

    await eventually(over)
    return await shop.notices(order)


@pytest.mark.scenario("S-28")
async def test_a_notice_the_mail_server_refuses_for_now_is_sent_later_and_once(
    shop: Shop, mail_server: FlakySmtpServer
) -> None:
    order, number = await shipped(shop)
    order_id = (await shop.view(order))["order_id"]
    mail_server.reject_mail()
    await report_estimate(shop, order, number, DUE + hours(20))
    await tried(shop, order, 1)
    [notice] = await shop.notices(order)
    assert (notice["status"], notice["reason"], notice["sent_at"]) == ("queued", "not taken: 451", None)
    assert mails_about(mail_server.mail, order_id) == []
    mail_server.accept_mail()
    [notice] = await ended(shop, order, count=1)
    assert (notice["status"], notice["reason"]) == ("sent", "")

    await shop.set_clock(DUE + hours(1))
    [mail] = mails_about(mail_server.mail, order_id)
    refused = mails_about(mail_server.refused, order_id)
    assert {one["Message-ID"] for one in refused} == {mail["Message-ID"]}
    assert mail["To"] == "zdzislawa.testowa@example.org"
    assert "Hello Zdzisława Testowa" in plain(mail)
    assert "The carrier expects to need longer." in plain(mail)


async def test_notices_stale_after_a_mail_outage_are_never_sent(
    shop: Shop, mail_server: FlakySmtpServer
) -> None:
    arriving, number = await shipped(shop)
    cancelled, other = await shipped(shop)
    slipping, third = await shipped(shop)
    early, fourth = await shipped(shop)
    mail_server.reject_mail()
    for order, tracked in ((arriving, number), (cancelled, other), (slipping, third), (early, fourth)):
        await report_estimate(shop, order, tracked, DUE + hours(13))
        await tried(shop, order, 1)
    told_at = await shop.now()
    # Before it was notified as late: a correction is due.
    await shop.scan(fourth, "delivered", told_at - hours(1))
    await parcel_after_scans(shop, early, 1)
    await report_estimate(shop, slipping, third, DUE + hours(40))
    await shop.scan(number, "delivered", told_at + hours(3))
    await parcel_after_scans(shop, arriving, 1)
    (await shop.call("POST", f"/v1/orders/{cancelled}/cancel", key="k")).ok()
    await shop.until(cancelled, lambda view: view["refunded"] == view["captured"])
    mail_server.accept_mail()

    [notice] = await ended(shop, arriving, count=1)
    assert (notice["status"], notice["reason"]) == ("dropped", "already_delivered")
    notice, *others = await ended(shop, cancelled, count=3)
    assert (notice["kind"], notice["status"], notice["reason"]) == ("delayed", "dropped", "order_cancelled")
    assert sorted((one["kind"], one["status"]) for one in others) == [
        ("order_cancelled", "sent"),
        ("refunded", "sent"),
    ]
    first, second = await ended(shop, slipping, count=2)
    assert (first["status"], first["reason"]) == ("dropped", "superseded")
    assert (second["status"], second["details"]["revision"]) == ("sent", 2)
    alarm, correction = await ended(shop, early, count=2)
    assert (alarm["status"], alarm["reason"]) == ("dropped", "already_delivered")
    assert (correction["status"], correction["reason"]) == ("dropped", "no_false_notice_sent")

    ids = [(await shop.view(order))["order_id"] for order in (arriving, early, slipping, cancelled)]
    assert [len(mails_about(mail_server.mail, order_id)) for order_id in ids] == [0, 0, 1, 2]
    [mail] = mails_about(mail_server.mail, ids[2])
    assert "expected by 9 March 2026" in plain(mail)


async def test_an_address_that_does_not_exist_is_tried_once(shop: Shop, mail_server: FlakySmtpServer) -> None:
    order, number = await shipped(shop)
    mail_server.answers["RCPT"] = "550 5.1.1 no such user"
    await report_estimate(shop, order, number, DUE + hours(20))
    [notice] = await ended(shop, order, count=1)
    assert (notice["status"], notice["reason"]) == ("dead", "undeliverable")
    assert mails_about(mail_server.mail, (await shop.view(order))["order_id"]) == []


async def test_a_delay_that_was_sent_hours_late_and_was_false_by_then_is_corrected_once(
    shop: Shop, mail_server: FlakySmtpServer
) -> None:
    order, number = await shipped(shop)
    mail_server.reject_mail()
    await report_estimate(shop, order, number, DUE + hours(13))
    await tried(shop, order, 1)
    told_at = await shop.now()
    await shop.advance_clock(hours=5)
    mail_server.accept_mail()
    [alarm] = await ended(shop, order, count=1)
    assert alarm["status"] == "sent"
    left_at = datetime.fromisoformat(alarm["sent_at"])
    assert left_at - told_at >= hours(5)
    await shop.scan(number, "delivered", told_at + hours(3))  # the scan had not come when the mail left
    _, correction = await ended(shop, order, count=2)
    assert (correction["kind"], correction["status"]) == ("delay_corrected", "sent")


async def relay_reports(shop: Shop, letter: str, kind: str) -> None:
    """The relay reports it, twice, as relays do."""
    data = {"letter": letter, "reason": "550 5.1.1 <zdzislawa.testowa@example.org> is not here"}
    body = json.dumps({"type": kind, "data": data}).encode()
    headers = {"Content-Type": "application/json", **shop.standard_signature(body, secret=RELAY_SECRET)}
    url = f"{shop.deployment.addresses['api']}/v1/webhooks/mail/generic"
    for duplicate in (False, True):
        async with shop.http.post(url, data=body, headers=headers) as answer:
            assert (answer.status, (await answer.json())["duplicate"]) == (202, duplicate)


async def test_a_bounce_is_shown_and_asked_about_and_the_address_is_suppressed_until_a_person_lifts_it(
    shop: Shop, mail_server: FlakySmtpServer
) -> None:
    order, number = await shipped(shop)
    order_id = (await shop.view(order))["order_id"]
    await report_estimate(shop, order, number, DUE + hours(20))
    [notice] = await ended(shop, order, count=1)
    [mail] = mails_about(mail_server.mail, order_id)
    letter = mail["X-Smot-Letter"]
    assert f"bounces+{letter}@shop.test" in [envelope.mail_from for envelope in mail_server.mail]
    await relay_reports(shop, letter, "mail.delayed")
    await relay_reports(shop, letter, "mail.bounced")
    view = await shop.until(order, lambda view: view["attention"])
    assert [item["kind"] for item in view["attention"]] == ["address_bounced"]
    await eventually(
        lambda: rows(
            shop.deployment, "SELECT 1 FROM letters WHERE reference = ? AND status = 'bounced'", letter
        )
    )
    detail = (await shop.call("GET", f"/v1/notices/{notice['id']}", role="agent")).ok()
    assert (detail["status"], detail["reason"]) == ("bounced", "550 5.1.1 <address> is not here")
    [sent] = detail["letters"]
    assert (sent["to"], sent["channel"], sent["answer"]) == ("zdzislawa.testowa@example.org", "email", "OK")
    assert (sent["text"], sent["subject"]) == (plain(mail).replace("\r\n", "\n"), mail["Subject"])
    assert "<html" in sent["html"]

    [entry] = (await shop.call("GET", "/v1/suppressed-addresses", role="agent")).ok()["items"]
    assert (entry["address"], entry["kind"], entry["order"]) == (
        "zdzislawa.testowa@example.org",
        "bounced",
        order,
    )
    lift, reason = f"/v1/suppressed-addresses/{entry['id']}/lifts", {"reason": "Their mailbox works again."}
    for role, status in (("storefront", 403), ("agent", 204), ("agent", 404)):
        assert (await shop.call("POST", lift, reason, role=role)).status == status
    lines = (await shop.call("GET", "/v1/audit", role="senior_agent")).ok()["items"]
    [line] = [one for one in lines if one["action"] == "suppression_lifted"]
    assert (line["role"], line["details"]["reason"]) == ("agent", reason["reason"])


async def test_a_report_without_the_relay_s_secret_is_refused(shop: Shop) -> None:
    api, body = shop.deployment.addresses["api"], json.dumps({"RecordType": "Bounce", "Type": "HardBounce"})
    for source, login, status in (
        ("postmark", b"smot:hush", 202),
        ("postmark", b"smot:other", 401),
        ("mailgun", b"smot:hush", 401),
        ("unknown", b"smot:hush", 401),
        ("message", b"", 401),
    ):
        auth = {"Authorization": "Basic " + base64.b64encode(login).decode()}
        async with shop.http.post(f"{api}/v1/webhooks/mail/{source}", data=body, headers=auth) as answer:
            assert answer.status == status
