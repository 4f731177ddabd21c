"""Routes: what is known about a return besides its goods: that they were sent, and the risk of its order."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.fields import SentInstant
from api.request_context import accepted, context_of, order_of, return_of
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import Identifier
from domain.model.return_case import ArrivedParcel
from domain.model.risk import RiskSignals
from domain.returns.commands.record_risk_signals import RecordRiskSignals
from domain.returns.commands.report_arrival import ReportArrival
from domain.returns.commands.report_sent import ReportSent
from services.sealed_text import seal_text


class SentGoods(Frozen):
    """A proof that the goods of a return are under way. Report only what a carrier or a receipt shows, not what is hoped."""

    carrier: Identifier | None = None
    """Who carries them."""
    tracking_number: Identifier | None = None
    """The carrier's number of the parcel."""
    sent_at: SentInstant | None = None
    """When they were sent; now if left out."""


class SentGoodsRecorded(Frozen):
    """What is recorded: the first proof, whatever is reported later."""

    return_id: str
    """Our id of the return."""
    sent_at: Instant
    """When the goods were sent."""
    carrier: str
    """Who carries them; empty where it is not known."""
    tracking_number: str
    """The carrier's number of the parcel; empty where there is none."""


@endpoint(
    "POST", "/v1/returns/{return}/proofs-of-sending", roles={Role.PARTNER, Role.STOREFRONT, Role.WAREHOUSE} | STAFF,
    status=201, tags=("returns",), problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def report_sent(call: Call[Services], body: SentGoods | None) -> SentGoodsRecorded:
    """A carrier has the goods, or the customer proved that they were sent. Money that waits for it leaves.

    By law the money may be kept back only until the goods are there or their sending is proved.
    """
    found, context, sent = await return_of(call), await context_of(call), body or SentGoods()
    command = ReportSent(
        **context.envelope(),
        return_id=found.return_id,
        carrier=sent.carrier or "",
        tracking_number=sent.tracking_number or "",
        sent_at=sent.sent_at,
    )
    await accepted(call, found.order, await call.services.commands.execute(context, found.order, command))
    state = (await call.services.orders.reader.state(found.order)).state
    proof = state.require_case(found.return_id).sent
    assert proof is not None, "it was just recorded"
    return SentGoodsRecorded(
        return_id=found.return_id,
        sent_at=proof.at,
        carrier=proof.carrier,
        tracking_number=proof.tracking_number,
    )


class ArrivedGoods(Frozen):
    """A parcel that came to the warehouse."""

    carrier: Identifier | None = None
    """Who brought it."""
    tracking_number: Identifier | None = None
    """The carrier's number of it; the same one again is the same parcel. Without one the return has one such parcel."""
    arrived_at: SentInstant | None = None
    """When it came; now if left out."""


class ArrivedGoodsRecorded(Frozen):
    """The parcels that came."""

    return_id: str
    """Our id of the return."""
    arrivals: tuple[ArrivedParcel, ...]
    """All parcels of the return that came so far."""


@endpoint(
    "POST", "/v1/returns/{return}/arrivals", roles={Role.PARTNER, Role.WAREHOUSE} | STAFF, status=201,
    tags=("warehouse",), problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def report_arrival(call: Call[Services], body: ArrivedGoods | None) -> ArrivedGoodsRecorded:
    """A parcel of the return came to the warehouse, and its goods are not scanned yet.

    If nothing is scanned within the policy's `unscanned_days`, the money leaves as announced, and the warehouse is asked for
    the goods.
    """
    found, context, came = await return_of(call), await context_of(call), body or ArrivedGoods()
    command = ReportArrival(
        **context.envelope(),
        return_id=found.return_id,
        carrier=came.carrier or "",
        tracking_number=came.tracking_number or "",
        at=came.arrived_at,
    )
    await accepted(call, found.order, await call.services.commands.execute(context, found.order, command))
    case = (await call.services.orders.reader.state(found.order)).state.require_case(found.return_id)
    return ArrivedGoodsRecorded(return_id=found.return_id, arrivals=tuple(case.arrivals))


class RiskSignalsUpdate(Frozen):
    """What the shop or its staff know about the risk of an order. What is left out stays as it is."""

    score: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None
    """The shop's own score of the order or its customer: 0 is none, 100 the highest risk."""
    address_mismatch: bool | None = None
    """Whether the address of the delivery does not fit the one of the payment."""
    flagged: bool | None = None
    """Staff only: whether the order or its customer is flagged."""
    reason: Annotated[str, Field(max_length=500)] = ""
    """Why; kept sealed in the audit."""


@endpoint(
    "PUT", "/v1/orders/{order}/risk-signals", roles={Role.STOREFRONT} | STAFF, tags=("returns",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def put_risk_signals(call: Call[Services], body: RiskSignalsUpdate) -> RiskSignals:
    """Set what adds to the points of the order's next returns. It changes when their money comes, and never whether."""
    order, context = await order_of(call), await context_of(call)
    command = RecordRiskSignals(
        **context.envelope(),
        score=body.score,
        address_mismatch=body.address_mismatch,
        flagged=body.flagged,
        reason=await seal_text(call.services.orders.changes.vault, order, body.reason),
    )
    await accepted(call, order, await call.services.commands.execute(context, order, command))
    return (await call.services.orders.reader.state(order)).state.risk_signals
