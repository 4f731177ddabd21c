"""Finding orders: by what a customer says on the phone, by a number on a parcel, or by where they stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.journey.order_view import OrderView, order_view
from domain.model import tracking_number
from domain.model.search_terms import (
    SearchTerm,
    email_term,
    name_terms,
    number_term,
    phone_terms,
    wanted_phone,
)
from domain.model.state import Stage
from ports.storefronts import Sale
from services.order_reader import OrderReader
from services.orders.search_query import CodeHash, Meaning, meanings, return_number
from services.paging import Page, PageRequest
from store.orders.search import OrderFilters, OrderIndex, OrderMatch
from store.privacy.vault import Vault


@dataclass(frozen=True)
class OrderCriteria:
    """What is searched for; an order has to match all that is given.

    query: the text of a search box, which may be any of the others.
    customer_id: the merchant's own id of a customer.
    number: of the order, as the customer knows it; without case and `#`.
    return_number: `R-…`, or a drop-off code.
    payment: the provider's id of a captured payment.
    placed_from, placed_until: from that instant, and before that one.
    """

    query: str | None = None
    stage: Stage | None = None
    customer_id: str | None = None
    number: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    tracking_number: str | None = None
    return_number: str | None = None
    payment: str | None = None
    placed_from: datetime | None = None
    placed_until: datetime | None = None
    has_attention: bool | None = None

    @property
    def personal(self) -> bool:
        """Whether it asks for a person by their data."""
        return any(one is not None for one in (self.query, self.email, self.phone, self.name))


def terms_of_sale(sale: Sale) -> list[SearchTerm]:
    """What an order of that sale is found by."""
    buyer = sale.buyer
    terms = [number_term(sale.order_id), *name_terms(buyer.name)]
    terms += [email_term(buyer.email)] if buyer.email else []
    terms += phone_terms(buyer.phone) if buyer.phone else ()
    return terms + ([number_term(sale.number)] if sale.number else [])


@dataclass(frozen=True)
class OrderSearch:
    """Searches in one merchant's orders. `code_hash`: of a return's drop-off code."""

    orders: OrderReader
    index: OrderIndex
    vault: Vault
    code_hash: CodeHash

    async def page(
        self, merchant: str, criteria: OrderCriteria, page: PageRequest, *, with_customer: bool = False
    ) -> Page[OrderView]:
        """Newest first. Raises BadCursor.

        with_customer: also the customers in clear.
        """
        filters = await self._filters(merchant, criteria)
        if filters is None:
            return Page([])
        found = await self.index.page(merchant, filters, limit=page.limit, cursor=page.cursor)
        views = [await self._view(merchant, row.id, with_customer) for row in found.items]
        return Page(views, found.next)

    async def meanings(self, merchant: str, text: str) -> list[tuple[Meaning, OrderMatch]]:
        """Everything that the text of a search box may mean, each with what it matches."""
        found = meanings(text, self.code_hash)
        return [*zip(found, await self._matches(merchant, found), strict=True)]

    async def _view(self, merchant: str, order: str, with_customer: bool) -> OrderView:
        snapshot = await self.orders.snapshot(merchant, order)
        assert snapshot is not None, "an order is written together with its first snapshot"
        if with_customer:
            return await self.orders.with_customer(snapshot)
        return order_view(snapshot.state, snapshot.as_of)

    async def _filters(self, merchant: str, criteria: OrderCriteria) -> OrderFilters | None:
        """The filters of the store; None where nothing can match."""
        groups = list(self._groups(criteria))
        if not all(groups):
            return None
        customer = criteria.customer_id and self.vault.customer_of(merchant, criteria.customer_id)
        return OrderFilters(
            any_of=tuple([await self._matches(merchant, group) for group in groups]),
            stage=criteria.stage,
            customer=customer,
            placed_from=criteria.placed_from,
            placed_until=criteria.placed_until,
            has_attention=criteria.has_attention,
        )

    def _groups(self, criteria: OrderCriteria) -> Iterable[list[Meaning]]:
        """For each thing that is given, all that it may mean."""
        if criteria.query is not None:
            yield meanings(criteria.query, self.code_hash)
        if criteria.number is not None:
            yield [Meaning(terms=(number_term(criteria.number),))]
        if criteria.email is not None:
            yield [Meaning(terms=(email_term(criteria.email),))]
        if criteria.phone is not None:
            wanted = wanted_phone(criteria.phone)
            yield [Meaning(terms=(wanted,))] if wanted else []
        if criteria.name is not None:
            words = tuple(name_terms(criteria.name))
            yield [Meaning(terms=words)] if words else []
        if criteria.tracking_number is not None:
            yield [Meaning(tracking_number=tracking_number.normalize(criteria.tracking_number))]
        if criteria.return_number is not None:
            number = criteria.return_number
            yield [Meaning(return_number=return_number(number)), Meaning(code_hash=self.code_hash(number))]
        if criteria.payment is not None:
            yield [Meaning(payment=criteria.payment)]

    async def _matches(self, merchant: str, group: list[Meaning]) -> tuple[OrderMatch, ...]:
        return tuple([await self._match(merchant, meaning) for meaning in group])

    async def _match(self, merchant: str, meaning: Meaning) -> OrderMatch:
        return OrderMatch(
            terms=tuple(one.term for one in await self.vault.blind(merchant, meaning.terms)),
            tracking_number=meaning.tracking_number,
            return_number=meaning.return_number,
            code_hash=meaning.code_hash,
            payment=meaning.payment,
            order=meaning.order,
        )
