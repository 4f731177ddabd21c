"""Bounces that a relay reports over HTTP: shown, asked about, and the address suppressed until a person lifts it."""

import base64
import json
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.adapters.test_mail_messages import MESSAGES
from tests.scenarios.carrier_events import shipped
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.mail_deployment import RELAY_SECRET, FlakySmtpServer, mails_about, plain
from tests.scenarios.problem_assertions import eventually, rows
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_delays import DUE, hours, report_estimate
from tests.scenarios.test_mail_outage import ended

pytestmark = pytest.mark.databases_in_turn


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


async def test_the_command_line_tries_the_mail_server_sets_a_sender_and_takes_a_report_from_a_pipe(
    shop: Shop, mail_server: FlakySmtpServer
) -> None:
    here, env = ("--data", str(shop.deployment.data)), shop.deployment.env
    asked = ("--from", "orders@kettle.test", "--return-path", "back@kettle.test", "--name", "Kettle")
    code, out, err = await smot("mail", "sender", shop.name, *asked, *here, env=env)
    assert (code, err) == (0, "")
    assert "orders@kettle.test" in out
    trial = ("mail", "try", "jane@customer.test", "--merchant", shop.name, *here)
    code, out, err = await smot(*trial, env=env)
    assert (code, err) == (0, "")
    assert out.splitlines()[1].startswith("encrypted with TLS")
    assert out.splitlines()[2:] == [
        "login accepted",
        *(f"{step} accepted: 250 OK" for step in ("sender", "recipient", "letter")),
    ]
    assert (mail_server.mail[-1].mail_from, mail_server.mail[-1].rcpt_tos) == (
        "back@kettle.test",
        ["jane@customer.test"],
    )
    code, _, err = await smot(*trial, env={**env, "SMOT_SANDBOX_LETTERS": "mailbox"})
    assert (code, "its letters stay in the mailbox" in err) == (2, True)

    order, number = await shipped(shop)
    await report_estimate(shop, order, number, DUE + hours(20))
    await ended(shop, order, count=1)
    [mail] = mails_about(mail_server.mail, (await shop.view(order))["order_id"])
    assert mail["From"] == "Kettle <orders@kettle.test>"
    report = (
        (MESSAGES / "postfix_bounce.eml").read_text().replace("0123456789abcdef" * 2, mail["X-Smot-Letter"])
    )
    assert await smot("mail", "bounce", *here, env=env, typed=report) == (0, "kept\n", "")
    await shop.until(order, lambda view: view["attention"])


async def test_a_report_that_cannot_be_kept_is_left_to_the_mail_server(tmp_path: Path) -> None:
    code, _, err = await smot("mail", "bounce", "--data", str(tmp_path), typed="From: x")
    assert (code, err.startswith("smot: ")) == (75, True)
