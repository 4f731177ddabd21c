"""Requests of persons about their data: made by staff, a command or a storefront, decided by a person, listed with deadlines."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from domain import keys
from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.sealed import Sealed
from services.key_names import Doer, KeyNames
from services.opened_texts import open_text
from services.paging import Page, PageRequest
from services.privacy.persons import PersonFinder, PersonIdentity
from services.sealed_text import seal_staff_text
from store.audit import AuditLine
from store.engine.columns import real_now
from store.merchants.clock import Clocks
from store.merchants.privacy_requests import PrivacyRequests
from store.privacy.persons import Persons
from store.privacy.vault import ERASED, Vault
from store.tables.all import PrivacyRequestRow

Kind = Literal["access", "erasure"]
Scope = Literal["person", "shop"]
Source = Literal["api", "page", "command", "shopify"]
State = Literal["open", "running", "done", "refused"]
DEADLINE: Final = timedelta(days=30)  # one month by law, of which the shortest has 28 days and most have more


class ErasedCounts(Frozen):
    """How much an erasure has erased."""

    persons: int = 0
    """Customers whose key is destroyed: a guest is another customer with each order."""
    orders: int = 0
    """Orders of these customers."""
    deliveries: int = 0
    """Kept messages of storefronts, carriers and providers that were emptied."""


class PrivacyRequestView(Frozen):
    """A person's request about their data."""

    id: str
    """Its name."""
    kind: Kind
    """`access`: the person gets what is kept of them; `erasure`: it is erased."""
    scope: Scope
    """`person`, or `shop`: all customers of a shop that is gone."""
    source: Source
    """Where it was made."""
    state: State
    """`open` until a person decides; `running` while an erasure is under way; then `done` or `refused`."""
    person: PersonIdentity | None
    """By what the person is found; null once they are erased, and for a shop."""
    orders: int
    """How many orders the person had when the request was made."""
    open_orders: int
    """How many of these were still under way: they go on, without letters."""
    received_at: Instant
    """When it was made, business time."""
    due_at: Instant
    """Until when it has to be answered."""
    ended_at: Instant | None
    """When it was done or refused; null before."""
    made_by: Doer
    """Who made it."""
    decided_by: Doer | None
    """Who decided; null while it is open."""
    reason: str
    """Why it was decided so; empty while it is open."""
    erased: ErasedCounts
    """What an erasure has erased so far."""


@dataclass(frozen=True)
class NewPrivacyRequest:
    """What is demanded. `received_at`: business time, now unless given."""

    kind: Kind
    person: PersonIdentity
    source: Source
    scope: Scope = "person"
    id: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True)
class PrivacyRequestService:
    """The use cases of staff. A request of another merchant is never found."""

    requests: PrivacyRequests
    finder: PersonFinder
    persons: Persons
    vault: Vault
    clocks: Clocks
    key_names: KeyNames

    async def make(self, merchant: str, actor: Actor, new: NewPrivacyRequest) -> PrivacyRequestView:
        """Write the request. One with an id that exists already is answered as it is."""
        request = new.id or keys.privacy_request(secrets.token_hex(16))
        now = await self.clocks.business_now(merchant)
        received = min(new.received_at or now, now)
        customers = await self.finder.customers(merchant, new.person)
        orders, under_way = await self.persons.counts(merchant, customers)
        sealed = await self.vault.seal(merchant, request, new.person.model_dump_json())
        row = PrivacyRequestRow(
            id=request, merchant=merchant, kind=new.kind, scope=new.scope, source=new.source, status="open",
            sealed=sealed.model_dump_json(), orders=orders, open_orders=under_way, received_at=received,
            due_at=received + DEADLINE, role=actor.role, name=actor.name, created_at=real_now(), not_before=real_now(),
        )  # fmt: skip
        line = AuditLine(actor, "privacy_request_made", now, subject=request, details={"kind": new.kind})
        await self.requests.add(row, line)
        found = await self.requests.find(merchant, request)
        assert found is not None
        return await self.view(found)

    async def find(self, merchant: str, request: str) -> PrivacyRequestView | None:
        row = await self.requests.find(merchant, request)
        return await self.view(row) if row else None

    async def page(
        self, merchant: str, page: PageRequest, state: State | None = None
    ) -> Page[PrivacyRequestView]:
        """Newest first. Raises BadCursor."""
        found = await self.requests.page(merchant, state, limit=page.limit, cursor=page.cursor)
        return Page([await self.view(row) for row in found.items], found.next)

    async def approve(
        self, merchant: str, request: str, actor: Actor, reason: str
    ) -> PrivacyRequestView | None:
        """An erasure begins, and cannot be undone; an access is done. Of one that is decided nothing changes."""
        return await self._decide(merchant, request, actor, reason, "approved")

    async def refuse(
        self, merchant: str, request: str, actor: Actor, reason: str
    ) -> PrivacyRequestView | None:
        """Nothing is erased or given, for example because the person could not be identified."""
        return await self._decide(merchant, request, actor, reason, "refused")

    async def _decide(
        self, merchant: str, request: str, actor: Actor, reason: str, decision: str
    ) -> PrivacyRequestView | None:
        row = await self.requests.find(merchant, request)
        if row is None:
            return None
        now, note = (
            await self.clocks.business_now(merchant),
            await seal_staff_text(self.vault, merchant, reason),
        )
        runs = decision == "approved" and row.kind == "erasure"
        status = "running" if runs else "done" if decision == "approved" else "refused"
        line = AuditLine(actor, f"privacy_request_{decision}", now, subject=request, details={"reason": note})
        await self.requests.decide(row, line, status=status, note=note, ended_at=None if runs else now)
        return await self.find(merchant, request)

    async def view(self, row: PrivacyRequestRow) -> PrivacyRequestView:
        """The request as readers get it."""
        decided = (
            await self.key_names.doer(row.merchant, row.ended_role, row.ended_name)
            if row.ended_role
            else None
        )
        return PrivacyRequestView.model_validate(
            {
                **{
                    name: getattr(row, name)
                    for name in ("id", "kind", "scope", "source", "orders", "open_orders")
                },
                **{name: getattr(row, name) for name in ("received_at", "due_at", "ended_at")},
                "state": row.status,
                "person": await self.identity(row) if row.scope == "person" else None,
                "made_by": await self.key_names.doer(row.merchant, row.role, row.name),
                "decided_by": decided,
                "reason": await open_text(self.vault, row.note),
                "erased": {name: count for name, count in json.loads(row.result).items() if name != "after"},
            }
        )

    async def person(self, merchant: str, request: str) -> PersonIdentity | None:
        """By what the person of a request is found; None for no such request, a shop, and once they are erased."""
        row = await self.requests.find(merchant, request)
        return await self.identity(row) if row is not None and row.scope == "person" else None

    async def identity(self, row: PrivacyRequestRow) -> PersonIdentity | None:
        """By what the person of the request is found; None once they are erased."""
        opened = await self.vault.open(Sealed.model_validate_json(row.sealed))
        return None if opened == ERASED else PersonIdentity.model_validate_json(opened)
