"""From a request to a command and back: which order is meant, who asks, and what the answer is in HTTP."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter
from structlog.contextvars import bind_contextvars

from api import metrics
from api.context import Services
from api.encoded import encode
from api.endpoint import Call, Response
from api.problems import Problem, ProblemCode
from domain import keys
from domain.actors import Actor, Role
from domain.journey.order_view import OrderView, order_view
from domain.model.command import Command
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation
from services.journeys import JourneyUnavailable
from store.engine.columns import real_now
from store.engine.paging import BadCursor, Page
from store.tables.all import OrderRow

T = TypeVar("T")
RETRY_AFTER = 2.0
_POLL_INTERVAL = 0.01
_ORDER_VIEW = TypeAdapter(OrderView)
_PROBLEM_CODES: dict[Reason, ProblemCode] = {
    Reason.STATE_CHANGED: "version_conflict",
    Reason.CODE_USED: "code_used",
    Reason.CODE_EXPIRED: "code_expired",
}


async def order_of(call: Call[Services]) -> OrderRow:
    """The order in the path, if it is the caller's to see. Unknown and foreign orders are alike not_found."""
    row = await call.services.orders.find(call.merchant, call.path["order"])
    if row is None or call.caller.order not in (None, row.id):
        raise Problem("not_found")
    bind_contextvars(order=row.id)
    return row


async def return_of(call: Call[Services]) -> tuple[OrderRow, str]:
    """The order of the return in the path, and the return's id."""
    known = await call.services.returns.find(call.merchant, call.path["return"])
    if known is None or call.caller.order not in (None, known.order):
        raise Problem("not_found")
    row = await call.services.orders.by_id(call.merchant, known.order)
    assert row is not None
    bind_contextvars(order=row.id)
    return row, known.id


async def state_of(call: Call[Services], row: OrderRow) -> tuple[JourneyState, datetime]:
    """The last committed state and when it was true. Raises unavailable while the journey has not begun."""
    known = await call.services.snapshots.snapshot(row.merchant, row.id)
    if known is None:
        raise not_started()
    return known.state, known.as_of


def not_started() -> Problem:
    return Problem("unavailable", "The order is taken and not started yet.", retry_after=RETRY_AFTER)


async def wait_for_newer_version(call: Call[Services], row: OrderRow, seq: int, deadline: float) -> bool:
    """Whether by that loop time a later version is written: the journey judges by its newest state and writes it after."""
    while asyncio.get_running_loop().time() < deadline:
        state, _ = await state_of(call, row)
        if state.seq > seq:
            return True
        await asyncio.sleep(_POLL_INTERVAL)
    return False


async def status_of(call: Call[Services]) -> Response[OrderView]:
    """The last committed status of the order in the path, as JSON: worked out once for each version of the order."""
    found = await call.services.snapshot_versions.find(call.merchant, call.path["order"])
    if found is None or call.caller.order not in (None, found.order):
        raise Problem("not_found")
    bind_contextvars(order=found.order)
    if found.version is None:
        raise not_started()
    status = call.services.status_cache.get(found.order, found.version)
    if status is not None:
        return Response(status, headers=etag(found.version.seq))
    known = await call.services.snapshots.snapshot(call.merchant, found.order)
    if known is None:
        raise not_started()
    status = encode(_ORDER_VIEW, order_view(known.state, known.as_of))
    if (known.state.seq, known.as_of) == (found.version.seq, found.version.as_of):
        call.services.status_cache.put(found.order, found.version, status)
    return Response(status, headers=etag(known.state.seq))


async def view_of(call: Call[Services], row: OrderRow) -> OrderView:
    state, as_of = await state_of(call, row)
    return order_view(state, as_of)


def actor_of(call: Call[Services]) -> Actor:
    return Actor(role=call.caller.role, name=call.caller.name)


async def sandbox_time(call: Call[Services]) -> datetime | None:
    """The sandbox clock; None where time is real."""
    return await call.services.clocks.get(call.merchant)


async def business_now(call: Call[Services]) -> datetime:
    return await call.services.clocks.business_now(call.merchant)


async def execute(call: Call[Services], row: OrderRow, command: Command) -> CommandResult:
    """Have the journey carry it out; raises the problem that its refusal, or its silence, is."""
    return await raise_if_refused(call, row, command, await send_command(call, row, command))


async def previous_result(call: Call[Services], row: OrderRow) -> CommandResult | None:
    """What this very command came to when its first answer got lost: judged anew it would stand in its own way."""
    state, _ = await state_of(call, row)
    return state.command_results.get(call.command_id)


async def send_command(
    call: Call[Services], row: OrderRow, command: Command, attempt: int = 0
) -> CommandResult:
    """The journey's answer, whatever its verdict. Raises unavailable or too_many_requests."""
    try:
        async with call.services.per_order_limiter.slot(keys.workflow_id(row.merchant, row.id)):
            with metrics.time_command(type(command).__name__) as asked:
                answer = await call.services.journeys.execute(row.merchant, row.id, command, attempt)
                asked.outcome = answer.verdict
                return answer
    except JourneyUnavailable:
        raise Problem(
            "unavailable", "No answer in time; repeat the same request.", retry_after=RETRY_AFTER
        ) from None


async def raise_if_refused(
    call: Call[Services], row: OrderRow, command: Command, answer: CommandResult
) -> CommandResult:
    """The answer, unless it is a refusal: that is raised, and audited for staff."""
    if answer.verdict == "refused":
        await audit_refusal(call, row, command, answer.reasons)
        raise await refusal_problem(call, row, list(answer.reasons))
    return answer


async def audit_refusal(
    call: Call[Services], row: OrderRow, command: Command, reasons: tuple[Violation, ...]
) -> None:
    """Refusals leave no trace in the journey's history; what staff tried is audited here."""
    if call.caller.role in (Role.CUSTOMER, Role.STOREFRONT):
        return
    facts: dict[str, str | int] = {"reasons": ",".join(sorted({one.code for one in reasons}))}
    name = type(command).__name__
    now = command.now or real_now()
    await call.services.audit.write(
        row.merchant, actor_of(call), f"refused:{name}", at=now, order=row.id, details=facts
    )


async def refusal_problem(call: Call[Services], row: OrderRow, reasons: list[Violation]) -> Problem:
    """The problem document of a refusal, with all its reasons; a version conflict shows the current state."""
    for reason in reasons:
        code = _PROBLEM_CODES.get(reason.code)
        if code == "version_conflict":
            return Problem(code, reasons=reasons, current=await view_of(call, row))
        if code is not None:
            return Problem(code, reasons=reasons)
    return Problem("refused", reasons=reasons)


def etag(version: object) -> dict[str, str]:
    """The header that names the version an answer shows."""
    return {"ETag": f'"{version}"'}


def expected_version(call: Call[Services]) -> str | None:
    """The version the caller saw (If-Match); None without one, or for any."""
    sent = call.request.headers.get("If-Match", "*").strip()
    return None if sent == "*" else sent.strip('"')


async def page_of(paging: Awaitable[Page[T]]) -> Page[T]:
    """A page of a list. Raises invalid_query for a cursor that we did not give."""
    try:
        return await paging
    except BadCursor:
        raise Problem("invalid_query", "The cursor is not one that we gave.") from None
