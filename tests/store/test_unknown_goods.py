"""Goods of no return: one return receives them, and why a case was closed is no text that stays readable."""

from sqlmodel import select

from domain.actors import Actor, Role
from domain.model.received_goods import ReceivedLine
from services.key_names import KeyNames
from services.returns.unknown_goods import UnknownGoodsService, UnknownGoodsView
from store.engine.database import Database
from store.merchants.api_keys import ApiKeys
from store.merchants.clock import Clocks
from store.merchants.users import Users
from store.orders.unknown_goods import GoodsClosing, UnknownGoods
from store.privacy.vault import Vault
from store.tables.all import AuditRow
from tests.builders import PLACED
from tests.store.conftest import MASTER

PERSON = Actor(role=Role.WAREHOUSE, name="key_1")


async def test_a_case_that_names_a_return_is_received_and_closed_by_no_other(
    db: Database, vault: Vault
) -> None:
    goods = UnknownGoods(db)
    service = UnknownGoodsService(goods, KeyNames(ApiKeys(db, MASTER), Users(db, MASTER)), Clocks(db), vault)
    row = await service.keep("acme", PERSON, "R-1", ReceivedLine(quantity=1, receipt="w-1"))
    assert await goods.claim("acme", row.id, "ret_a") == "new"
    assert await goods.claim("acme", row.id, "ret_a") == "again"
    assert await goods.claim("acme", row.id, "ret_b") == "taken"
    await goods.release("acme", row.id, "ret_b")
    for other in ("ret_b", ""):
        assert await service.close("acme", row.id, GoodsClosing(PERSON, "mine", PLACED, other)) == "taken"
    await goods.release("acme", row.id, "ret_a")
    assert await goods.claim("acme", row.id, "ret_b") == "new"

    closed = await service.close("acme", row.id, GoodsClosing(PERSON, "Ann Lee's box", PLACED, "ret_b"))
    assert isinstance(closed, UnknownGoodsView)
    assert (closed.return_id, closed.note) == ("ret_b", "Ann Lee's box")
    assert await goods.claim("acme", row.id, "ret_b") is None
    [stored] = await goods.find_all("acme", [row.id])
    async with db.read_one() as session:
        audit = [*(await session.exec(select(AuditRow.details).where(AuditRow.subject == row.id))).all()]
    assert "Ann Lee" not in stored.note + "".join(audit)
    assert audit[-1] == '{"return": "ret_b"}'
