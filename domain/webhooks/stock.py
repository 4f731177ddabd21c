"""Goods that came back and are for sale again, as the event for stock has them."""

from collections.abc import Iterator

from domain import keys
from domain.base import Frozen
from domain.clock import Instant
from domain.model.received_goods import Grade
from domain.returns.views import ReturnView


class RestockedDetail(Frozen):
    """Goods that came back and are for sale again: count them up once."""

    key: str
    """Names this one change of the stock, whichever event brings it: what was counted under it is not counted again."""
    return_id: str
    """Our id of the return."""
    receipt: str | None
    """The warehouse's own name of the receipt; null if it gave none."""
    sku: str
    """The article."""
    quantity: int
    """How many units."""
    grade: Grade | None
    """How they look; null where that was not judged."""
    place: str | None
    """Where they came to, also if another place had sent them; null where that is not known."""
    restocked_at: Instant
    """When it was decided."""


def restocked(before: ReturnView | None, after: ReturnView) -> Iterator[RestockedDetail]:
    """What went back to stock since, each receipt once: one that has gone there keeps that disposition."""
    done = {one.number for one in (before.receipts if before else ()) if one.disposition == "restock"}
    for one in after.receipts:
        if one.disposition == "restock" and one.number not in done and one.sku and one.disposed_at:
            yield RestockedDetail(
                key=keys.restocked(after.return_id, one.number), return_id=after.return_id, receipt=one.receipt,
                sku=one.sku, quantity=one.quantity, grade=one.grade, place=one.place, restocked_at=one.disposed_at,
            )  # fmt: skip
