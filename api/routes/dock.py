"""Routes of the dock: units are received in batches, it is decided what becomes of them, and goods of no return are settled."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.http.reasons import reason_views
from api.request_context import accepted, context_of, return_of, shown_reasons
from api.schemas.orders import PageQuery
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.model.order import Identifier
from domain.model.received_goods import Disposition, GoodsCondition, Grade, ReceivedLine, UnitReceipt
from domain.reasons import CommandResult
from domain.returns.commands.decide_disposition import DisposedGoods
from domain.text import IsText
from services.returns.dock import ClosingProblem, ScannedUnit, UnitResult, UnknownGoodsDecision
from services.returns.unknown_goods import UnknownGoodsView

_ROLES = {Role.WAREHOUSE} | STAFF
_TAGS = ("warehouse",)
_STAYS_OPEN: Final[Mapping[ClosingProblem, str]] = {
    "no_return": "No return has that name.",
    "taken": "Another return is to receive these goods: `return_id` of the case names it.",
    "name_used": "Another unit of that return has this receipt's name, or another line. Name that line, or receive the goods"
    " under a new name and close the case without a return.",
}


class DockUnit(Frozen):
    """One unit that is at the dock."""

    receipt: Identifier
    """Your own name of this receipt, as the id of the scan. The same name again, in this batch or another, changes nothing."""
    reference: Annotated[str, Field(max_length=64), *IsText] = ""
    """What names its return: our id, the drop-off code, the return's number, or the order with one open return. Goods that
    are sent again by their order are of the return that has their receipt, so use no name twice for one order. Empty where
    there is nothing to read: then it is kept as goods of no return. Never a person's name, as it is kept in clear."""
    line_id: Identifier | None = None
    """The order's line, if you know it; else `sku` finds it."""
    sku: Identifier | None = None
    """The article."""
    quantity: Annotated[int, Field(strict=True, ge=0, le=1)] = 1
    """One, or zero: no unit of the line was in the box."""
    condition: GoodsCondition = "good"
    """How it arrived."""
    grade: Grade | None = None
    """How it looks: A as new, B opened, C with flaws, D broken. No money depends on it."""
    disposition: Disposition | None = None
    """What becomes of it, if that is decided; taken for announced units in good condition only."""
    place: Identifier | None = None
    """Where it is now, also if another place had sent it."""

    def scanned(self) -> ScannedUnit:
        """What the use case takes."""
        line = ReceivedLine.model_validate(self.model_dump(exclude={"reference"}))
        return ScannedUnit(self.reference, line)


class DockBatch(Frozen):
    """What is at the dock."""

    units: Annotated[tuple[DockUnit, ...], Field(min_length=1, max_length=100)]
    """The units, each with a name of its own."""

    @model_validator(mode="after")
    def _names(self) -> "DockBatch":
        if len({one.receipt for one in self.units}) < len(self.units):
            raise ValueError("two units have the same `receipt`")
        return self


class DockResults(Frozen):
    """What became of the units."""

    results: tuple[UnitResult, ...]
    """Of each, in their order."""


@endpoint(
    "POST",
    "/v1/receipts",
    roles=_ROLES,
    tags=_TAGS,
    problems=("too_many_requests",),
    idempotency="optional",
    timeout=60.0,
)
async def receive_units(call: Call[Services], body: DockBatch) -> DockResults:
    """Receive up to 100 units of any returns. Nothing that is there is refused; each unit has its own result.

    What was announced and is good earns its money at once, also while the rest is missing or waits for a person. What fits
    no return is a case for a person (`GET /v1/unknown-goods`).
    """
    context = await context_of(call)
    results = await call.services.returns.dock.receive(context, [one.scanned() for one in body.units])
    return DockResults(results=tuple(results))


class Dispositions(Frozen):
    """What becomes of received goods."""

    goods: Annotated[tuple[DisposedGoods, ...], Field(min_length=1, max_length=100)]
    """Each receipt once."""

    @model_validator(mode="after")
    def _numbers(self) -> "Dispositions":
        if len({one.number for one in self.goods}) < len(self.goods):
            raise ValueError("a receipt is named twice")
        return self


class ReturnReceipts(Frozen):
    """What the receipts of a return found."""

    return_id: str
    """Our id of the return."""
    receipts: tuple[UnitReceipt, ...]
    """By their numbers."""


@endpoint(
    "POST", "/v1/returns/{return}/dispositions", roles=_ROLES, tags=_TAGS, problems=("refused", "too_many_requests"),
    idempotency="optional",
)  # fmt: skip
async def decide_dispositions(call: Call[Services], body: Dispositions) -> ReturnReceipts:
    """Decide what becomes of goods that were received: all that are named or, with every reason, none.

    `restock` gives the event `stock.restocked` once, with the place they came to. After it nothing else can be decided.
    """
    found, context = await return_of(call), await context_of(call)
    await accepted(call, found.order, await call.services.returns.dock.dispose(context, found, body.goods))
    state = (await call.services.orders.reader.state(found.order)).state
    receipts = state.require_case(found.return_id).receipts
    return ReturnReceipts(return_id=found.return_id, receipts=tuple(receipts))


class UnknownGoodsQuery(PageQuery):
    """Only the open cases, or only those that were closed."""

    status: Literal["open", "closed"] = "open"
    """Whether open or closed ones are listed."""


class UnknownGoodsList(Frozen):
    """A page of goods of no return, oldest first."""

    items: tuple[UnknownGoodsView, ...]
    """The cases of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


class UnknownGoodsClosing(Frozen):
    """Whose the goods are, or what becomes of them."""

    reason: Annotated[str, Field(min_length=3, max_length=500), *IsText]
    """What was found or done. It is kept sealed."""
    reference: Annotated[str, Field(max_length=64), *IsText] = ""
    """The return that they are of, named as at the dock; it receives them. Empty where none was found."""
    line_id: Identifier | None = None
    """With `reference`: the order's line, if it is known."""
    disposition: Disposition | None = None
    """What becomes of them."""


@endpoint("GET", "/v1/unknown-goods", roles=_ROLES, tags=_TAGS)
async def list_unknown_goods(call: Call[Services], query: UnknownGoodsQuery) -> UnknownGoodsList:
    """Goods that came to the dock and are of no return we know. Each is also a question in `GET /v1/attention`."""
    found = await call.services.returns.dock.unknown.page(call.merchant, query.page(), query.status)
    return UnknownGoodsList(items=tuple(found.items), next=found.next)


@endpoint(
    "POST", "/v1/unknown-goods/{goods}/closings", roles=_ROLES, status=201, tags=_TAGS,
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def close_unknown_goods(call: Call[Services], body: UnknownGoodsClosing) -> UnknownGoodsView:
    """Close a case with a reason. Where their return was found, it receives the goods, as if they had been scanned for it.

    Only one return receives them: while one is to, another is refused.
    """
    dock = call.services.returns.dock
    decided = UnknownGoodsDecision(body.reason, body.reference, body.line_id, body.disposition)
    closed = await dock.close_unknown(await context_of(call), call.path["goods"], decided)
    if closed is None:
        raise Problem("not_found")
    if isinstance(closed, CommandResult):
        raise Problem("refused", reasons=reason_views(shown_reasons(call, closed.reasons)))
    if not isinstance(closed, UnknownGoodsView):
        raise Problem("refused", _STAYS_OPEN[closed])
    return closed
