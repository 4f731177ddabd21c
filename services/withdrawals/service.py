"""Withdrawals from contracts: a customer's statement is kept first, then confirmed and carried out; people decide the rest."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from domain import keys
from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.model.return_choices import ReturnMethod
from domain.model.search_terms import email_term
from domain.reasons import CommandResult
from domain.returns.withdrawal_rules import WithdrawalOffer, withdrawal_offer
from domain.sealed import Sealed
from services.key_names import Doer, KeyNames, doer_of
from services.opened_texts import open_text
from services.order_reader import FoundOrder, OrderReader
from services.paging import Page, PageRequest
from services.per_order_limiter import OrderBusy
from services.sealed_text import seal_staff_text
from services.tokens import TokenSigner
from services.withdrawals.statement import WithdrawalStatement, statement_in_english
from services.withdrawals.steps import Opener, WithdrawalSteps
from store.audit import AuditLine
from store.engine.columns import real_now
from store.merchants.clock import Clocks
from store.merchants.policies import Policies
from store.notifications.mail_senders import MailSenders
from store.orders.withdrawals import UNDECIDED, Withdrawals
from store.privacy.vault import ERASED, Vault
from store.tables.all import WithdrawalRow

WithdrawalSource = Literal["page", "api", "shop"]
WithdrawalOutcome = Literal["received", "opened", "case", "closed"]


class WithdrawalView(Frozen):
    """A customer's statement that they withdraw from a contract, and what became of it."""

    id: str
    """Our id of the statement."""
    outcome: WithdrawalOutcome
    """`received`; then `opened` with its returns, or `case` while a person decides, who may have it `closed`."""
    source: WithdrawalSource
    """Where it was made: on the public page, by the public route, or by the shop's own function."""
    statement: WithdrawalStatement | None
    """Who stated what; null once they are erased."""
    units: dict[str, int]
    """The units that were named, by line; empty for the whole order."""
    order: str | None
    """Our id of the order; null while it is not known which is meant."""
    return_id: str | None
    """The first return that it opened; null where there is none."""
    return_ids: tuple[str, ...]
    """All returns that it opened: more than one where some of the goods came later."""
    reasons: tuple[str, ...]
    """Why a person has to decide, as codes; `order_unknown` where no order has that number and address, and
    `confirmation_undelivered` where its address takes no letter."""
    received_at: Instant
    """When it was received: from then on the law's time to pay back counts."""
    confirmed_at: Instant | None
    """When a mail server took its confirmation; null before, and where its address takes no letter."""
    made_by: Doer
    """Who passed it on."""
    decided_by: Doer | None
    """Who decided; null where no person did."""
    reason: str
    """Why a person decided so; empty where none did."""


@dataclass(frozen=True)
class NewWithdrawal:
    """A statement to keep.

    form: names the form or the request: sent twice it is one statement.
    order: where it is known which order is meant. units: by line; empty for the whole order.
    received_at: business time, now unless given.
    """

    form: str
    source: WithdrawalSource
    statement: WithdrawalStatement
    order: FoundOrder | None = None
    units: Mapping[str, int] = field(default_factory=dict)
    method: ReturnMethod = "drop_off"
    received_at: datetime | None = None


@dataclass(frozen=True)
class WithdrawalDecision:
    """What a person decides. reason: why, in their words. units: by line; empty for the whole order."""

    actor: Actor
    reason: str
    units: Mapping[str, int] = field(default_factory=dict)


class WithdrawalDecided(Exception):
    """The statement is decided: by a person, or because all that was stated is on a return."""


@dataclass(frozen=True)
class WithdrawalService:
    """The use cases. A statement of another merchant is never found."""

    withdrawals: Withdrawals
    steps: WithdrawalSteps
    orders: OrderReader
    policies: Policies
    vault: Vault
    clocks: Clocks
    key_names: KeyNames
    tokens: TokenSigner
    senders: MailSenders

    def owner(self, merchant: str, email: str) -> str:
        """The name under which statements with that address are counted: no text of the caller."""
        return self.tokens.fingerprint(keys.withdrawals_of_address(merchant, email_term(email).text))[:32]

    def token(self, merchant: str, statement: str) -> str:
        """Opens the page with the confirmation, for who stated it."""
        return self.tokens.sign_withdrawal(merchant, statement)

    async def by_token(self, token: str) -> tuple[str, WithdrawalView] | None:
        """Merchant and statement of such a token; None for any other text."""
        named = self.tokens.verify_withdrawal(token)
        found = await self.find(*named) if named else None
        return (named[0], found) if named and found else None

    async def offer(self, order: FoundOrder) -> WithdrawalOffer:
        """Whether the order's customer may withdraw now, and about which goods."""
        state = (await self.orders.state(order)).state
        return withdrawal_offer(state, await self.clocks.business_now(order.merchant))

    async def statement_of(
        self, order: FoundOrder, name: str, text: str, units: Mapping[str, int]
    ) -> WithdrawalStatement:
        """What the customer of a known order states. text: in their own words, if there are any."""
        sealed = (await self.orders.state(order)).state.order
        titles = {line.line_id: line.title for line in sealed.lines}
        goods = ", ".join(f"{count} × {titles.get(line, line)}" for line, count in units.items())
        shop = (await self.senders.profile(order.merchant)).name
        number, known = sealed.number or sealed.order_id, await self.vault.open(sealed.customer.name)
        return WithdrawalStatement(
            name=name or known,
            email=await self.vault.open(sealed.customer.email),
            number=number,
            text=text or statement_in_english(shop, number, goods, name or known),
            locale=sealed.customer.locale,
            zone=sealed.destination.zone,
        )

    async def keep(self, merchant: str, actor: Actor, new: NewWithdrawal) -> WithdrawalView:
        """Write the statement, before anything else happens. The same form again is answered as it stands."""
        statement, now = keys.withdrawal(merchant, new.form), await self.clocks.business_now(merchant)
        sealed = await self._sealed(merchant, statement, new)
        row = WithdrawalRow(
            id=statement, merchant=merchant, order=new.order.id if new.order else "", wanted=json.dumps({**new.units}),
            method=new.method, sealed=sealed.model_dump_json(), source=new.source, role=actor.role, name=actor.name,
            received_at=min(new.received_at or now, now), created_at=real_now(), not_before=real_now(),
        )  # fmt: skip
        days = (await self.policies.in_force(merchant)).policy.attention_days
        line = AuditLine(actor, "withdrawal_received", now, order=row.order, subject=statement)
        await self.withdrawals.add(row, line, now + timedelta(days=days))
        found = await self.find(merchant, statement)
        assert found is not None
        return found

    async def _sealed(self, merchant: str, statement: str, new: NewWithdrawal) -> Sealed:
        """With the key of the order's customer, so that it is erased with them; else with one of its own."""
        text = new.statement.model_dump_json()
        customer = new.order.customer if new.order else ""
        sealed = await self.vault.seal_of_known(merchant, customer, text) if customer else None
        return sealed or await self.vault.seal(merchant, statement, text)

    async def carry_out(self, merchant: str, statement: str) -> WithdrawalView | None:
        """Open its return now, where that is possible, for a caller who waits for it."""
        await self.steps.step(statement)
        return await self.find(merchant, statement)

    async def find(self, merchant: str, statement: str) -> WithdrawalView | None:
        row = await self.withdrawals.find(merchant, statement)
        return await self.view(row) if row else None

    async def page(
        self, merchant: str, page: PageRequest, outcome: WithdrawalOutcome | None = None
    ) -> Page[WithdrawalView]:
        """Newest first. Raises BadCursor."""
        found = await self.withdrawals.page(merchant, outcome, limit=page.limit, cursor=page.cursor)
        return Page([await self.view(row) for row in found.items], found.next)

    async def assign(
        self, merchant: str, statement: str, order: FoundOrder, decision: WithdrawalDecision
    ) -> CommandResult:
        """Open a return of that order; what rules hold against it is overruled by the reason.

        It stays a case while some of its goods cannot come back yet. Raises WithdrawalDecided and OrderBusy.
        """
        async with self._held(merchant, statement) as row:
            result, returns, why = await self.steps.open(
                row, order, Opener(decision.actor, decision.units, decision.reason)
            )
            if result.verdict == "refused":
                return result
            await self.steps.give_to(row, order)
            outcome = "case" if why else "opened"
            kept = {"outcome": outcome, "order": order.id, "returns": returns, "reasons": ",".join(why)}
            await self._decide(row, decision, "withdrawal_assigned", **kept)
        return result

    async def close(self, merchant: str, statement: str, decision: WithdrawalDecision) -> None:
        """End a case without another return, for example because the customer was answered.

        Raises WithdrawalDecided and OrderBusy.
        """
        async with self._held(merchant, statement) as row:
            await self._decide(row, decision, "withdrawal_closed", outcome="closed")

    async def is_decided_by(self, merchant: str, statement: str, decision: WithdrawalDecision) -> bool:
        """Whether this person decided it with this reason: then only the answer got lost."""
        row = await self.withdrawals.find(merchant, statement)
        by = (decision.actor.role, decision.actor.name)
        if row is None or (row.ended_role, row.ended_name) != by:
            return False
        return await open_text(self.vault, row.note) == decision.reason

    @asynccontextmanager
    async def _held(self, merchant: str, statement: str) -> AsyncIterator[WithdrawalRow]:
        """The statement, held while a person decides about it: no other person and no process works on it meanwhile."""
        row = await self.withdrawals.claim_for_person(merchant, statement)
        if row is None:
            found = await self.withdrawals.find(merchant, statement)
            raise OrderBusy if found and found.outcome in UNDECIDED else WithdrawalDecided
        try:
            yield row
        finally:
            await self.withdrawals.release(row)

    async def _decide(
        self, row: WithdrawalRow, decision: WithdrawalDecision, action: str, **values: str
    ) -> None:
        note = await seal_staff_text(self.vault, row.merchant, decision.reason)
        now = await self.clocks.business_now(row.merchant)
        order, by = values.get("order", row.order), decision.actor
        line = AuditLine(by, action, now, order=order, subject=row.id, details={"reason": note})
        done = {**values, "note": note, "ended_role": by.role, "ended_name": by.name}
        if not await self.withdrawals.decide(row, line, **done):
            raise WithdrawalDecided

    async def view(self, row: WithdrawalRow) -> WithdrawalView:
        """The statement as readers get it."""
        opened = await self.vault.open(Sealed.model_validate_json(row.sealed))
        by = await self.key_names.of(row.merchant, [row.name, row.ended_name])
        returns = tuple(filter(None, row.returns.split(",")))
        return WithdrawalView.model_validate(
            {
                **{name: getattr(row, name) for name in ("id", "outcome", "source")},
                **{name: getattr(row, name) for name in ("received_at", "confirmed_at")},
                "statement": None if opened == ERASED else WithdrawalStatement.model_validate_json(opened),
                "units": json.loads(row.wanted),
                "order": row.order or None,
                "return_id": next(iter(returns), None),
                "return_ids": returns,
                "reasons": tuple(filter(None, row.reasons.split(","))),
                "made_by": doer_of(row.role, row.name, by),
                "decided_by": doer_of(row.ended_role, row.ended_name, by) if row.ended_role else None,
                "reason": await open_text(self.vault, row.note),
            }
        )
