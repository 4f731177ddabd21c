"""What a warehouse found in a box beside what was announced: it is kept for a person, and nothing is paid for it by itself."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import Identifier

GoodsCondition = Literal["good", "damaged", "used", "wrong_item", "empty", "missing_parts"]
"""The condition in which goods arrived. empty: a box without goods."""

MAX_UNEXPECTED = 50  # different goods of one return; what is beyond them is counted without its name


class ReceivedLine(Frozen):
    """Goods that arrived. Zero units say that nothing of the line arrived."""

    line_id: Identifier | None = None
    """The line of the order, as far as the warehouse knows it; any text, as a box may hold another order's goods."""
    sku: Identifier | None = None
    """What the goods are, if the warehouse knows."""
    quantity: Annotated[int, Field(strict=True, ge=0, le=1000)]
    """How many units."""
    condition: GoodsCondition = "good"
    """How they arrived."""


class UnexpectedGoods(Frozen):
    """Goods that the return did not announce, or units of it that arrived in another condition than good."""

    line_id: Identifier | None
    """The line that the warehouse named; null if it named none."""
    sku: Identifier | None
    """The article that the warehouse named; null if it named none."""
    quantity: int
    """How many units."""
    condition: GoodsCondition
    """How they arrived."""
    received_at: Instant
    """When the last of them were received."""


def add_goods(known: Sequence[UnexpectedGoods], more: UnexpectedGoods) -> list[UnexpectedGoods]:
    """The list with these goods too; the same goods are counted together."""
    same = next((goods for goods in known if _name(goods) == _name(more)), None)
    if same is None and len(known) >= MAX_UNEXPECTED and (more.line_id or more.sku):
        return add_goods(known, more.model_copy(update={"line_id": None, "sku": None}))
    counted = more.model_copy(update={"quantity": more.quantity + (same.quantity if same else 0)})
    return [*(goods for goods in known if goods is not same), counted]


def _name(goods: UnexpectedGoods) -> tuple[str | None, str | None, GoodsCondition]:
    return goods.line_id, goods.sku, goods.condition
