"""One search box: everything that a text may mean, in groups, with what was found by it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from domain.base import Frozen
from domain.clock import Instant
from domain.model.state import Stage
from domain.money import Money
from domain.sealed import Sealed
from services.orders.search import OrderSearch
from services.orders.search_query import Meaning
from store.orders.search import OrderMatch
from store.orders.search_hits import SearchHits
from store.privacy.vault import Vault
from store.tables.all import OrderRow

FoundBy = Literal[
    "order_number", "tracking_number", "payment", "email", "phone", "name", "return_number", "drop_off_code"
]
GroupName = Literal["orders", "packages", "payments", "people", "returns"]
_GROUPS: dict[FoundBy, GroupName] = {
    "order_number": "orders", "tracking_number": "packages", "payment": "payments", "email": "people", "phone": "people",
    "name": "people", "return_number": "returns", "drop_off_code": "returns",
}  # fmt: skip
_OF_TERMS: dict[str, FoundBy] = {
    "number": "order_number", "email": "email", "phone": "phone", "phone_end": "phone", "name": "name",
}  # fmt: skip


class SearchHit(Frozen):
    """One order that the text names, by one of its meanings."""

    found_by: FoundBy
    """What of the order the text is."""
    text: str
    """That, as it stands in the order: its number, the parcel's, the customer's name."""
    order: str
    """Our id of the order."""
    number: str
    """The name by which the customer knows the order."""
    customer_name: str | None
    """For staff; null for others."""
    country: str
    """Where it goes."""
    stage: Stage
    """Where the order stands as a whole."""
    total: Money
    """What was paid, as far as the order says."""
    carrier: str | None = None
    """Of a parcel that was found."""
    return_status: str | None = None
    """Of a return that was found."""
    placed_at: Instant
    """When the customer ordered."""


class SearchGroup(Frozen):
    """Hits of one kind, the newest order first."""

    group: GroupName
    """What they are."""
    hits: tuple[SearchHit, ...]
    """At most `limit` of each meaning."""
    more: bool
    """Whether there are more than are shown; `GET /v1/orders` has them all."""


@dataclass(frozen=True)
class _Found:
    """One order by one meaning. `text`, `detail`: as stored, where the text of the box is not it."""

    by: FoundBy
    row: OrderRow
    text: str
    carrier: str | None = None
    return_status: str | None = None


@dataclass(frozen=True)
class SearchBox:
    """Searches by every meaning of a text, each of which begins at an index."""

    search: OrderSearch
    hits: SearchHits
    vault: Vault

    async def find(
        self, merchant: str, text: str, *, limit: int = 5, with_people: bool = False
    ) -> list[SearchGroup]:
        """In a fixed order of groups. with_people: also by names, addresses and phones, and with names."""
        found: dict[GroupName, list[_Found]] = {name: [] for name in get_args(GroupName)}
        more: set[GroupName] = set()
        for meaning, match in await self.search.meanings(merchant, text):
            by = _found_by(meaning)
            group = _GROUPS[by]
            if group == "people" and not with_people:
                continue
            rows = await self.hits.orders(merchant, match, limit + 1)
            if len(rows) > limit:
                more.add(group)
            shown = await self._found(merchant, (by, match), text.strip(), rows[:limit])
            known = {one.row.id for one in found[group]}
            found[group] = [*found[group], *(one for one in shown if one.row.id not in known)]
        return [
            SearchGroup(group=name, hits=await self._hits(rows, with_people), more=name in more)
            for name, rows in found.items()
            if rows
        ]

    async def _found(
        self, merchant: str, how: tuple[FoundBy, OrderMatch], text: str, rows: Sequence[OrderRow]
    ) -> list[_Found]:
        by, match = how
        if not rows:
            return []
        if match.tracking_number is not None:
            parcels = await self.hits.parcels(merchant, match.tracking_number, [row.id for row in rows])
            return [
                _Found(by, row, parcels[row.id].tracking_number, carrier=parcels[row.id].carrier)
                for row in rows
                if row.id in parcels
            ]
        if match.return_number is not None or match.code_hash is not None:
            returns = await self.hits.returns(merchant, match)
            return [
                _Found(by, row, returns[row.id].number, return_status=returns[row.id].status)
                for row in rows
                if row.id in returns
            ]
        return [_Found(by, row, text) for row in rows]

    async def _hits(self, found: Sequence[_Found], with_people: bool) -> tuple[SearchHit, ...]:
        bodies = [json.loads(one.row.body) for one in found]
        names: Sequence[str | None] = [None] * len(found)
        if with_people:
            sealed = [Sealed.model_validate(body["customer"]["name"]) for body in bodies]
            names = await self.vault.open_all(sealed)
        return tuple(_hit(one, body, name) for one, body, name in zip(found, bodies, names, strict=True))


def _found_by(meaning: Meaning) -> FoundBy:
    if meaning.terms:
        return _OF_TERMS[meaning.terms[0].kind]
    if meaning.tracking_number is not None:
        return "tracking_number"
    if meaning.payment is not None:
        return "payment"
    if meaning.code_hash is not None:
        return "drop_off_code"
    return "return_number" if meaning.return_number is not None else "order_number"


def _hit(found: _Found, body: dict[str, object], name: str | None) -> SearchHit:
    row = found.row
    number = str(body.get("number") or row.order_id)
    tenders, destination = body["tenders"], body["destination"]
    assert isinstance(tenders, list)
    assert isinstance(destination, dict)
    shown = {"order_number": number, "name": name or found.text}
    return SearchHit(
        found_by=found.by,
        text=shown.get(found.by, found.text),
        order=row.id,
        number=number,
        customer_name=name,
        country=str(destination["country"]),
        stage=row.stage,
        total=Money(
            minor=sum(tender["amount"]["minor"] for tender in tenders), currency=str(body["currency"])
        ),
        carrier=found.carrier,
        return_status=found.return_status,
        placed_at=row.placed_at,
    )
