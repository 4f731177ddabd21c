"""Returns in a shop on Shopify: shown once, and paid together with their goods once, whatever is lost on the way."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from graphql import build_schema, parse, validate

from adapters.payments.shopify import ShopifyPayments
from adapters.shopify import documents, returns
from adapters.shopify.client import ShopifyClient
from adapters.storefronts import shopify_poll
from adapters.storefronts.shopify_writer import ShopifyWriter
from domain.model.payment import ReturnedGoods
from domain.model.storefront_update import StorefrontUpdate, UpdateKind
from ports.payments import Declined, OutcomeUnknown, ProviderRefund, RefundRequest
from ports.storefront_updates import NotShown, ShopWrite, Shown
from tests.adapters.payments_contract import MERCHANT, eur
from tests.adapters.shopify_shop import ShopProcess, number, running_shop
from tests.adapters.test_shopify_payments import Accounts
from tests.adapters.test_shopify_stand_in import INPUTS, recorded
from tests.builders import PLACED

RETURNS = (
    "query ($id: ID!) { order(id: $id) { returns(first: 9) { nodes { id status } } refunds { id note } } }"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ShopProcess]:
    async with running_shop(tmp_path_factory.mktemp("shop") / "shop.db") as shop:
        yield shop


class Party:
    """One order of two mugs at 25.00, shipped, and what smot does to it."""

    def __init__(self, shop: ShopProcess, order: dict[str, Any], line: str) -> None:
        self.shop, self.order, self.line = shop, order, line
        self.ahead = timedelta()
        accounts = Accounts(shop.base)
        self.payments = ShopifyPayments(accounts, timeout=1.5, now=self.now)
        self.client = ShopifyClient(accounts, 1.5)
        self.writer = ShopifyWriter(self.client, self.now)
        self.sent: list[str] = []

    @classmethod
    async def create(
        cls, shop: ShopProcess, gateway: str = "shopify_payments", fulfilled: int = 2
    ) -> "Party":
        line = secrets.randbelow(10**9) + 10**10
        lines = [{"number": line, "title": "Mug", "quantity": 2, "fulfilled": fulfilled}]
        order = await shop.order(transactions=[{"amount": "50.00", "gateway": gateway}], lines=lines)
        return cls(shop, order, str(line))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def show(
        self, kind: UpdateKind, sent_at: datetime | None = None, **changed: Any
    ) -> Shown | NotShown:
        about: dict[str, Any] = {"units": {self.line: 2}, "number": "R1", "amount": eur(5000), **changed}
        update = StorefrontUpdate(kind=kind, subject="ret_1", return_id="ret_1", at=PLACED, **about)
        write = ShopWrite(
            merchant=MERCHANT, order=number(self.order["id"]), pays=True, sent_it=True, key=f"o/{kind}",
            leg_key="m/leg", update=update, sent=self.sent[-1] if sent_at else "", sent_at=sent_at,
        )  # fmt: skip

        async def sending(what: str) -> None:
            self.sent.append(what)

        return await self.writer.show(write, sending)

    def request(self, sent_at: datetime | None = None, **changed: Any) -> RefundRequest:
        goods = ReturnedGoods(return_id="ret_1", units={self.line: 2})
        payment = f"shopify-{number(self.order['id'])}-{number(self.order['transactions'][0]['id'])}"
        given: dict[str, Any] = {
            "key": f"{MERCHANT}/{self.line}",
            "amount": eur(5000),
            "goods": goods,
            **changed,
        }
        return RefundRequest(merchant=MERCHANT, order="1", payment=payment, sent_at=sent_at, **given)

    async def shown(self) -> dict[str, Any]:
        _, body, _ = await self.shop.graphql(RETURNS, {"id": self.order["id"]})
        shown: dict[str, Any] = body["data"]["order"]
        return shown

    async def refunds(self) -> list[dict[str, Any]]:
        query = "query ($id: ID!) { order(id: $id) { refunds { id note } } }"
        _, body, _ = await self.shop.graphql(query, {"id": self.order["id"]})
        found: list[dict[str, Any]] = body["data"]["order"]["refunds"]
        return found

    async def statuses(self) -> list[str]:
        return [one["status"] for one in (await self.shown())["returns"]["nodes"]]

    async def close(self) -> None:
        await self.payments.close()
        await self.client.close()


@pytest.mark.parametrize("notes", [False, True])
@pytest.mark.parametrize(
    "fault", ["cut_after", "cut_in_body", "http_500_after", "no_data", "hang", "internal_after"]
)
async def test_a_return_is_paid_once_also_when_the_answer_is_lost(
    shop: ShopProcess, fault: str, notes: bool
) -> None:
    await shop.shop(note_of_process=notes)
    party = await Party.create(shop)
    assert isinstance(await party.show("return_opened"), Shown)
    await shop.arm(fault, field="returnProcess", seconds=2.0)
    first = datetime.now(UTC)
    with pytest.raises(OutcomeUnknown):
        await party.payments.refund(party.request())
    found = await party.payments.find(party.request(first))
    again = await party.payments.refund(party.request(first))
    assert isinstance(found, ProviderRefund)
    assert isinstance(again, ProviderRefund)
    assert (found.reference, found.amount, len((await party.shown())["refunds"])) == (
        again.reference,
        eur(5000),
        1,
    )
    assert isinstance(await party.show("return_closed"), Shown)
    assert (await party.statuses(), await shop.mails()) == (["CLOSED"], [])
    await party.close()


async def test_a_call_that_was_not_carried_out_is_sent_again_by_the_same_way(shop: ShopProcess) -> None:
    await shop.shop()
    party = await Party.create(shop)
    await party.show("return_opened")
    await shop.arm("cut_before", field="returnProcess")
    with pytest.raises(OutcomeUnknown):
        await party.payments.refund(party.request())
    with pytest.raises(OutcomeUnknown, match="not certain"):
        await party.payments.refund(party.request(datetime.now(UTC)))
    sent_at, party.ahead = datetime.now(UTC), timedelta(minutes=3)
    # The return was there when the refund was sent first, by the shop's clock at the same moment: units decide.
    paid = await party.payments.refund(party.request(sent_at + timedelta(seconds=1)))
    assert isinstance(paid, ProviderRefund)
    assert len((await party.shown())["refunds"]) == 1
    await party.close()


async def test_a_refund_that_was_sent_before_there_was_a_return_goes_by_its_key_again(
    shop: ShopProcess,
) -> None:
    await shop.shop()
    party = await Party.create(shop)
    sent_at = datetime.now(UTC) - timedelta(minutes=5)
    await party.show("return_opened")
    paid = await party.payments.refund(party.request(sent_at))
    assert isinstance(paid, ProviderRefund)
    assert [one["note"] for one in await party.refunds()] == [f"smot refund {party.request().key} 5000 EUR"]
    await party.close()


async def test_without_the_scopes_of_returns_a_refund_is_paid_by_its_key(shop: ShopProcess) -> None:
    await shop.shop()
    party = await Party.create(shop)
    await party.show("return_opened")
    await shop.shop(scopes=["read_orders", "write_orders"])
    paid = await party.payments.refund(party.request())
    assert isinstance(paid, ProviderRefund)
    assert [one["note"] for one in (await party.refunds())] == [f"smot refund {party.request().key} 5000 EUR"]
    await shop.shop()
    await party.close()


async def test_units_that_staff_processed_are_not_processed_again(shop: ShopProcess) -> None:
    await shop.shop()
    party = await Party.create(shop)
    await party.show("return_opened")
    part = party.request(goods=ReturnedGoods(return_id="ret_1", units={party.line: 2}))
    assert isinstance(await party.payments.refund(part), ProviderRefund)
    more = party.request(key=f"{MERCHANT}/other")
    assert isinstance(await party.payments.refund(more), Declined)
    await party.close()


@pytest.mark.parametrize("fault", ["cut_after", "internal_after", "hang"])
async def test_a_return_is_opened_once_and_its_end_is_shown(shop: ShopProcess, fault: str) -> None:
    await shop.shop()
    party = await Party.create(shop)
    await shop.arm(fault, field="returnCreate", seconds=2.0)
    with pytest.raises(OutcomeUnknown):
        await party.show("return_opened", units={party.line: 1})
    again = await party.show("return_opened", datetime.now(UTC), units={party.line: 1})
    assert (isinstance(again, Shown), await party.statuses()) == (True, ["OPEN"])
    await party.show("return_cancelled")
    assert await party.statuses() == ["CANCELED"]
    await party.show("return_reopened", units={party.line: 1})
    assert sorted(await party.statuses()) == ["CANCELED", "OPEN"]
    await party.show("return_expired")
    await party.show("return_expired")
    assert sorted(await party.statuses()) == ["CANCELED", "CLOSED"]
    await party.show("return_reopened", units={party.line: 1})
    assert sorted(await party.statuses()) == ["CANCELED", "OPEN"]
    await party.close()


async def test_a_call_that_may_still_be_carried_out_is_not_repeated(shop: ShopProcess) -> None:
    await shop.shop()
    party = await Party.create(shop)
    await shop.arm("cut_before", field="returnCreate")
    with pytest.raises(OutcomeUnknown):
        await party.show("return_opened")
    sent_at = datetime.now(UTC)
    with pytest.raises(OutcomeUnknown, match="under way"):
        await party.show("return_opened", sent_at)
    party.ahead = timedelta(minutes=3)
    assert isinstance(await party.show("return_opened", sent_at), Shown)
    assert await party.statuses() == ["OPEN"]
    await party.close()


async def test_units_that_the_shop_has_not_shipped_are_refused_and_a_record_never_moves_money(
    shop: ShopProcess,
) -> None:
    await shop.shop()
    party = await Party.create(shop, fulfilled=0)
    assert isinstance(await party.show("return_opened"), NotShown)
    other = await party.show("refunded", paid_by="stripe", reference="re_1", amount=eur(1000))
    assert (isinstance(other, Shown), (await party.shown())["refunds"]) == (True, [])
    by_hand = await Party.create(shop, gateway="manual")
    for _ in range(2):
        assert isinstance(await by_hand.show("refunded", paid_by="stripe", amount=eur(1000)), Shown)
    assert [one["note"] for one in (await by_hand.shown())["refunds"]] == ["smot record of m/leg 1000 EUR"]
    assert isinstance(await by_hand.show("refunded", paid_by="stripe", amount=eur(9000)), Shown)
    await party.close()
    await by_hand.close()


@recorded
@pytest.mark.parametrize(
    "document",
    [
        returns.RETURNS, returns.RETURNABLE, returns.CREATE, returns.CLOSE, returns.REOPEN, returns.CANCEL,
        returns.PROCESS, documents.PROCESS, documents.OF_RETURN, shopify_poll.CHANGED,
    ],
)  # fmt: skip
def test_our_documents_about_returns_are_valid_by_the_public_schema(document: str) -> None:
    public = build_schema((INPUTS / "admin_2026-07_slice.graphql").read_text())
    assert validate(public, parse(document)) == []
