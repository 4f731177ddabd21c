"""Orders: placing, looking, shipping, cancelling."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from api.asking import actor_of, carry_out, clock_of, order_of, page_of, state_of, view_of
from api.codes import Link, new_order_id
from api.endpoint import Call, Reply, endpoint
from api.fields import SentDay, SentInstant
from api.problems import Problem
from api.services import Services
from domain import agenda
from domain.actors import STAFF, Role
from domain.base import Fact
from domain.clock import Instant
from domain.commands.cancel_order import CancelOrder
from domain.commands.override_order import OverrideOrder
from domain.commands.register_parcel import PackedLine, RegisterParcel
from domain.money import Currency, Money
from domain.notices import Entry, Notice
from domain.orders import (
    Destination,
    Label,
    Name,
    Order,
    OrderId,
    OrderLine,
    SealedCustomer,
    Tender,
    inconsistencies,
)
from domain.overrides import OverrideOfOrder
from domain.promises import Promise
from domain.terms import Terms
from domain.views import Next, OrderView, order_view
from store.columns import real_now
from store.mailbox import Kept
from store.tables import AuditRow, OutboxRow
from workflows.journeys import NotAnswering

READERS = {Role.STOREFRONT, Role.CUSTOMER, Role.FINANCE, Role.WAREHOUSE} | STAFF


class Customer(Fact):
    """Who bought it. Name and e-mail are sealed on arrival; `customer_id` becomes a pseudonym."""

    customer_id: Name
    name: Label
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class SentPromise(Fact):
    """The delivery promise: a `day` at the destination, or an instant `at`."""

    day: SentDay | None = None
    at: SentInstant | None = None

    def promise(self) -> Promise:
        if (self.day is None) == (self.at is None):
            raise _wrong([("exactly_one_of_day_and_at", "/promise")])
        return Promise(day=self.day, at=self.at)


class NewOrder(Fact):
    """A paid order. Amounts are integer minor units with tax included; tenders sum to lines plus shipping."""

    order_id: OrderId
    placed_at: SentInstant
    currency: Currency
    customer: Customer
    destination: Destination
    promise: SentPromise
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=200)]
    shipping: Money
    tenders: Annotated[tuple[Tender, ...], Field(max_length=10)]


class NewParcel(Fact):
    """Units handed to a carrier. Without `lines` everything not yet shipped is in it."""

    carrier: Name
    tracking_number: Name
    shipped_on: SentDay | None = None
    lines: Annotated[tuple[PackedLine, ...], Field(max_length=200)] = ()
    promise: SentPromise | None = None


class NewLink(Fact):
    """How long the customer's link opens the order, in hours."""

    hours: Annotated[int, Field(ge=1, le=24 * 90)] = 72


class CustomerLink(Fact):
    """A bearer token that opens one order, for one customer, until it expires."""

    token: str
    expires_at: Instant


class OrderQuery(Fact):
    live: Literal["true", "false"] = "false"


class Page(Fact):
    """`cursor`: `next` of the page before."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class OrderList(Fact):
    items: tuple[OrderView, ...]
    next: str | None


class Timeline(Fact):
    items: tuple[Entry, ...]
    next: str | None


class NoticeView(Fact):
    """A notice and what became of it. `sent_at` is business time; `text` is shown to agents only."""

    key: str
    kind: str
    subject: str
    status: str
    reason: str
    sent_at: Instant | None
    facts: dict[str, str | int]
    subject_line: str | None
    text: str | None


class NoticeList(Fact):
    items: tuple[NoticeView, ...]


class Explanation(Fact):
    """Why the order stands as it does: its frozen terms, what it waits for, and everything decided so far."""

    terms: Terms
    rules_version: int
    waits: tuple[Next, ...]
    decisions: tuple[Entry, ...]


async def timeline_of(call: Call[Services], query: Page, order: str | None) -> Timeline:
    """Audit lines of one order, or of all of the merchant's."""
    paging = call.services.audit.page(call.merchant, limit=query.limit, cursor=query.cursor, order=order)
    page = await page_of(paging)
    entries = [Entry(**_plain(row)) for row in page.items]
    return Timeline(items=tuple(entries), next=page.next)


def _plain(row: AuditRow) -> dict[str, Any]:
    return {**row.model_dump(include=set(Entry.model_fields)), "facts": json.loads(row.facts)}


def _wrong(found: list[tuple[str, str]]) -> Problem:
    errors = [{"pointer": where, "code": code, "detail": code.replace("_", " ")} for code, where in found]
    return Problem("invalid_body", errors=errors)


@endpoint(
    "POST", "/v1/orders", roles={Role.STOREFRONT}, status=201, also=(200,), tags=("orders",),
    problems=("order_conflict", "payment_taken"), idempotency="optional",
)  # fmt: skip
async def place_order(call: Call[Services], body: NewOrder) -> Reply[OrderView]:
    """Start the journey of a paid order.

    The same order again answers 200 with its current state; another body under the same order id is a conflict.
    """
    found = inconsistencies(body.currency, body.lines, body.shipping, body.tenders)
    if found:
        raise _wrong(found)
    promise = body.promise.promise()
    body_hash = call.services.codes.fingerprint(body.model_dump_json())
    known = await call.services.orders.find(call.merchant, body.order_id)
    if known is not None and known.order_id == body.order_id and known.body_hash != body_hash:
        raise Problem("order_conflict")  # before a key is made for a person who has no order here
    order = await _sealed(call, body, promise)
    placed = await call.services.orders.place(order, body_hash)
    if placed.outcome == "conflict":
        raise Problem("order_conflict")
    if placed.outcome == "payment_taken":
        raise Problem("payment_taken")
    try:
        await call.services.journeys.place(call.merchant, placed.order)
    except NotAnswering:
        taken = "The order is taken and will start; repeat the request to see it."
        raise Problem("unavailable", taken, retry_after=2.0) from None
    row = await call.services.orders.find(call.merchant, placed.order)
    assert row is not None
    return Reply(await view_of(call, row), status=201 if placed.outcome == "new" else 200)


async def _sealed(call: Call[Services], body: NewOrder, promise: Promise) -> Order:
    """The order as we keep it: whoever bought it is sealed with a key of their own."""
    vault = call.services.vault
    customer = vault.customer_of(call.merchant, body.customer.customer_id)
    return Order(
        merchant=call.merchant,
        order=new_order_id(),
        order_id=body.order_id,
        placed_at=body.placed_at,
        currency=body.currency,
        customer=SealedCustomer(
            customer=customer,
            name=await vault.seal(call.merchant, customer, body.customer.name),
            email=await vault.seal(call.merchant, customer, body.customer.email),
        ),
        destination=body.destination,
        promise=promise,
        lines=body.lines,
        shipping=body.shipping,
        tenders=body.tenders,
    )


@endpoint("GET", "/v1/orders", roles={Role.STOREFRONT, Role.FINANCE} | STAFF, tags=("orders",))
async def list_orders(call: Call[Services], query: Page) -> OrderList:
    """The merchant's orders, newest first. One that has not begun yet is left out."""
    page = await page_of(call.services.orders.page(call.merchant, limit=query.limit, cursor=query.cursor))
    known = [await call.services.records.snapshot(row.merchant, row.id) for row in page.items]
    return OrderList(items=tuple(order_view(one.state, one.as_of) for one in known if one), next=page.next)


@endpoint("GET", "/v1/orders/{order}", roles=READERS, tags=("orders",))
async def get_order(call: Call[Services], query: OrderQuery) -> OrderView:
    """The order's status from the last commit; with `live=true` from the journey itself, in the same form."""
    row = await order_of(call)
    if query.live == "false":
        return await view_of(call, row)
    try:
        return await call.services.journeys.view(row.merchant, row.id)
    except NotAnswering:
        raise Problem(
            "unavailable", "The journey does not answer; ask without live.", retry_after=2.0
        ) from None


@endpoint("GET", "/v1/orders/{order}/timeline", roles=READERS - {Role.CUSTOMER}, tags=("orders",))
async def get_timeline(call: Call[Services], query: Page) -> Timeline:
    """Who did what to the order, oldest first."""
    row = await order_of(call)
    return await timeline_of(call, query, row.id)


@endpoint("GET", "/v1/orders/{order}/explain", roles=READERS - {Role.CUSTOMER}, tags=("orders",))
async def explain_order(call: Call[Services]) -> Explanation:
    """Why the order stands as it does and what happens next if nobody acts."""
    row = await order_of(call)
    state, _ = await state_of(call, row)
    waits = sorted(agenda.waits(state), key=lambda wait: wait.at)
    decisions = await timeline_of(call, Page(limit=100), row.id)
    return Explanation(
        terms=state.terms,
        rules_version=state.rules_version,
        waits=tuple(Next(what=w.default.kind, why=w.why, who=w.owner, by=w.at) for w in waits),
        decisions=decisions.items,
    )


@endpoint("GET", "/v1/orders/{order}/notices", roles=STAFF | {Role.STOREFRONT}, tags=("orders",))
async def list_notices(call: Call[Services]) -> NoticeList:
    """What the customer was told, is about to be told, or was spared because it was no longer true."""
    row = await order_of(call)
    rows = await call.services.outbox.of_order(row.merchant, row.id)
    mails = await call.services.mailbox.of_order(row.merchant, row.id) if call.caller.role in STAFF else []
    kept = {mail.message_id: mail for mail in mails}
    return NoticeList(items=tuple(_notice(one, kept.get(one.message_id)) for one in rows))


def _notice(row: OutboxRow, mail: Kept | None) -> NoticeView:
    notice = Notice.model_validate_json(row.notice)
    return NoticeView(
        key=row.key,
        kind=row.kind,
        subject=notice.subject,
        status=row.status,
        reason=row.reason,
        sent_at=row.sent_at,
        facts=notice.facts,
        subject_line=mail.subject if mail else None,
        text=mail.text if mail else None,
    )


@endpoint(
    "POST", "/v1/orders/{order}/parcels", roles={Role.STOREFRONT, Role.WAREHOUSE}, status=201, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def register_parcel(call: Call[Services], body: NewParcel) -> OrderView:
    """Follow a parcel of the order. Adding one never replaces another."""
    row = await order_of(call)
    ask = RegisterParcel(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await clock_of(call),
        carrier=body.carrier,
        tracking_number=body.tracking_number,
        shipped_on=body.shipped_on,
        lines=body.lines,
        promise=body.promise.promise() if body.promise else None,
    )
    await carry_out(call, row, ask)
    call.services.arrived.set()  # messages of the carrier may have been parked for this parcel
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/cancel", roles={Role.STOREFRONT, Role.CUSTOMER} | STAFF, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def cancel_order(call: Call[Services]) -> OrderView:
    """Call the order off while no carrier has it; everything captured goes back."""
    row = await order_of(call)
    ask = CancelOrder(command_id=call.command_id, actor=actor_of(call), now=await clock_of(call))
    await carry_out(call, row, ask)
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/overrides", roles=STAFF | {Role.FINANCE}, tags=("agents",),
    problems=("refused", "version_conflict", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def override_order(call: Call[Services], body: OverrideOfOrder) -> OrderView:
    """Overrule a step of the order, with a reason that is kept."""
    row = await order_of(call)
    ask = OverrideOrder(command_id=call.command_id, actor=actor_of(call), now=await clock_of(call), ask=body)
    await carry_out(call, row, ask)
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/customer-links", roles={Role.STOREFRONT} | STAFF, status=201, tags=("customers",)
)  # fmt: skip
async def make_customer_link(call: Call[Services], body: NewLink | None) -> CustomerLink:
    """A short-lived token with which the customer sees and returns this one order."""
    row = await order_of(call)
    expires_at: datetime = real_now() + timedelta(hours=(body or NewLink()).hours)
    token = call.services.codes.link(Link(merchant=row.merchant, order=row.id, expires_at=expires_at))
    return CustomerLink(token=token, expires_at=expires_at)
