"""A mail outage: due notices leave once the server accepts them, and only those that are still true."""

from datetime import datetime
from email.message import EmailMessage
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.browser.chromium import a_browser_without_script, program
from tests.scenarios.carrier_events import parcel_after_scans, shipped
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.mail_deployment import PUBLIC_URL, FlakySmtpServer, mails_about, plain
from tests.scenarios.problem_assertions import eventually, rows
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_consents import request_consent
from tests.scenarios.test_delays import DUE, hours, report_estimate

pytestmark = pytest.mark.databases_in_turn


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


def dropped(shop: Shop, order: str) -> bool:
    """Whether the order's delay notice was dropped."""
    query = "SELECT status FROM outbox WHERE \"order\" = ? AND kind = 'delayed'"
    return [status for (status,) in rows(shop.deployment, query, order)] == ["dropped"]


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
    # An attempt that began while it was true may still be under way: the next one judges it again.
    await eventually(lambda: dropped(shop, arriving) and dropped(shop, cancelled))
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


async def received(mail_server: FlakySmtpServer, order_id: str, subject: str) -> EmailMessage:
    """The mail about that order with that subject."""
    found: list[EmailMessage] = []

    def came() -> bool:
        found[:] = [
            mail for mail in mails_about(mail_server.mail, order_id) if mail["Subject"].startswith(subject)
        ]
        return bool(found)

    await eventually(came)
    return found[0]


@pytest.mark.scenario("S-6")
@pytest.mark.skipif(program() is None, reason="no Chromium here")
async def test_a_customer_answers_from_the_received_mail_in_a_browser_without_script(
    shop: Shop, mail_server: FlakySmtpServer
) -> None:
    order = await shop.place()
    order_id = (await shop.view(order))["order_id"]
    (await request_consent(shop, order)).ok()
    mail = await received(mail_server, order_id, "Will you wait for your order?")
    html = mail.get_body(("html",))
    assert html is not None
    async with a_browser_without_script(shop.deployment.port) as (letter, requested):
        await letter.set_content(html.get_content())
        async with letter.context.expect_page() as opened:
            await letter.get_by_role("link", name="Cancel it").click()
        page = await opened.value
        assert (await page.inner_text("h1")) == "Will you wait for your order?"
        assert (await shop.view(order))["consents"][0]["answer"] is None, "opening it answered nothing"
        await page.get_by_role("button", name="Wait for it").click()
        assert (await page.inner_text("h1")) == "We keep your order"
        assert "You chose this on 2\u00a0March\u00a02026." in await page.inner_text("main")
        await page.reload()
        assert (await page.inner_text("h1")) == "We keep your order"
        assert {url.split("/")[2] for url in requested} == {"shop.example"}
    assert (await shop.view(order))["consents"][0]["answer"] == "wait"


async def test_the_authorization_arrives_with_the_code_as_a_picture_inside_the_mail(
    shop: Shop, mail_server: FlakySmtpServer
) -> None:
    order, _ = await shop.bought()
    opened = (await shop.open(order, item())).ok()
    order_id = (await shop.view(order))["order_id"]
    mail = await received(mail_server, order_id, "Your return is ready")
    code = opened["code"]["text"]
    assert f"Your code: {code[:4]}-{code[4:7]}-{code[7:]}" in plain(mail)
    assert f"{PUBLIC_URL}/c/" in plain(mail)
    types = [part.get_content_type() for part in mail.walk()]
    assert types == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    *_, html, picture = mail.walk()
    name = picture["Content-ID"].strip("<>")
    assert f'src="cid:{name}"' in html.get_content()
    assert 'alt="QR code of ' in html.get_content()
    drawn = await shop.call("GET", f"/v1/returns/{opened['return']['return_id']}/code.png")
    assert picture.get_content() == drawn.ok().body, "the same symbol as the API's"
