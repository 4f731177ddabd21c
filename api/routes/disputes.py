"""Routes: disputes of an order: what people state about them, and the evidence for the bank."""

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.problems import Problem
from api.request_context import context_of, order_of, view_after
from api.schemas.disputes import DisputeStatementRequest, DisputeUnits, NewDispute
from domain.actors import STAFF, Role
from domain.journey.order_view import OrderView
from domain.payments.commands.assign_dispute import AssignDispute
from domain.payments.commands.state_dispute import StateDispute
from services.orders.dispute_evidence import DisputeEvidence
from services.orders.evidence_page import evidence_page

_DECIDERS = {Role.FINANCE, Role.SENIOR_AGENT, Role.ADMIN}
_READERS = STAFF | {Role.FINANCE}


@endpoint(
    "POST", "/v1/orders/{order}/disputes", roles=_DECIDERS, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def state_new_dispute(call: Call[Services], body: NewDispute) -> OrderView:
    """State a dispute that its provider does not report; from then on refunds of that payment wait for its end."""
    order = await order_of(call)
    context = await context_of(call)
    command = StateDispute(**context.envelope(), **body.model_dump())
    return await view_after(call, order, await call.services.orders.disputes.state(context, order, command))


@endpoint(
    "POST", "/v1/orders/{order}/disputes/{dispute}/statements", roles=_DECIDERS, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def state_dispute(call: Call[Services], body: DisputeStatementRequest) -> OrderView:
    """State what became of a dispute. A later statement of its provider counts more than an earlier one of a person."""
    order = await order_of(call)
    context = await context_of(call)
    command = StateDispute(**context.envelope(), dispute=call.path["dispute"], **body.model_dump())
    return await view_after(call, order, await call.services.orders.disputes.state(context, order, command))


@endpoint(
    "POST", "/v1/orders/{order}/disputes/{dispute}/units", roles=_DECIDERS, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def assign_dispute(call: Call[Services], body: DisputeUnits) -> OrderView:
    """Say for which units a bank has paid, where a dispute about a part of a payment was lost and the amount does not say.

    What then still waits is paid, as far as the payment holds it.
    """
    order = await order_of(call)
    context = await context_of(call)
    command = AssignDispute(**context.envelope(), dispute=call.path["dispute"], **body.model_dump())
    return await view_after(call, order, await call.services.orders.disputes.assign(context, order, command))


@endpoint("GET", "/v1/orders/{order}/disputes/{dispute}/evidence", roles=_READERS, tags=("agents",))
async def get_dispute_evidence(call: Call[Services]) -> DisputeEvidence:
    """Everything that a bank may want to know, with times: the order, scans, custody, letters, what was agreed and paid back.

    Finance gets it without names, contacts and texts of letters.
    """
    return await _evidence(call)


@endpoint(
    "GET", "/v1/orders/{order}/disputes/{dispute}/evidence.html", roles=_READERS, tags=("agents",), produces="text/html",
)  # fmt: skip
async def get_dispute_evidence_file(call: Call[Services]) -> Response[bytes]:
    """The same as one file that a person sends at the provider: HTML without script and without anything from elsewhere."""
    evidence = await _evidence(call)
    name = f"evidence-{evidence.dispute.dispute}.html"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return Response(evidence_page(evidence).encode(), headers=headers)


async def _evidence(call: Call[Services]) -> DisputeEvidence:
    order = await order_of(call)
    with_customer = call.caller.role in STAFF
    reader = call.services.orders.evidence
    found = await reader.read(order, call.path["dispute"], with_customer=with_customer)
    if found is None:
        raise Problem("not_found")
    return found
