"""Persons: found by what they give of themselves, and all texts by which deliveries are about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from domain.base import Frozen
from domain.model.order import Identifier, Order
from domain.model.search_terms import SearchTerm, email_term, phone_terms
from domain.spellings.forms import MIN_BYTES
from store.privacy.persons import Persons
from store.privacy.vault import ERASED, Vault
from store.tables.all import OrderRow

_PAGE: Final = 50  # orders
_MAX_TEXTS: Final = 2_000  # of one person


class PersonIdentity(Frozen):
    """By what a person is found. The phone counts only where nothing else is given: a family may share one."""

    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    """The e-mail address of their orders."""
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] | None = None
    """The phone number of their orders, with its country. It counts only where nothing else is given: a family may share one."""
    customer_id: Identifier | None = None
    """Your own id of the customer."""
    orders: Annotated[tuple[Identifier, ...], Field(max_length=500)] = ()
    """Your ids of their orders."""

    @property
    def is_empty(self) -> bool:
        return not (self.email or self.phone or self.customer_id or self.orders)

    def names(self, other: "PersonIdentity") -> bool:
        """Whether the other one names the same e-mail address, customer or order, or nothing but the same phone."""
        mail = email_term(self.email) if self.email else None
        only_phone = not (other.email or other.customer_id or other.orders)
        return (
            (mail is not None and other.email is not None and mail == email_term(other.email))
            or (self.customer_id is not None and self.customer_id == other.customer_id)
            or not {*self.orders}.isdisjoint(other.orders)
            or (only_phone and self.phone is not None and self.phone == other.phone)
        )


@dataclass(frozen=True)
class PersonFinder:
    """Finds the customers of one merchant. A customer is our `cus_…`."""

    persons: Persons
    vault: Vault

    async def customers(self, merchant: str, identity: PersonIdentity) -> list[str]:
        """All that this person is to the merchant: a guest is another customer with each order."""
        found: set[str] = set()
        if identity.customer_id:
            found.add(self.vault.customer_of(merchant, identity.customer_id))
        if identity.email:
            found |= await self._with_term(merchant, email_term(identity.email))
        if identity.orders:
            found |= {*await self.persons.customers_of(merchant, identity.orders)}
        if identity.phone and not (identity.customer_id or identity.email or identity.orders):
            found |= await self._with_term(merchant, next(iter(phone_terms(identity.phone))))
        return sorted(found)

    async def _with_term(self, merchant: str, term: SearchTerm) -> set[str]:
        [blind] = await self.vault.blind(merchant, [term])
        return {*await self.persons.customers_with(merchant, blind.term)}

    async def texts(self, merchant: str, identity: PersonIdentity, customers: Sequence[str]) -> list[str]:
        """Names, addresses and numbers by which a delivery is about this person. Short ones, found by chance, are left out."""
        found = [identity.email, identity.phone, identity.customer_id, *identity.orders]
        after = ""
        while rows := await self.persons.orders(merchant, customers, after, _PAGE):
            for row in rows:
                found += await self._texts_of(row)
            found += await self.persons.numbers(merchant, [row.id for row in rows])
            after = rows[-1].id
        known = dict.fromkeys(text for text in found if text and text != ERASED)
        return [text for text in known if len(text.encode()) >= MIN_BYTES][:_MAX_TEXTS]

    async def _texts_of(self, row: OrderRow) -> list[str | None]:
        order = Order.model_validate_json(row.body)
        sealed = order.customer
        name = await self.vault.open(sealed.name)
        phone = await self.vault.open(sealed.phone) if sealed.phone else None
        whole = name if " " in name.strip() else None  # one word is the name of many
        return [row.id, row.order_id, await self.vault.open(sealed.email), phone, whole]
