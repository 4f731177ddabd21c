"""Returns: what may come back, what it pays, the code to drop it off, and what the warehouse received."""

import asyncio
import io
import itertools
from typing import Literal

from api.context import Services
from api.endpoint import Call, Response, endpoint
from api.problems import Problem
from api.request_context import (
    actor_of,
    business_now,
    etag,
    execute,
    expected_version,
    order_of,
    page_of,
    previous_result,
    raise_if_refused,
    refusal_problem,
    return_of,
    sandbox_time,
    send_command,
    state_of,
    wait_for_newer_version,
)
from api.schemas.returns import (
    CancelReturnRequest,
    DropOffCode,
    GoodsReceipt,
    QuoteRequest,
    QuoteResponse,
    ReturnList,
    ReturnListQuery,
    ReturnOverride,
    ReturnRequest,
    ReturnResponse,
    return_items,
)
from domain.actors import STAFF, Role
from domain.model.quote import Quote, ReturnItem
from domain.model.state import JourneyState
from domain.reasons import WAIVABLE, CommandResult, Reason, Violation
from domain.returns import eligibility, quotes
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.commands.open_return import OpenReturn
from domain.returns.commands.override_return import OverrideReturn
from domain.returns.commands.receive import ReceiveGoods
from domain.returns.views import return_view, version_of
from failpoints.points import hit
from services.sealed_text import seal_text
from services.tokens import new_return_id, new_return_number, qr
from store.tables.all import OrderRow

_REQUOTE_TIMEOUT = 5.0  # seconds for making quotes anew: as many may be ahead of us as there are units
CUSTOMER_SIDE = {Role.CUSTOMER, Role.STOREFRONT} | STAFF


@endpoint("POST", "/v1/orders/{order}/returns/quote", roles=CUSTOMER_SIDE, tags=("returns",))
async def quote_return(call: Call[Services], body: QuoteRequest) -> QuoteResponse:
    """What these items pay as refund and as store credit, or every reason why they cannot come back."""
    row = await order_of(call)
    state, _ = await state_of(call, row)
    now = await business_now(call)
    wishes = return_items(body.items)
    found = eligibility.violations(state, wishes, now)
    if found:
        return QuoteResponse(verdict="refused", reasons=tuple(found), quote=None, token=None)
    quote = quotes.quote(state, wishes, now)
    review = quotes.review_violations(state, quote.refund)
    return QuoteResponse(
        verdict="needs_agent" if review else "accepted",
        reasons=tuple(review),
        quote=quote,
        token=call.services.tokens.sign_quote(quote),
    )


@endpoint(
    "POST", "/v1/orders/{order}/returns", roles=CUSTOMER_SIDE, status=201, other_statuses=(202,), tags=("returns",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def open_return(call: Call[Services], body: ReturnRequest) -> Response[ReturnResponse]:
    """Authorize a return and hand out its drop-off code; 202 while an agent has to look first."""
    row = await order_of(call)
    if body.reason and call.caller.role not in STAFF:
        raise Problem("forbidden", "Only staff may overrule.")
    answer = await previous_result(call, row) or await _execute_open(call, row, body)
    shown = await _return_response(call, row, answer.subject, answer)
    return Response(shown, status=202 if answer.verdict == "needs_agent" else 201)


async def _execute_open(call: Call[Services], row: OrderRow, body: ReturnRequest) -> CommandResult:
    """Ask the journey; a quote of our own that went stale between look and ask is simply made anew."""
    until = asyncio.get_running_loop().time() + _REQUOTE_TIMEOUT
    for attempt in itertools.count():
        seen, _ = await state_of(call, row)
        hit("return.validating")
        try:
            ask = await _open_command(call, row, body)
        except Problem:
            written = await previous_result(call, row)
            if written is None:
                raise
            return written  # between our looks; it took the very units that we were refused
        answer = await send_command(call, row, ask, attempt)
        stale = body.quote is None and [one.code for one in answer.reasons] == [Reason.QUOTE_STALE]
        if not stale or not await wait_for_newer_version(call, row, seen.seq, until):
            break
    return await raise_if_refused(call, row, ask, answer)


async def _open_command(call: Call[Services], row: OrderRow, body: ReturnRequest) -> OpenReturn:
    return_id = new_return_id()
    return OpenReturn(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await sandbox_time(call),
        return_id=return_id,
        number=new_return_number(),
        code_hash=call.services.tokens.code_hash(call.services.tokens.drop_off_code(return_id)),
        quote=await _binding_quote(call, row, body),
        resolution=body.resolution,
        method=body.method,
        reason=await seal_text(call.services.vault, row, body.reason),
    )


async def _binding_quote(call: Call[Services], row: OrderRow, body: ReturnRequest) -> Quote:
    """The quote we are held to: the one shown before, else one made now. Raises refused."""
    wishes = return_items(body.items)
    if body.quote is not None:
        quote = call.services.tokens.verify_quote(body.quote)
        if quote is None or quote.order != row.id or not _same(quote, wishes):
            raise await refusal_problem(call, row, [Violation(code=Reason.QUOTE_STALE)])
        return quote
    state, _ = await state_of(call, row)
    now = await business_now(call)
    found = [one for one in eligibility.violations(state, wishes, now) if not _waived(one, body.reason)]
    if found:
        raise await refusal_problem(call, row, found)
    return quotes.quote(state, wishes, now)


def _waived(violation: Violation, reason: str) -> bool:
    """The journey judges whether it really may be overruled; here it only must not stop the quote."""
    return bool(reason) and violation.code in WAIVABLE


def _same(quote: Quote, wishes: list[ReturnItem]) -> bool:
    asked = {wish.line_id: wish.quantity for wish in eligibility.merge_lines(wishes)}
    return asked == {item.line_id: len(item.units) for item in quote.items}


async def _return_response(
    call: Call[Services], row: OrderRow, return_id: str, result: CommandResult | None = None
) -> ReturnResponse:
    state, _ = await state_of(call, row)
    case = state.case(return_id)
    if case is None:
        raise Problem("not_found")
    verdict: Literal["accepted", "needs_agent"] = (
        "needs_agent" if case.decision == "in_review" else "accepted"
    )
    return ReturnResponse(
        verdict=verdict,
        reasons=result.reasons if result else (),
        **{"return": return_view(state, case)},
        code=await _code(call, state, return_id),
    )


async def _code(call: Call[Services], state: JourneyState, return_id: str) -> DropOffCode | None:
    case = state.case(return_id)
    assert case is not None
    if call.caller.role not in CUSTOMER_SIDE or case.code_state(await business_now(call)) != "valid":
        return None
    at = f"/v1/returns/{return_id}/code"
    return DropOffCode(
        text=call.services.tokens.drop_off_code(return_id),
        expires_at=case.code_expires_at,
        svg=f"{at}.svg",
        png=f"{at}.png",
    )


@endpoint(
    "GET", "/v1/returns", roles={Role.STOREFRONT, Role.WAREHOUSE, Role.FINANCE} | STAFF, tags=("returns",)
)
async def list_returns(call: Call[Services], query: ReturnListQuery) -> ReturnList:
    """The merchant's returns, newest first."""
    page = await page_of(
        call.services.returns.page(call.merchant, limit=query.limit, cursor=query.cursor, status=query.status)
    )
    views = []
    for known in page.items:
        snapshot = await call.services.snapshots.snapshot(call.merchant, known.order)
        case = snapshot.state.case(known.id) if snapshot else None
        if snapshot and case:
            views.append(return_view(snapshot.state, case))
    return ReturnList(items=tuple(views), next=page.next)


@endpoint(
    "GET", "/v1/returns/{return}", roles=CUSTOMER_SIDE | {Role.WAREHOUSE, Role.FINANCE}, tags=("returns",)
)
async def get_return(call: Call[Services]) -> Response[ReturnResponse]:
    """One return: its goods, its money, and its code while it can be used. The ETag is the return's own version."""
    row, return_id = await return_of(call)
    shown = await _return_response(call, row, return_id)
    return Response(shown, headers=etag(version_of(shown.return_)))


async def _render_code(call: Call[Services], kind: Literal["svg", "png"]) -> bytes:
    row, return_id = await return_of(call)
    state, _ = await state_of(call, row)
    code = await _code(call, state, return_id)
    if code is None:
        raise Problem("not_found", "The return has no code that can be used.")
    out = io.BytesIO()
    qr(code.text).save(out, kind=kind, scale=8, border=4)
    return out.getvalue()


@endpoint(
    "GET", "/v1/returns/{return}/code.svg", roles=CUSTOMER_SIDE, tags=("returns",), produces="image/svg+xml"
)
async def get_code_svg(call: Call[Services]) -> bytes:
    """The drop-off code as a QR symbol, SVG."""
    return await _render_code(call, "svg")


@endpoint(
    "GET", "/v1/returns/{return}/code.png", roles=CUSTOMER_SIDE, tags=("returns",), produces="image/png"
)
async def get_code_png(call: Call[Services]) -> bytes:
    """The drop-off code as a QR symbol, PNG."""
    return await _render_code(call, "png")


@endpoint(
    "POST", "/v1/returns/{return}/cancel", roles=CUSTOMER_SIDE, tags=("returns",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def cancel_return(call: Call[Services], body: CancelReturnRequest | None) -> ReturnResponse:
    """Call a return off while nothing irreversible happened; its units may be returned anew."""
    row, return_id = await return_of(call)
    ask = CancelReturn(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await sandbox_time(call),
        return_id=return_id,
        reason=await seal_text(call.services.vault, row, body.reason if body else ""),
    )
    await execute(call, row, ask)
    return await _return_response(call, row, return_id)


@endpoint(
    "POST", "/v1/returns/{return}/receipts", roles={Role.WAREHOUSE} | STAFF, status=201, tags=("warehouse",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def receive_goods(call: Call[Services], body: GoodsReceipt | None) -> ReturnResponse:
    """The warehouse received goods of a return; without a list everything that was announced."""
    row, return_id = await return_of(call)
    ask = ReceiveGoods(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await sandbox_time(call),
        return_id=return_id,
        lines=body.lines if body else (),
    )
    await execute(call, row, ask)
    return await _return_response(call, row, return_id)


@endpoint(
    "POST", "/v1/returns/{return}/overrides", roles=STAFF, tags=("agents",),
    problems=("refused", "version_conflict", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def override_return(call: Call[Services], body: ReturnOverride) -> ReturnResponse:
    """Overrule a step of the return, with a reason that is kept. `If-Match` with its ETag is `expected_version`."""
    row, return_id = await return_of(call)
    expected = expected_version(call)
    version = body.expected_version if expected is None else expected[:64]
    ask = OverrideReturn(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await sandbox_time(call),
        return_id=return_id,
        request=body.with_sealed_reason(await seal_text(call.services.vault, row, body.reason), version),
    )
    await execute(call, row, ask)
    return await _return_response(call, row, return_id)
