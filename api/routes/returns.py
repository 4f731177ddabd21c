"""Routes: returns are quoted, opened, handed in by code, received by the warehouse and overruled."""

import io
from typing import Literal

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.languages import wanted_languages
from api.http.problems import Problem
from api.http.reasons import reason_views
from api.request_context import (
    accepted,
    context_of,
    etag,
    expected_version,
    is_customer,
    order_of,
    return_of,
    shown_reasons,
)
from api.schemas.returns import (
    CancelReturnRequest,
    CustomerReturnResponse,
    DropOffCode,
    GoodsReceipt,
    QuoteRequest,
    QuoteResponse,
    ReturnableResponse,
    ReturnList,
    ReturnListQuery,
    ReturnOverride,
    ReturnRequest,
    ReturnResponse,
    return_items,
    returnable_response,
)
from domain.actors import STAFF, Role
from domain.reasons import Violation
from domain.returns.views import version_of
from services.drop_off_codes import qr
from services.returns.opening import NewReturn
from services.returns.reader import FoundReturn, ReturnDetails

CUSTOMER_SIDE = {Role.CUSTOMER, Role.STOREFRONT} | STAFF


@endpoint("GET", "/v1/orders/{order}/returnable", roles=CUSTOMER_SIDE, tags=("returns",))
async def get_returnable(call: Call[Services]) -> ReturnableResponse:
    """What of the order can be returned now: lines, units left, until when, reasons, and what each resolution pays.

    Labels are in the first language of `Accept-Language` that there are labels in, else in the customer's. What is offered
    here is quoted; what has `reasons` is refused for them.
    """
    order = await order_of(call)
    found = await call.services.returns.forms.returnable(order, wanted_languages(call.request))
    return returnable_response(found, lambda line: reason_views(shown_reasons(call, line.reasons)))


@endpoint("POST", "/v1/orders/{order}/returns/quote", roles=CUSTOMER_SIDE, tags=("returns",))
async def quote_return(call: Call[Services], body: QuoteRequest) -> QuoteResponse:
    """What these items pay as refund, as store credit and as an exchange, or every reason why they cannot come back."""
    order = await order_of(call)
    opening = call.services.returns.opening
    result = await opening.quote(order, return_items(body.items), body.method, body.exchange)
    return QuoteResponse(
        verdict=result.verdict,
        reasons=reason_views(shown_reasons(call, result.reasons)),
        quote=result.quote,
        token=result.token,
        exchange_reasons=reason_views(result.exchange_reasons),
        risk=result.risk if call.caller.role in STAFF else None,
    )


@endpoint(
    "POST", "/v1/orders/{order}/returns", roles=CUSTOMER_SIDE, status=201, other_statuses=(202,), tags=("returns",),
    problems=("refused", "too_many_requests"), location="/v1/returns/{return.return_id}",
    idempotency="required", limit=64 * 1024,
)  # fmt: skip
async def open_return(
    call: Call[Services], body: ReturnRequest
) -> Response[ReturnResponse | CustomerReturnResponse]:
    """Authorize a return, with its drop-off code; 202 while an agent has to decide first."""
    order = await order_of(call)
    if body.reason and call.caller.role not in STAFF:
        raise Problem("forbidden", "Only staff may overrule.")
    new = NewReturn(
        items=return_items(body.items),
        resolution=body.resolution,
        method=body.method,
        quote=body.quote,
        reason=body.reason,
        wishes=body.exchange,
        fallback=body.fallback,
    )
    result = await call.services.returns.opening.open(await context_of(call), order, new)
    await accepted(call, order, result)
    response = _shown(call, await _details(call, FoundReturn(order, result.subject)), result.reasons)
    return Response(response, status=202 if result.verdict == "needs_agent" else 201)


@endpoint(
    "GET", "/v1/returns", roles={Role.STOREFRONT, Role.WAREHOUSE, Role.FINANCE} | STAFF, tags=("returns",)
)
async def list_returns(call: Call[Services], query: ReturnListQuery) -> ReturnList:
    """The merchant's returns, newest first."""
    page = await call.services.returns.reader.page(call.merchant, query.page(), query.status)
    return ReturnList(items=tuple(page.items), next=page.next)


@endpoint(
    "GET",
    "/v1/returns/{return}",
    roles=CUSTOMER_SIDE | {Role.WAREHOUSE, Role.FINANCE},
    other_statuses=(304,),
    tags=("returns",),
)
async def get_return(call: Call[Services]) -> Response[ReturnResponse | CustomerReturnResponse]:
    """One return: its goods, its money, and its code while it can be used. The ETag is the return's own version."""
    details = await _details(call, await return_of(call))
    return Response(_shown(call, details), headers=etag(version_of(details.view)))


@endpoint(
    "GET", "/v1/returns/{return}/code.svg", roles=CUSTOMER_SIDE, tags=("returns",), produces="image/svg+xml"
)
async def get_code_svg(call: Call[Services]) -> bytes:
    """The drop-off code as a QR symbol, SVG."""
    return await _code_image(call, "svg")


@endpoint(
    "GET", "/v1/returns/{return}/code.png", roles=CUSTOMER_SIDE, tags=("returns",), produces="image/png"
)
async def get_code_png(call: Call[Services]) -> bytes:
    """The drop-off code as a QR symbol, PNG."""
    return await _code_image(call, "png")


@endpoint(
    "POST", "/v1/returns/{return}/cancel", roles=CUSTOMER_SIDE, tags=("returns",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def cancel_return(
    call: Call[Services], body: CancelReturnRequest | None
) -> ReturnResponse | CustomerReturnResponse:
    """Cancel a return while nothing irreversible has happened; its units may be returned again."""
    found = await return_of(call)
    changes = call.services.returns.changes
    result = await changes.cancel(await context_of(call), found, body.reason if body else "")
    await accepted(call, found.order, result)
    return _shown(call, await _details(call, found))


@endpoint(
    "POST", "/v1/returns/{return}/receipts", roles={Role.WAREHOUSE} | STAFF, status=201, tags=("warehouse",),
    problems=("refused", "too_many_requests"), idempotency="optional", location="/v1/returns/{return.return_id}",
)  # fmt: skip
async def receive_goods(call: Call[Services], body: GoodsReceipt | None) -> ReturnResponse:
    """The warehouse received goods, whatever they are; without `lines` everything that was announced is there."""
    found = await return_of(call)
    changes = call.services.returns.changes
    result = await changes.receive(await context_of(call), found, body.lines if body else ())
    await accepted(call, found.order, result)
    return await _response(call, found)


@endpoint(
    "POST", "/v1/returns/{return}/overrides", roles=STAFF, tags=("agents",),
    problems=("refused", "version_conflict", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def override_return(call: Call[Services], body: ReturnOverride) -> ReturnResponse:
    """Overrule a step of the return, with a reason that is recorded. `If-Match` with its ETag is `expected_version`."""
    found = await return_of(call)
    context, staff = await context_of(call), call.services.staff_orders
    command = await staff.commands.return_override(context, found, body.request(expected_version(call)))
    result = await staff.undo.give(context, found.order, command, wait=body.wait)
    await accepted(call, found.order, result)
    return await _response(call, found)


async def _details(call: Call[Services], found: FoundReturn) -> ReturnDetails:
    details = await call.services.returns.reader.details(found)
    if details is None:
        raise Problem("not_found")
    return details


async def _response(call: Call[Services], found: FoundReturn) -> ReturnResponse:
    return _for_staff(call, await _details(call, found))


def _shown(
    call: Call[Services], details: ReturnDetails, reasons: tuple[Violation, ...] = ()
) -> ReturnResponse | CustomerReturnResponse:
    """The return as its caller may see it."""
    if not is_customer(call):
        return _for_staff(call, details, reasons)
    return CustomerReturnResponse(
        verdict=details.verdict,
        reasons=reason_views(shown_reasons(call, reasons)),
        **{"return": details.for_customer},
        code=_code(call, details),
    )


def _for_staff(
    call: Call[Services], details: ReturnDetails, reasons: tuple[Violation, ...] = ()
) -> ReturnResponse:
    return ReturnResponse(
        verdict=details.verdict,
        reasons=reason_views(reasons),
        **{"return": details.view},
        risk=details.risk if call.caller.role in STAFF | {Role.FINANCE} else None,
        code=_code(call, details),
    )


def _code(call: Call[Services], details: ReturnDetails) -> DropOffCode | None:
    """The code, for those who may hand the goods in."""
    if details.code is None or call.caller.role not in CUSTOMER_SIDE:
        return None
    path = f"/v1/returns/{details.view.return_id}/code"
    return DropOffCode(
        text=details.code, expires_at=details.view.code_expires_at, svg=f"{path}.svg", png=f"{path}.png"
    )


async def _code_image(call: Call[Services], kind: Literal["svg", "png"]) -> bytes:
    details = await _details(call, await return_of(call))
    if details.code is None:
        raise Problem("not_found", "The return has no code that can be used.")
    out = io.BytesIO()
    qr(details.code).save(out, kind=kind, scale=8, border=4)
    return out.getvalue()
