"""Routes: customers withdraw from contracts, by the shop's own function or without any key; people decide what is left."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.auth import PUBLIC
from api.http.endpoint import Call, endpoint
from api.http.fields import SentInstant
from api.http.problems import Problem
from api.request_context import accepted, order_of
from api.schemas.orders import PageQuery
from domain.actors import STAFF, Actor, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import Identifier
from domain.model.return_choices import ReturnMethod
from domain.returns.withdrawal_rules import WithdrawalOffer
from domain.text import IsText, is_mail_address
from services.order_reader import FoundOrder
from services.withdrawals.service import (
    NewWithdrawal,
    WithdrawalDecided,
    WithdrawalDecision,
    WithdrawalOutcome,
    WithdrawalView,
)
from services.withdrawals.statement import MAX_GOODS, WithdrawalStatement, statement_in_english

_TAGS = ("withdrawals",)
CUSTOMER_SIDE = {Role.CUSTOMER, Role.STOREFRONT} | STAFF
READERS = {Role.STOREFRONT} | STAFF
_STRANGER = Actor(role=Role.CUSTOMER, name="withdrawal form")


class PublicWithdrawal(Frozen):
    """What a customer states without a key: who they are, which order they mean, and where the confirmation goes."""

    merchant: Annotated[str, Field(min_length=1, max_length=64)]
    """The shop."""
    name: Annotated[str, Field(min_length=1, max_length=200), *IsText]
    """The customer's name."""
    number: Annotated[str, Field(min_length=1, max_length=64), *IsText]
    """The order's number, as the shop's letters name it."""
    email: Annotated[str, Field(min_length=3, max_length=254), *IsText]
    """Where the confirmation goes. With the address of the order the return opens by itself."""
    goods: Annotated[str, Field(max_length=MAX_GOODS), *IsText] = ""
    """Which goods, in the customer's words; empty for the whole order. A person reads it."""
    language: Annotated[str, Field(max_length=35)] = "en"
    """The customer's language, as BCP 47."""


class WithdrawalReceived(Frozen):
    """The statement was kept. It says nothing about whether there is such an order."""

    id: str
    """Our id of the statement."""
    received_at: Instant
    """When it was received."""
    text: str
    """The whole statement."""
    confirmation: str
    """The page with the confirmation to keep: a path of this server."""


class WithdrawnItem(Frozen):
    """Units of a line."""

    line_id: Identifier
    """The order's line."""
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]
    """How many units of it."""


Items = Annotated[tuple[WithdrawnItem, ...], Field(max_length=200)]


class OrderWithdrawal(Frozen):
    """A withdrawal from the contract about a known order, as the shop's own function passes it on."""

    items: Items = ()
    """The goods; the whole order if left out."""
    method: ReturnMethod = "drop_off"
    """How the goods come back."""
    name: Annotated[str, Field(max_length=200), *IsText] = ""
    """The customer's name, if it is another than the order's."""
    text: Annotated[str, Field(max_length=4000)] = ""
    """The customer's own words, if the shop's function has them."""
    received_at: SentInstant | None = None
    """When the customer stated it, if that was before now."""


class WithdrawalAssignment(Frozen):
    """Which order a statement is about."""

    order: Identifier
    """The order, by your id or ours."""
    items: Items = ()
    """The goods; the whole order if left out."""
    reason: Annotated[str, Field(min_length=3, max_length=500), *IsText]
    """Why, in your words; kept sealed."""


class WithdrawalClosing(Frozen):
    """Why a statement opens no return."""

    reason: Annotated[str, Field(min_length=3, max_length=500), *IsText]
    """In your words; kept sealed. It names no person."""


class WithdrawalQuery(PageQuery):
    """Which statements are wanted."""

    outcome: WithdrawalOutcome | None = None
    """Only those that stand so."""


class WithdrawalList(Frozen):
    """A page of statements."""

    items: tuple[WithdrawalView, ...]
    """The statements, newest first."""
    next: str | None
    """The cursor of the next page; null on the last page."""


@endpoint(
    "POST", "/v1/withdrawals", roles=PUBLIC, status=202, tags=_TAGS, problems=("rate_limited",), limit=16_384
)
async def withdraw_without_key(call: Call[Services], body: PublicWithdrawal) -> WithdrawalReceived:
    """Withdraw from a contract, without a key: the statement is kept, confirmed by mail and worked off. No reason is asked.

    The answer is the same whether there is such an order or not. With the number and the e-mail address of an order its return
    opens; everything else is a question to an agent (`withdrawal` in `GET /v1/attention`). Limits are those of order look-ups.
    """
    if not is_mail_address(body.email):
        raise Problem("invalid_body", "email: state an e-mail address")
    branding = await call.services.merchants.branding.shown(body.merchant)
    if branding is None:
        raise Problem("not_found")
    limiter = call.services.operations.rate_limiter
    limiter.consume(call.request, "lookups", limiter.network(call.request))
    limiter.consume(
        call.request, "lookups_of_order", call.services.returns.withdrawals.owner(body.merchant, body.email)
    )
    stated = WithdrawalStatement(
        **body.model_dump(include={"name", "number", "email"}),
        text=statement_in_english(branding.name, body.number, body.goods, body.name),
        partly=bool(body.goods),
        locale=body.language,
    )
    new = NewWithdrawal(call.command_id, "api", stated)
    kept = await call.services.returns.withdrawals.keep(body.merchant, _STRANGER, new)
    token = call.services.returns.withdrawals.token(body.merchant, kept.id)
    return WithdrawalReceived(
        id=kept.id, received_at=kept.received_at, text=stated.text, confirmation=f"/withdrawn/{token}"
    )


@endpoint(
    "POST", "/v1/orders/{order}/withdrawals", roles=READERS, status=201, tags=_TAGS,
    idempotency="required", location="/v1/withdrawals/{id}", limit=64 * 1024, problems=("too_many_requests",),
)  # fmt: skip
async def withdraw_from_order(call: Call[Services], body: OrderWithdrawal) -> WithdrawalView:
    """Pass on that the customer withdraws from the contract about this order, as by the shop's own function.

    It is never refused: the statement is kept and confirmed by mail, and a return is opened for what arrived (`return_id`).
    What cannot be opened by rules is a question to an agent (`outcome: case`, `reasons`).
    """
    order = await order_of(call)
    units = _units(body.items)
    new = NewWithdrawal(
        form=call.command_id,
        source="shop",
        statement=await call.services.returns.withdrawals.statement_of(order, body.name, body.text, units),
        order=order,
        units=units,
        method=body.method,
        received_at=body.received_at,
    )
    withdrawals = call.services.returns.withdrawals
    kept = await withdrawals.keep(call.merchant, call.caller.actor, new)
    return _found(await withdrawals.carry_out(call.merchant, kept.id))


@endpoint("GET", "/v1/orders/{order}/withdrawals", roles=CUSTOMER_SIDE, tags=_TAGS)
async def get_withdrawal_offer(call: Call[Services]) -> WithdrawalOffer:
    """Whether the order's customer may withdraw from the contract now, until when, and about which goods."""
    return await call.services.returns.withdrawals.offer(await order_of(call))


@endpoint("GET", "/v1/withdrawals", roles=READERS, tags=_TAGS)
async def list_withdrawals(call: Call[Services], query: WithdrawalQuery) -> WithdrawalList:
    """The statements of the merchant's customers, newest first."""
    page = await call.services.returns.withdrawals.page(call.merchant, query.page(), query.outcome)
    return WithdrawalList(items=tuple(page.items), next=page.next)


@endpoint("GET", "/v1/withdrawals/{withdrawal}", roles=READERS, tags=_TAGS)
async def get_withdrawal(call: Call[Services]) -> WithdrawalView:
    """One statement: what was stated when, its confirmation, and what became of it."""
    return _found(await call.services.returns.withdrawals.find(call.merchant, call.path["withdrawal"]))


@endpoint(
    "POST", "/v1/withdrawals/{withdrawal}/assignments", roles=STAFF, tags=_TAGS,
    problems=("refused", "version_conflict", "too_many_requests"),
)  # fmt: skip
async def assign_withdrawal(call: Call[Services], body: WithdrawalAssignment) -> WithdrawalView:
    """Open the return of a statement: of which order, and which goods. Your reason overrules what rules hold against it.

    It stays a case (`not_all_goods`) while some of these goods cannot come back yet. Your own decision again is answered as it
    stands; one that is decided otherwise is not changed (409).
    """
    withdrawals, merchant = call.services.returns.withdrawals, call.merchant
    found = _found(await withdrawals.find(merchant, call.path["withdrawal"]))
    order = await _order(call, body.order)
    decision = WithdrawalDecision(call.caller.actor, body.reason, _units(body.items))
    try:
        await accepted(call, order, await withdrawals.assign(merchant, found.id, order, decision))
    except WithdrawalDecided:
        return await _repeated(call, decision, "opened")
    return _found(await withdrawals.find(merchant, found.id))


@endpoint(
    "POST", "/v1/withdrawals/{withdrawal}/closings", roles=STAFF, tags=_TAGS,
    problems=("version_conflict", "too_many_requests"),
)  # fmt: skip
async def close_withdrawal(call: Call[Services], body: WithdrawalClosing) -> WithdrawalView:
    """End a statement without another return, with a reason.

    Your own decision again is answered as it stands; one that is decided otherwise is not changed (409).
    """
    withdrawals = call.services.returns.withdrawals
    found = _found(await withdrawals.find(call.merchant, call.path["withdrawal"]))
    decision = WithdrawalDecision(call.caller.actor, body.reason)
    try:
        await withdrawals.close(call.merchant, found.id, decision)
    except WithdrawalDecided:
        return await _repeated(call, decision, "closed")
    return _found(await withdrawals.find(call.merchant, found.id))


async def _repeated(
    call: Call[Services], decision: WithdrawalDecision, outcome: WithdrawalOutcome
) -> WithdrawalView:
    """The statement as it stands, if this was decided before by the same person. Raises Problem version_conflict."""
    withdrawals, merchant = call.services.returns.withdrawals, call.merchant
    found = _found(await withdrawals.find(merchant, call.path["withdrawal"]))
    if found.outcome == outcome and await withdrawals.is_decided_by(merchant, found.id, decision):
        return found
    raise Problem("version_conflict", "It was decided before; read it again.")


def _units(items: Items) -> dict[str, int]:
    """The units by line."""
    units: dict[str, int] = {}
    for item in items:
        units[item.line_id] = units.get(item.line_id, 0) + item.quantity
    return units


async def _order(call: Call[Services], name: str) -> FoundOrder:
    order = await call.services.orders.reader.find(call.merchant, name)
    if order is None:
        raise Problem("not_found", "There is no such order.")
    return order


def _found(view: WithdrawalView | None) -> WithdrawalView:
    if view is None:
        raise Problem("not_found")
    return view
