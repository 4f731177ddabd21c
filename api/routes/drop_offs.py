"""The bar: a partner scans the customer's code and takes the goods."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.endpoint import Call, endpoint
from api.fields import SentInstant
from api.problems import Problem
from api.request_context import actor_of, execute, sandbox_time, state_of
from domain.actors import Role
from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import Identifier
from domain.returns.commands.drop_off import DropOffGoods
from domain.returns.views import ReturnStatus, return_view


class CodeScan(Frozen):
    """A scanned code. `nonce` names this scan at this `location_id`: sent again it gets the first receipt."""

    code: Annotated[str, Field(min_length=4, max_length=64)]
    location_id: Identifier
    nonce: Identifier
    scanned_at: SentInstant | None = None


class DropOffReceipt(Frozen):
    """The customer's receipt: the goods are out of their hands."""

    return_id: str
    order_id: str
    number: str
    location_id: str
    dropped_off_at: Instant
    status: ReturnStatus
    units: dict[str, int]


@endpoint(
    "POST", "/v1/drop-offs/scans", roles={Role.PARTNER}, tags=("drop-off",),
    problems=("code_unknown", "code_used", "code_expired", "refused", "too_many_requests"),
)  # fmt: skip
async def scan_code(call: Call[Services], body: CodeScan) -> DropOffReceipt:
    """Take the goods of a return against its code. The answer is the receipt, the same for the same scan."""
    known = await call.services.returns.by_code(call.merchant, call.services.tokens.code_hash(body.code))
    row = await call.services.orders.by_id(call.merchant, known.order) if known else None
    if known is None or row is None:
        raise Problem("code_unknown", "Ask the customer for the code in their message, or its ten letters.")
    ask = DropOffGoods(
        command_id=f"scan/{known.id}/{body.location_id}/{body.nonce}",
        actor=actor_of(call),
        now=await sandbox_time(call),
        return_id=known.id,
        location_id=body.location_id,
        nonce=body.nonce,
        scanned_at=body.scanned_at,
    )
    await execute(call, row, ask)
    state, _ = await state_of(call, row)
    case = state.case(known.id)
    assert case is not None
    assert case.dropped_off is not None
    view = return_view(state, case)
    return DropOffReceipt(
        return_id=case.return_id,
        order_id=row.order_id,
        number=case.number,
        location_id=case.dropped_off.location_id,
        dropped_off_at=case.dropped_off.at,
        status=view.status,
        units=view.units,
    )
