"""Bounces that a relay reports over HTTP: shown, asked about, and the address suppressed until a person lifts it."""

import base64
import json

import aiohttp
import pytest_asyncio

from tests.scenarios.carrier_events import shipped
from tests.scenarios.deployment import Deployment
from tests.scenarios.mail_deployment import RELAY_SECRET, FlakySmtpServer, mails_about, plain
from tests.scenarios.problem_assertions import eventually, rows
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_delays import DUE, hours, report_estimate
from tests.scenarios.test_mail_outage import ended


@pytest_asyncio.fixture(loop_scope="session")
async def shop(
    mail_server: FlakySmtpServer, mail_deployment: Deployment, http: aiohttp.ClientSession
) -> Shop:
    mail_server.accept_mail()
    return await Shop.create(mail_deployment, http, notices=AT_ONCE)


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
