"""Store credit: what a customer has, what they pay with it, and what staff give or take."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.actors import Actor
from domain.money import Money
from services.ids import new_claim_id
from services.order_reader import OrderReader
from services.sealed_text import seal_customer_text
from services.tokens import CreditClaims, TokenSigner
from store.engine.columns import real_now
from store.engine.database import Database
from store.ledger import credit_views, redemption_steps
from store.ledger.adjustments import AdjustmentResult, Direction, StaffAdjustment, adjust
from store.ledger.claims import Claim, claim
from store.ledger.credit_views import CreditView
from store.ledger.redemption_steps import RedemptionName, StepResult
from store.ledger.redemptions import Redemption, RedemptionRecord, RedemptionResult, record_of, redeem
from store.merchants.clock import Clocks
from store.privacy.vault import Vault
from store.tables.credit import RedemptionRow

__all__ = [
    "AdjustmentRequest",
    "AdjustmentResult",
    "CreditService",
    "CreditView",
    "Direction",
    "LinkUnusable",
    "RedemptionRecord",
    "RedemptionResult",
    "StepResult",
    "UnknownOrder",
]
LINK_DAYS = 90


class UnknownOrder(LookupError):
    """The customer has no such order."""


class LinkUnusable(ValueError):
    """The link is not ours, has ended, or was used for another customer."""


@dataclass(frozen=True)
class AdjustmentRequest:
    """What staff give or take. `valid_days`: for how long credit that is given can be spent; None for ever."""

    reference: str
    direction: Direction
    amount: Money
    reason: str
    order: str | None = None
    valid_days: int | None = None


@dataclass(frozen=True)
class CreditService:
    """The use cases. `customer_id`: the merchant's own id of a customer."""

    db: Database
    vault: Vault
    clocks: Clocks
    orders: OrderReader
    tokens: TokenSigner

    async def balances(self, merchant: str, customer_id: str) -> list[CreditView]:
        """Credit per currency, and when each part of it expires."""
        customer = self.vault.customer_of(merchant, customer_id)
        async with self.db.read() as session:
            return await credit_views.balances(session, merchant, customer)

    async def redeem(
        self, name: "CreditName", actor: Actor, amount: Money, hold: timedelta | None
    ) -> RedemptionResult:
        """Take the whole amount or nothing, what expires soonest first; once per reference of the shop.

        `hold`: for how long it is only authorized.
        """
        redemption = Redemption(**self._named(name).model_dump(), amount=amount, hold=hold)
        now = await self.clocks.business_now(name.merchant)
        async with self.db.write() as session:
            return await redeem(session, redemption, actor, now)

    async def redemption(self, name: "CreditName") -> RedemptionRecord | None:
        """How the customer's redemption under that reference stands."""
        named = self._named(name)
        async with self.db.read_one() as session:
            row = await session.get(RedemptionRow, (named.merchant, named.reference))
        return record_of(row) if row is not None and row.customer == named.customer else None

    async def capture(self, name: "CreditName", actor: Actor, amount: Money | None) -> StepResult:
        """Take what was authorized, or a part of it; the remainder is the customer's again."""
        now = await self.clocks.business_now(name.merchant)
        async with self.db.write() as session:
            return await redemption_steps.capture(session, self._named(name), amount, actor, now)

    async def void(self, name: "CreditName", actor: Actor) -> StepResult:
        """End an authorization: the credit is the customer's again."""
        now = await self.clocks.business_now(name.merchant)
        async with self.db.write() as session:
            return await redemption_steps.void(session, self._named(name), actor, now)

    async def refund(self, name: "CreditName", actor: Actor, refund: str, amount: Money) -> StepResult:
        """Spent credit comes back as credit, once per reference of the refund."""
        now = await self.clocks.business_now(name.merchant)
        async with self.db.write() as session:
            return await redemption_steps.refund(session, self._named(name), (refund, amount), actor, now)

    async def adjust(
        self, merchant: str, customer_id: str, actor: Actor, request: AdjustmentRequest
    ) -> AdjustmentResult:
        """Give credit or take it, with a reason, once per reference. Raises UnknownOrder."""
        customer = self.vault.customer_of(merchant, customer_id)
        order = await self._order_of(merchant, customer, request.order)
        now = await self.clocks.business_now(merchant)
        days = request.valid_days
        adjustment = StaffAdjustment(
            merchant=merchant,
            customer=customer,
            reference=request.reference,
            direction=request.direction,
            amount=request.amount,
            reason=await seal_customer_text(self.vault, merchant, customer, request.reason),
            order=order,
            expires_at=None if days is None else now + timedelta(days=days),
        )
        async with self.db.write() as session:
            return await adjust(session, adjustment, actor, now)

    def claim_link(self, merchant: str, customer_id: str) -> tuple[str, datetime]:
        """A text that gives a guest's credit to the customer with whom the shop sends it back, and when it ends."""
        ends = real_now() + timedelta(days=LINK_DAYS)
        guest = self.vault.customer_of(merchant, customer_id)
        link = CreditClaims(merchant=merchant, link=new_claim_id(), guest=guest, expires_at=ends)
        return self.tokens.sign_credit(link), ends

    async def claim(
        self, merchant: str, actor: Actor, token: str, customer_id: str
    ) -> tuple[bool, list[CreditView]]:
        """Move the guest's credit to that customer. Returns whether it did so now, and the customer's credit.

        Raises LinkUnusable.
        """
        link = self.tokens.verify_credit(token, real_now())
        customer = self.vault.customer_of(merchant, customer_id)
        if link is None or link.merchant != merchant or link.guest == customer:
            raise LinkUnusable
        claimed = Claim(merchant=merchant, link=link.link, guest=link.guest, customer=customer)
        now = await self.clocks.business_now(merchant)
        async with self.db.write() as session:
            outcome = await claim(session, claimed, actor, now)
        if outcome == "conflict":
            raise LinkUnusable
        return outcome == "new", await self.balances(merchant, customer_id)

    async def _order_of(self, merchant: str, customer: str, order_id: str | None) -> str:
        if order_id is None:
            return ""
        found = await self.orders.find(merchant, order_id)
        if found is None or found.customer != customer:
            raise UnknownOrder(order_id)
        return found.id

    def _named(self, name: "CreditName") -> RedemptionName:
        customer = self.vault.customer_of(name.merchant, name.customer_id)
        return RedemptionName(merchant=name.merchant, customer=customer, reference=name.reference)


@dataclass(frozen=True)
class CreditName:
    """A redemption, by the merchant's own id of the customer and its own reference."""

    merchant: str
    customer_id: str
    reference: str
