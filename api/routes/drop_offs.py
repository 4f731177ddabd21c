"""Route: a drop-off partner scans the customer's code and takes the goods."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.fields import SentInstant
from api.http.problems import Problem
from api.request_context import accepted, context_of
from domain.actors import Role
from domain.base import Frozen
from domain.model.order import Identifier
from services.metrics import UNKNOWN_CODES
from services.returns.drop_offs import DropOffReceipt, ScannedCode


class CodeScan(Frozen):
    """A code scanned at a drop-off point. A repetition with the same key gets the first receipt."""

    code: Annotated[str, Field(min_length=4, max_length=64)]
    """The text of the customer's code, as it was scanned or typed."""
    location_id: Identifier
    """The drop-off point's own id."""
    nonce: Identifier
    """The name of this scan at this location; the same for its repetitions."""
    scanned_at: SentInstant | None = None
    """When it was scanned; now if left out."""


@endpoint(
    "POST", "/v1/drop-offs/scans", roles={Role.PARTNER}, tags=("drop-off",),
    problems=("code_unknown", "code_used", "code_expired", "refused", "too_many_requests"),
)  # fmt: skip
async def scan_code(call: Call[Services], body: CodeScan) -> DropOffReceipt:
    """Take the goods of a return by its code. The answer is the receipt, the same for a repeated scan."""
    drop_offs, limiter = call.services.returns.drop_offs, call.services.operations.rate_limiter
    limiter.reject_if_exhausted(call.request, "unknown_codes", call.caller.name)
    found = await drop_offs.reader.find_by_code(call.merchant, body.code)
    if found is None:
        UNKNOWN_CODES.inc()
        limiter.consume(call.request, "unknown_codes", call.caller.name)
        raise Problem("code_unknown", "Ask the customer for the code in their message, or its ten letters.")
    scan = ScannedCode(body.code, body.location_id, body.nonce, body.scanned_at)
    await accepted(call, found.order, await drop_offs.take(await context_of(call), found, scan))
    return await drop_offs.receipt(found)
