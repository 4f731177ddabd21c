"""The queue: open questions of all orders, with who works on each; a person claims one, gives it back or hands it over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.actors import Actor, Role
from domain.base import Frozen
from domain.model.attention import AttentionKind, Owner
from services.console.attention_item import AttentionItemView, attention_item
from services.console.people import ItemHolder, People
from services.order_names import OrderNames
from services.paging import Page, PageRequest
from store.audit import AuditLine
from store.merchants.clock import Clocks
from store.orders.attention import AttentionFilters, AttentionList, HeldQuestion, QuestionCount
from store.orders.attention_claims import AttentionClaims, ClaimStep

_LEADERS = frozenset({Role.SENIOR_AGENT, Role.ADMIN})  # they hand over what others work on


class QueueCounts(Frozen):
    """How many questions are open."""

    open: int
    """All that are open."""
    overdue: int
    """Those whose deadline has passed."""
    mine: int
    """Those that the caller works on."""
    unassigned: int
    """Those on which no person works, without the customers' own."""
    customers_turn: int
    """Those that wait for the customer."""
    by_kind: dict[AttentionKind, int]
    """By kind, the most frequent first."""
    by_owner: dict[Owner, int]
    """By the role that decides."""


@dataclass(frozen=True)
class ClaimResult:
    """Whether the caller's wish is true now, and the question as it stands.

    verdict: `held`: another person works on it; `unknown`: no such question is open; `no_such_person`: of the one it goes to.
    """

    verdict: Literal["done", "held", "unknown", "no_such_person"]
    item: AttentionItemView | None = None


@dataclass(frozen=True)
class AttentionQueue:
    """Reads the queue, and changes who works on what."""

    attention: AttentionList
    claims: AttentionClaims
    names: OrderNames
    clocks: Clocks
    people: People

    async def page(
        self, merchant: str, filters: AttentionFilters, page: PageRequest, *, with_names: bool = False
    ) -> Page[AttentionItemView]:
        """The most urgent first. Raises BadCursor. with_names: also the customers' names in clear."""
        now = await self.clocks.business_now(merchant)
        found = await self.attention.page(merchant, now, filters, limit=page.limit, cursor=page.cursor)
        return Page(await self._views(merchant, now, found.items, with_names), found.next)

    async def find(
        self, merchant: str, items: Sequence[str], *, with_names: bool = False
    ) -> dict[str, AttentionItemView]:
        """Those of these questions that are open, by their names in the queue."""
        now = await self.clocks.business_now(merchant)
        found = await self.attention.find(merchant, now, items)
        return {view.item: view for view in await self._views(merchant, now, found, with_names)}

    async def counts(self, merchant: str, caller: str) -> QueueCounts:
        """How many are open. `caller`: the id of whose "mine" it is."""
        now = await self.clocks.business_now(merchant)
        return queue_counts(await self.attention.counts(merchant, now), caller)

    async def now(self, merchant: str) -> datetime:
        """The merchant's present business time, by which deadlines count."""
        return await self.clocks.business_now(merchant)

    async def claim(self, merchant: str, actor: Actor, item: str) -> ClaimResult:
        """From now on the caller works on it, unless another does."""
        return await self._change(merchant, actor, ClaimStep(item, actor.name, ("",)))

    async def release(self, merchant: str, actor: Actor, item: str) -> ClaimResult:
        """No person works on it any more; a leader may release what others work on."""
        return await self._change(merchant, actor, ClaimStep(item, "", (actor.name,)))

    async def hand_over(self, merchant: str, actor: Actor, item: str, to: str) -> ClaimResult:
        """From now on `to` works on it; the caller did, or no person, or the caller is a leader."""
        if not await self.people.knows(merchant, to):
            return ClaimResult("no_such_person")
        return await self._change(merchant, actor, ClaimStep(item, to, ("", actor.name)))

    async def _change(self, merchant: str, actor: Actor, wanted: ClaimStep) -> ClaimResult:
        found = await self.find(merchant, (wanted.item,))
        view = found.get(wanted.item)
        if view is None:
            return ClaimResult("unknown")
        step = wanted
        if actor.role in _LEADERS and wanted.to != actor.name and view.holder is not None:
            step = wanted._replace(expected=(*wanted.expected, view.holder.id))
        action = "attention_handed_over" if step.to not in ("", actor.name) else _ACTIONS[bool(step.to)]
        details = {"kind": view.kind, "item": step.item} | ({"to": step.to} if step.to else {})
        at = await self.clocks.business_now(merchant)
        line = AuditLine(actor, action, at, order=view.order or "", details=details)
        outcome = await self.claims.change(merchant, step, line)
        fresh = await self.find(merchant, (step.item,))
        return ClaimResult("held" if outcome.verdict == "held" else "done", fresh.get(step.item, view))

    async def _views(
        self, merchant: str, now: datetime, found: Sequence[HeldQuestion], with_names: bool
    ) -> list[AttentionItemView]:
        holders = await self.people.holders(merchant, {one.holder for one in found})
        orders = {one.row.order for one in found if one.row.order}
        names = await self.names.of(merchant, orders, with_customers=with_names)
        return [attention_item(one, now, holders, names.get(one.row.order)) for one in found]


_ACTIONS = {True: "attention_claimed", False: "attention_released"}


def queue_counts(rows: Sequence[QuestionCount], caller: str) -> QueueCounts:
    """The counts of the store, summed up for that caller."""

    def total(wanted: Sequence[QuestionCount]) -> int:
        return sum(row.count for row in wanted)

    kinds: dict[str, int] = {}
    owners: dict[str, int] = {}
    for row in rows:
        kinds[row.kind] = kinds.get(row.kind, 0) + row.count
        owners[row.owner] = owners.get(row.owner, 0) + row.count
    return QueueCounts(
        open=total(rows),
        overdue=total([row for row in rows if row.overdue]),
        mine=total([row for row in rows if row.holder == caller]),
        unassigned=total([row for row in rows if not row.holder and row.owner != "customer"]),
        customers_turn=owners.get("customer", 0),
        by_kind=dict(sorted(kinds.items(), key=lambda one: (-one[1], one[0]))),
        by_owner=dict(sorted(owners.items())),
    )


__all__ = [
    "AttentionFilters",
    "AttentionItemView",
    "AttentionQueue",
    "ClaimResult",
    "ItemHolder",
    "QueueCounts",
]
