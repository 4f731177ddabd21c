"""What a warehouse found in a box beside what was announced: it is kept for a person, and nothing is paid for it by itself."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import Identifier

GoodsCondition = Literal["good", "damaged", "used", "wrong_item", "empty", "missing_parts"]
"""The condition in which goods arrived. empty: a box without goods."""

Grade = Literal["A", "B", "C", "D"]
"""How goods look: A as new, B opened, C with flaws, D broken. It decides nothing about money."""

Disposition = Literal["restock", "refurbish", "resale", "donate", "recycle", "vendor", "dispose", "missing"]
"""What becomes of goods: back on the shelf, repaired, sold as used, given away, recycled, to the supplier, thrown away, lost."""

ReceiptResult = Literal["expected", "over", "short", "wrong", "unknown", "empty", "damaged"]
"""
expected: announced, and good. damaged: announced, and in another condition; also used or incomplete ones.
over: more of an announced line than was announced. short: none of the line arrived.
wrong: another article than announced, as far as the goods have a name. unknown: goods that have none. empty: a box without goods.
"""

MAX_RECEIPTS = 1000  # of one return, each with its name; named goods beyond them are kept for a person
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
    receipt: Identifier | None = None
    """The warehouse's own name of this receipt, unique in the return. The same name again changes nothing."""
    grade: Grade | None = None
    """How they look; no money depends on it."""
    disposition: Disposition | None = None
    """What becomes of them, if that is decided; of announced units in good condition only. Of others a person decides later."""
    place: Identifier | None = None
    """Where they are now: the site, or the shelf."""


class UnitReceipt(Frozen):
    """What one receipt found of one line, and what becomes of it."""

    number: int
    """Its number among the receipts of the return."""
    receipt: str | None
    """The warehouse's own name of it; null if it gave none."""
    line_id: str | None
    """The order's line; null where none is known."""
    sku: str | None
    """The article, as the order has it or else as the warehouse named it; null where none is known."""
    quantity: int
    """How many units."""
    result: ReceiptResult
    """How they fit what was announced."""
    condition: GoodsCondition
    """How they arrived."""
    grade: Grade | None
    """How they look; null where that was not judged."""
    disposition: Disposition | None
    """What becomes of them; null while that is not decided."""
    place: str | None
    """Where they are; null where that is not known."""
    received_at: Instant
    """When they were received."""
    disposed_at: Instant | None
    """When it was decided what becomes of them; null before."""


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
