"""From a request to a use case and back: the order it names, the context of its command, its result in HTTP."""

import re
from collections.abc import Iterable

from structlog.contextvars import bind_contextvars

from api.context import Services
from api.http.endpoint import Call
from api.http.problems import Problem, ProblemCode
from api.http.reasons import reason_views
from domain.actors import Role
from domain.journey.customer_order import CustomerOrder
from domain.journey.order_view import OrderView
from domain.reasons import CommandResult, Reason, Violation
from services.commands import CommandContext
from services.order_reader import FoundOrder
from services.returns.reader import FoundReturn

_VERSION = re.compile(r"[0-9A-Za-z_.-]{1,18}")  # a number below 2^59, or the version of a return
# Facts of reasons that customers may read: about their goods, their dates and what they sent.
_CUSTOMERS_FACTS = frozenset(
    {"line", "parcel", "return", "consent", "requested", "available", "remaining", "reason", "resolution", "max",
     "window_end", "until", "due", "expired_at", "now", "max_days", "rule", "units"}
)  # fmt: skip
_PROBLEM_CODES: dict[Reason, ProblemCode] = {
    Reason.STATE_CHANGED: "version_conflict",
    Reason.PARCEL_ALREADY_REGISTERED: "parcel_conflict",
    Reason.CODE_USED: "code_used",
    Reason.CODE_EXPIRED: "code_expired",
}


async def order_of(call: Call[Services]) -> FoundOrder:
    """The order in the path, if the caller may see it. Unknown and foreign orders are alike not_found."""
    order = await call.services.orders.reader.find(call.merchant, call.path["order"])
    if order is None or call.caller.order not in (None, order.id):
        raise Problem("not_found")
    bind_contextvars(order=order.id)
    return order


async def return_of(call: Call[Services]) -> FoundReturn:
    """The return in the path, if the caller may see its order."""
    found = await call.services.returns.reader.find(call.merchant, call.path["return"])
    if found is None or call.caller.order not in (None, found.order.id):
        raise Problem("not_found")
    bind_contextvars(order=found.order.id)
    return found


async def context_of(call: Call[Services]) -> CommandContext:
    """The context of the caller's command."""
    return await call.services.commands.context(call.merchant, call.caller.actor, call.command_id)


async def accepted(call: Call[Services], order: FoundOrder, result: CommandResult) -> CommandResult:
    """The result, unless it is a refusal: that is raised as a problem with all its reasons.

    A version conflict shows the order as it stands.
    """
    if result.verdict != "refused":
        return result
    reasons = shown_reasons(call, result.reasons)
    for reason in reasons:
        code = _PROBLEM_CODES.get(reason.code)
        if code == "version_conflict":
            current = await call.services.orders.reader.view(order)
            raise Problem(code, reasons=reason_views(reasons), current=current)
        if code == "parcel_conflict":
            raise Problem(
                code, reasons=reason_views(reasons), differs=str(reason.details["differs"]).split(", ")
            )
        if code is not None:
            raise Problem(code, reasons=reason_views(reasons))
    raise Problem("refused", reasons=reason_views(reasons))


async def view_after(call: Call[Services], order: FoundOrder, result: CommandResult) -> OrderView:
    """The order after an accepted command, for routes without customers. Raises the problem that a refusal is."""
    await accepted(call, order, result)
    return await call.services.orders.reader.view(order)


async def callers_view_after(
    call: Call[Services], order: FoundOrder, result: CommandResult
) -> OrderView | CustomerOrder:
    """The same for routes that customers call too: each caller gets the view that they may see."""
    if not is_customer(call):
        return await view_after(call, order, result)
    await accepted(call, order, result)
    return await call.services.orders.reader.customer_view(order)


def is_customer(call: Call[Services]) -> bool:
    """Whether a customer calls with a link: they get schemas of their own."""
    return call.caller.role is Role.CUSTOMER


def shown_reasons(call: Call[Services], reasons: Iterable[Violation]) -> tuple[Violation, ...]:
    """The reasons with their facts. Customers get the facts about their goods and dates, not the merchant's limits."""
    if not is_customer(call):
        return tuple(reasons)
    return tuple(
        Violation(code=one.code, details={k: v for k, v in one.details.items() if k in _CUSTOMERS_FACTS})
        for one in reasons
    )


def etag(version: object) -> dict[str, str]:
    """The header that names the version an answer shows."""
    return {"ETag": f'"{version}"'}


def expected_version(call: Call[Services]) -> str | None:
    """The version the caller saw (If-Match); None without one, or for any. What cannot be a version of ours is the empty one."""
    sent = call.request.headers.get("If-Match", "*").strip()
    return None if sent == "*" else _version(sent.strip('"'))


async def expected_seq(call: Call[Services], order: FoundOrder, seq: int | None) -> int | None:
    """The version of the order that the caller saw: by `If-Match`, else as given."""
    expected = expected_version(call)
    if expected is None:
        return seq
    if not expected.isdecimal():
        raise Problem("version_conflict", current=await call.services.orders.reader.view(order))
    return int(expected)


def _version(text: str) -> str:
    return text if _VERSION.fullmatch(text) else ""
