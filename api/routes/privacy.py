"""Routes: requests of persons about their data, to get them or to have them erased."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery
from domain.actors import Role
from domain.base import Frozen
from domain.clock import Instant
from domain.text import IsText
from services.privacy.export import ExportPage
from services.privacy.persons import PersonIdentity
from services.privacy.requests import Kind, NewPrivacyRequest, PrivacyRequestView, State
from services.privacy.retention import RetentionRules

KEEPERS = frozenset({Role.SENIOR_AGENT, Role.ADMIN})
ERASERS = frozenset({Role.ADMIN})


class PrivacyRequestInput(Frozen):
    """A request of a person about their data."""

    kind: Kind
    """`access`: the person gets what is kept of them; `erasure`: it is erased."""
    person: PersonIdentity
    """By what the person is found; at least one of these."""
    received_at: Instant | None = None
    """When the person made it, if that was before now; the deadline counts from then."""


class PrivacyDecision(Frozen):
    """Why a request is decided so."""

    reason: Annotated[str, Field(min_length=3, max_length=500), *IsText]
    """In your words; kept sealed in the audit log. It names no person."""


class PrivacyRequestQuery(PageQuery):
    """Which requests are wanted."""

    state: State | None = None
    """Only those in that state."""


class PrivacyRequestList(Frozen):
    """A page of requests."""

    items: tuple[PrivacyRequestView, ...]
    """The requests, newest first."""
    next: str | None
    """The cursor of the next page; null on the last page."""


@endpoint(
    "POST", "/v1/privacy/requests", roles=KEEPERS, status=201, tags=("privacy",), location="/v1/privacy/requests/{id}",
)  # fmt: skip
async def create_privacy_request(call: Call[Services], body: PrivacyRequestInput) -> PrivacyRequestView:
    """Write down what a person demands: to get their data, or to have them erased. Nothing is given or erased yet.

    The person is found by the e-mail address or phone number of their orders, by your id of the customer or by order ids. The
    answer counts the orders that were found, and those still under way. The deadline is 30 days after `received_at`.
    """
    if body.person.is_empty:
        raise Problem("invalid_body", "person: state an email, a phone, a customer_id or orders")
    new = NewPrivacyRequest(body.kind, body.person, "api", received_at=body.received_at)
    return await call.services.customers.privacy.make(call.merchant, call.caller.actor, new)


@endpoint("GET", "/v1/privacy/requests", roles=KEEPERS, tags=("privacy",))
async def list_privacy_requests(call: Call[Services], query: PrivacyRequestQuery) -> PrivacyRequestList:
    """The merchant's requests with their deadlines, newest first."""
    page = await call.services.customers.privacy.page(call.merchant, query.page(), query.state)
    return PrivacyRequestList(items=tuple(page.items), next=page.next)


@endpoint("GET", "/v1/privacy/requests/{request}", roles=KEEPERS, tags=("privacy",))
async def get_privacy_request(call: Call[Services]) -> PrivacyRequestView:
    """One request: how far it is, and what was erased."""
    return _found(await call.services.customers.privacy.find(call.merchant, call.path["request"]))


class ExportQuery(Frozen):
    """Which page of a person's data."""

    cursor: Annotated[str, Field(max_length=250)] | None = None
    """`next` of the page before; left out for the first."""


@endpoint(
    "GET", "/v1/privacy/requests/{request}/data", roles=ERASERS, tags=("privacy",), problems=("bad_request",)
)
async def get_personal_data(call: Call[Services], query: ExportQuery) -> ExportPage:
    """Everything that is kept of the person of a request, in pages: repeat with `next` until it is null. A page may be empty.

    The sections: by what the person is found; choices of what they are sent; store credit; orders with their audit; letters,
    whose links are masked; kept messages of storefronts, carriers and providers. Once they are erased it is not found.
    """
    person = await call.services.customers.privacy.person(call.merchant, call.path["request"])
    if person is None:
        raise Problem("not_found")
    return await call.services.customers.export.page(call.merchant, person, query.cursor)


@endpoint("POST", "/v1/privacy/requests/{request}/approvals", roles=ERASERS, tags=("privacy",))
async def approve_privacy_request(call: Call[Services], body: PrivacyDecision) -> PrivacyRequestView:
    """Carry the request out. An erasure begins and cannot be undone; an access is done: you have given the person their data.

    Erased are the keys of all that is sealed: name, addresses, letters, notes, reasons, photographs of them; the kept messages
    of storefronts, carriers and providers about the person; search terms, phones, preferences. Sums, goods and the audit stay
    under a pseudonym. An open order goes on without letters. A request that is decided stays as it is.
    """
    requests, actor = call.services.customers.privacy, call.caller.actor
    return _found(await requests.approve(call.merchant, call.path["request"], actor, body.reason))


@endpoint("POST", "/v1/privacy/requests/{request}/refusals", roles=ERASERS, tags=("privacy",))
async def refuse_privacy_request(call: Call[Services], body: PrivacyDecision) -> PrivacyRequestView:
    """Refuse the request, for example because the person could not be identified. A request that is decided stays as it is."""
    requests, actor = call.services.customers.privacy, call.caller.actor
    return _found(await requests.refuse(call.merchant, call.path["request"], actor, body.reason))


@endpoint("GET", "/v1/retention", roles=KEEPERS, tags=("privacy",))
async def get_retention(call: Call[Services]) -> RetentionRules:
    """How long the merchant keeps each kind of data about persons: the section `retention` of the policy in force."""
    return await call.services.customers.retention.rules(call.merchant)


def _found(view: PrivacyRequestView | None) -> PrivacyRequestView:
    if view is None:
        raise Problem("not_found")
    return view
