"""The forms of the dock, as they were typed."""

import re
from dataclasses import dataclass
from typing import Final, TypeVar, get_args

from domain.model.received_goods import Disposition, GoodsCondition, Grade, ReceivedLine
from domain.returns.commands.decide_disposition import DisposedGoods
from domain.returns.views import ReturnView
from domain.text import valid_identifier
from pages.web.fields import Fields
from services.returns.dock import ScannedUnit

CONDITIONS: Final[tuple[GoodsCondition, ...]] = get_args(GoodsCondition)
GRADES: Final[tuple[Grade, ...]] = get_args(Grade)
DISPOSITIONS: Final[tuple[Disposition, ...]] = get_args(Disposition)
MOST: Final = 1000  # units of one line
LONGEST: Final = 64
_FORM: Final = re.compile(r"[0-9a-f]{32}")
T = TypeVar("T", bound=str)


@dataclass(frozen=True)
class TypedReceipt:
    """What a form says has arrived, or what is wrong with it: the field, empty for nothing."""

    lines: tuple[ReceivedLine, ...] = ()
    mistake: str = ""


def typed_receipt(form: Fields, view: ReturnView) -> TypedReceipt:
    """The lines of the return and one thing more, each under a name that the form has once."""
    name = form.text("form", 32)
    if not _FORM.fullmatch(name):
        return TypedReceipt(mistake="count.0")
    lines = []
    for number, line_id in enumerate(view.units):
        line = typed_line(form, str(number), f"{name}/{number}", line_id=line_id)
        if line is None:
            return TypedReceipt(mistake=f"count.{number}")
        if line.quantity:
            lines.append(line)
    extra = typed_line(form, "more", f"{name}/more")
    if extra is None:
        return TypedReceipt(mistake="count.more")
    return TypedReceipt((*lines, *([extra] if extra.quantity else [])))


def typed_line(form: Fields, number: str, receipt: str, *, line_id: str | None = None) -> ReceivedLine | None:
    """One line of the form; None where its number or a name is none."""
    counted = form.text(f"count.{number}", 10) or "0"
    if not (counted.isascii() and counted.isdigit() and int(counted) <= MOST):
        return None
    sku, place = _name(form, f"sku.{number}"), _name(form, "place")
    if sku is None or place is None:
        return None
    return ReceivedLine(
        line_id=line_id,
        sku=sku or None,
        quantity=int(counted),
        condition=_one_of(form, f"condition.{number}", CONDITIONS) or "good",
        receipt=receipt[:LONGEST],
        grade=_one_of(form, f"grade.{number}", GRADES),
        disposition=_one_of(form, f"goes.{number}", DISPOSITIONS),
        place=place or None,
    )


def typed_goods(form: Fields) -> ScannedUnit | None:
    """One unit of no return that we know; None where the form has no name, or a text is no name."""
    name, reference = form.text("form", 32), _name(form, "reference")
    if not _FORM.fullmatch(name) or reference is None:
        return None
    line = typed_line(form, "more", name)
    return ScannedUnit(reference, line) if line is not None and line.quantity == 1 else None


def typed_dispositions(form: Fields, view: ReturnView) -> list[DisposedGoods]:
    """What becomes of the receipts of which something else was chosen than the page showed: the rest may have changed since."""
    goods = []
    for number in (one.number for one in view.receipts):
        goes = _one_of(form, f"goes.{number}", DISPOSITIONS)
        if goes is not None and goes != form.text(f"was.{number}", LONGEST):
            goods.append(DisposedGoods(number=number, disposition=goes))
    return goods


def typed_disposition(form: Fields) -> Disposition | None:
    """What becomes of goods of no return."""
    return _one_of(form, "goes", DISPOSITIONS)


def _one_of(form: Fields, name: str, options: tuple[T, ...]) -> T | None:
    value = form.text(name, LONGEST)
    return next((one for one in options if one == value), None)


def _name(form: Fields, field: str) -> str | None:
    """A name as the shop gives it; empty for none, None for a text that is no name."""
    text = form.text(field, LONGEST)
    try:
        return valid_identifier(text) if text else ""
    except ValueError:
        return None
