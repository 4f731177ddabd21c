"""Routes: texts that agents answer with often."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.request_context import order_of
from api.routes.correspondence import WrittenText
from domain.actors import STAFF, Role
from domain.base import Frozen
from services.console.macros import ReplyMacro, TooManyMacros, UnknownPlaces

_WRITERS = {Role.SENIOR_AGENT, Role.ADMIN}


class ReplyMacroList(Frozen):
    """The merchant's macros; at most 200, so they are not paged."""

    items: tuple[ReplyMacro, ...]
    """By name."""
    next: None = None
    """Always null: all are here."""


class WrittenMacro(Frozen):
    """Name and text of a macro."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    """What agents choose it by."""
    text: WrittenText
    """With `{customer}`, `{order}` and `{agent}` where their names go."""


class FilledMacro(Frozen):
    """The text of a macro for one order."""

    text: str
    """To be read and changed before it is sent as a reply."""


@endpoint("GET", "/v1/reply-macros", roles=STAFF, tags=("agents",))
async def list_macros(call: Call[Services]) -> ReplyMacroList:
    """The merchant's macros, by name."""
    return ReplyMacroList(items=tuple(await call.services.console.macros.of(call.merchant)))


@endpoint("PUT", "/v1/reply-macros/{macro}", roles=_WRITERS, tags=("agents",), problems=("refused",))
async def put_macro(call: Call[Services], body: WrittenMacro) -> ReplyMacro:
    """Write a macro. A place that nothing fills is refused."""
    merchant, macro = call.merchant, call.path["macro"]
    if not macro.replace("-", "").isalnum() or not macro.isascii() or len(macro) > 40:
        raise Problem("refused", "An id has letters, digits and hyphens, at most 40.")
    try:
        written = (body.name, body.text)
        return await call.services.console.macros.put(merchant, call.caller.actor, macro, written)
    except UnknownPlaces:
        raise Problem("refused", "Only {customer}, {order} and {agent} are filled.") from None
    except TooManyMacros:
        raise Problem("refused", "There are 200 macros, the greatest number.") from None


@endpoint("DELETE", "/v1/reply-macros/{macro}", roles=_WRITERS, status=204, tags=("agents",))
async def delete_macro(call: Call[Services]) -> None:
    """Delete a macro. Replies that were written with it stay."""
    macros = call.services.console.macros
    if not await macros.delete(call.merchant, call.caller.actor, call.path["macro"]):
        raise Problem("not_found")


@endpoint("GET", "/v1/orders/{order}/reply-macros/{macro}", roles=STAFF, tags=("agents",))
async def fill_macro(call: Call[Services]) -> FilledMacro:
    """The macro's text with the names of this order's customer, of the order and of the caller. Nothing is sent."""
    order = await order_of(call)
    text = await call.services.console.macros.filled(order, call.caller.actor, call.path["macro"])
    if text is None:
        raise Problem("not_found")
    return FilledMacro(text=text)
