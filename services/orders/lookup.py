"""A customer looks for their order: whatever they type, the answer is the same after the same time; the link goes by mail."""

import asyncio
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.model.search_terms import SearchTerm, email_term, number_term
from services.order_reader import FoundOrder, OrderReader
from services.orders.customer_links import CustomerLinks
from services.tokens import ONE_TIME_MINUTES, OneTimeClaims, TokenSigner
from store.engine.columns import real_now
from store.merchants.clock import Clocks
from store.notifications.brands import Brands
from store.notifications.order_links import OrderLinkLetters
from store.orders.links import LinkEpochs
from store.orders.one_time_links import OneTimeLinks
from store.orders.search import OrderFilters, OrderIndex, OrderMatch
from store.privacy.vault import Vault

ANSWER_AFTER = 0.4  # seconds: longer than any search takes, so that the time of an answer says nothing
LINK_HOURS = 24
_MOST = 5  # orders with one number, of which the newest that fits is meant


@dataclass(frozen=True)
class WantedOrder:
    """What a customer typed: the order's number, and their e-mail address or the postcode of the destination."""

    merchant: str
    number: str
    proof: str


@dataclass(frozen=True)
class DeadOneTimeLink:
    """A link by mail that opens nothing. merchant: whose it was; empty where that cannot be known."""

    why: Literal["unknown", "expired", "revoked", "used"]
    merchant: str = ""


@dataclass(frozen=True)
class OrderLookup:
    """The use cases. No answer says whether an order exists."""

    orders: OrderReader
    index: OrderIndex
    vault: Vault
    tokens: TokenSigner
    letters: OrderLinkLetters
    used: OneTimeLinks
    epochs: LinkEpochs
    links: CustomerLinks
    clocks: Clocks
    brands: Brands

    def owner(self, wanted: WantedOrder) -> str:
        """The name under which searches for that number are counted: no text of the caller, and no number either."""
        return self.tokens.fingerprint(f"{wanted.merchant}/{number_term(wanted.number).text}")[:32]

    async def request(self, wanted: WantedOrder) -> None:
        """Send the link, if there is such an order. Comes back after the same time in any case."""
        ends = asyncio.get_running_loop().time() + ANSWER_AFTER
        order = await self.match(wanted)
        if order is not None:
            now = await self.clocks.business_now(order.merchant)
            await self.letters.write(order.merchant, order.id, order.customer, now, ONE_TIME_MINUTES)
        await asyncio.sleep(max(0.0, ends - asyncio.get_running_loop().time()))

    async def find(self, token: str) -> OneTimeClaims | DeadOneTimeLink:
        """The link, if it can still be used. Changes nothing: programs open the links of every mail."""
        claims = self.tokens.verify_one_time(token)
        if claims is None:
            return DeadOneTimeLink("unknown")
        if await self.used.is_used(claims.merchant, claims.link):
            return DeadOneTimeLink("used", claims.merchant)
        if claims.expires_at <= real_now():
            return DeadOneTimeLink("expired", claims.merchant)
        if await self.epochs.get(claims.merchant, claims.order) != claims.epoch:
            return DeadOneTimeLink("revoked", claims.merchant)
        return claims

    async def use(self, token: str) -> tuple[str, datetime] | DeadOneTimeLink:
        """A link to the order's page for a day, and its end. The one-time link opens nothing any more."""
        claims = await self.find(token)
        if isinstance(claims, DeadOneTimeLink):
            return claims
        order = await self.orders.find_by_id(claims.merchant, claims.order)
        if order is None or not await self.used.use(claims.merchant, claims.link):
            return DeadOneTimeLink("used", claims.merchant)
        return await self.links.create(order, LINK_HOURS)

    async def match(self, wanted: WantedOrder) -> FoundOrder | None:
        """The newest order with that number and proof. Its answer is for no stranger."""
        if not await self.brands.of(wanted.merchant):
            return None  # and no search key is made for names that callers invent
        by_mail = "@" in wanted.proof
        terms = [number_term(wanted.number), *([email_term(wanted.proof)] if by_mail else [])]
        for order in await self._with_terms(wanted.merchant, terms):
            if by_mail or await self._goes_to(order, wanted.proof):
                return order
        return None

    async def _with_terms(self, merchant: str, terms: Iterable[SearchTerm]) -> list[FoundOrder]:
        blind = tuple(one.term for one in await self.vault.blind(merchant, [*terms]))
        filters = OrderFilters(any_of=((OrderMatch(terms=blind),),))
        rows = (await self.index.page(merchant, filters, limit=_MOST)).items
        return [FoundOrder(row.merchant, row.id, row.order_id, row.customer) for row in rows]

    async def _goes_to(self, order: FoundOrder, postcode: str) -> bool:
        snapshot = await self.orders.snapshot(order.merchant, order.id)
        known = _plain(snapshot.state.order.destination.postcode) if snapshot else ""
        return bool(known) and known == _plain(postcode)


def _plain(postcode: str) -> str:
    """Without case, blanks and dashes."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", postcode).casefold() if sign.isalnum())
