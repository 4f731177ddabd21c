"""Erasures that are under way: deliveries about the person are emptied, then the keys of all that is sealed are destroyed.

An erasure is done in steps of bounded size, and may be cut off and begun again at each. The keys go last: until then they
open the names by which deliveries are found.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from domain.actors import Actor, Role
from domain.model.search_terms import email_term
from domain.sealed import Sealed
from domain.spellings.search import TextSearch
from services.isolation import isolated
from services.privacy.persons import PersonFinder, PersonIdentity
from services.withdrawals.statement import WithdrawalStatement
from store.audit import AuditLine
from store.inbox.erasure import PLATFORM, KeptBodies, KeptBody
from store.merchants.clock import Clocks
from store.merchants.privacy_requests import PrivacyRequests
from store.orders.withdrawals import Withdrawals
from store.privacy.persons import Persons
from store.privacy.vault import ERASED, Vault
from store.tables.all import PrivacyRequestRow

_ACTOR: Final = Actor(role=Role.SYSTEM, name="erasure")
_PAGE: Final = 100  # deliveries that are read together
_PAGES: Final = 20  # of one step
_CUSTOMERS: Final = 200  # of a shop that is gone, in one step
_SOON: Final = timedelta(seconds=2)
_MAX_STREAM: Final = 4 * 1024 * 1024  # bytes that are read of a compressed body
_AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True)
class Erasures:
    """Works off the requests that were approved."""

    requests: PrivacyRequests
    withdrawals: Withdrawals
    finder: PersonFinder
    persons: Persons
    bodies: KeptBodies
    vault: Vault
    clocks: Clocks

    async def step(self) -> int:
        """One step of the oldest erasure; 0 when there is none. One that meets a defect is tried again later."""
        row = await self.requests.claim()
        if row is None:
            return 0
        defect = await isolated(f"erasure {row.id}", self._step(row))
        if defect is not None:
            await self.requests.go_on(row, timedelta(minutes=5), defect)
        return 1

    async def _step(self, row: PrivacyRequestRow) -> None:
        opened = await self.vault.open(Sealed.model_validate_json(row.sealed))
        if opened == ERASED:  # a process ended after it had destroyed the keys
            await self._finish(row, [], row.orders)
            return
        identity = PersonIdentity.model_validate_json(opened)
        if row.scope == "shop":
            await self._step_of_shop(row)
            return
        customers = await self.finder.customers(row.merchant, identity)
        texts = await self.finder.texts(row.merchant, identity, customers)
        is_last, is_queued = await self._search(row, TextSearch(texts, _MAX_STREAM))
        if is_queued:
            await self.requests.go_on(row, _SOON, "a delivery is still to be applied", **_found(row))
        elif is_last:
            await self._destroy(row, identity, customers)
        else:
            await self.requests.go_on(row, _AT_ONCE, "", progress=row.progress, **_found(row))

    async def _search(self, row: PrivacyRequestRow, search: TextSearch | None) -> tuple[bool, bool]:
        """Empty the next deliveries about the person, all without `search`. Whether these were the last, and one still waits."""
        merchants = [row.merchant] if search is None else [row.merchant, PLATFORM]
        for _ in range(_PAGES):
            page = await self.bodies.page(merchants, row.progress, _PAGE)
            found = [one for one in page if search is None or await _is_about(search, one)]
            waiting = [one.row for one in found if one.is_queued]
            gone = [one.row for one in found if not one.is_queued]
            if gone:
                await self.bodies.empty(merchants, gone)
                _count(row, "deliveries", len(gone))
            if waiting and search is not None:
                return False, True
            if len(page) < _PAGE:
                return True, False
            row.progress = page[-1].row
        return False, False

    async def _destroy(self, row: PrivacyRequestRow, identity: PersonIdentity, customers: list[str]) -> None:
        found = await self.persons.orders(row.merchant, customers, limit=1_000)
        orders = [one.id for one in found]
        named = {*identity.orders, *orders, *(one.order_id for one in found)}
        whole = identity.model_copy(update={"orders": tuple(sorted(named))})
        await self._forget_requests(row, whole, {*customers})
        await self._forget_statements(row.merchant, identity, orders)
        for customer in customers:
            _count(row, "persons", int(await self.vault.erase(row.merchant, customer)))
        await self.vault.erase(row.merchant, row.id)
        await self._finish(row, orders, len(orders))

    async def _forget_requests(
        self, row: PrivacyRequestRow, identity: PersonIdentity, erased: set[str]
    ) -> None:
        """Earlier requests of the same person name them too."""
        after = ""
        while page := await self.requests.others(row, after, _PAGE):
            texts = await self.vault.open_all([Sealed.model_validate_json(one.sealed) for one in page])
            for one, text in zip(page, texts, strict=True):
                if text != ERASED and await self._is_theirs(row.merchant, text, identity, erased):
                    await self.vault.erase(row.merchant, one.id)
            after = page[-1].id

    async def _forget_statements(
        self, merchant: str, identity: PersonIdentity, orders: Sequence[str]
    ) -> None:
        """Statements of withdrawal that lie under no customer's key: with the person's address, or about their orders."""
        after, email = "", identity.email and email_term(identity.email)
        while page := await self.withdrawals.with_own_key(merchant, after, _PAGE):
            texts = await self.vault.open_all([Sealed.model_validate_json(one.sealed) for one in page])
            for one, text in zip(page, texts, strict=True):
                if text != ERASED:
                    stated = WithdrawalStatement.model_validate_json(text)
                    if one.order in orders or (email and email_term(stated.email) == email):
                        await self.vault.erase(merchant, one.id)
            after = page[-1].id

    async def _is_theirs(self, merchant: str, text: str, identity: PersonIdentity, erased: set[str]) -> bool:
        """Whether a request names this person; one by another name, such as a phone, where it is of no other customer too."""
        other = PersonIdentity.model_validate_json(text)
        if identity.names(other):
            return True
        meant = {*await self.finder.customers(merchant, other)}
        return bool(meant) and meant <= erased

    async def _step_of_shop(self, row: PrivacyRequestRow) -> None:
        """All customers of the merchant, page by page; then statements of no customer, and what is kept of deliveries."""
        found = json.loads(row.result)
        page = await self.persons.customers_from(row.merchant, found.get("after", ""), _CUSTOMERS)
        for customer in page:
            _count(row, "persons", int(await self.vault.erase(row.merchant, customer)))
        if page:
            result = json.dumps({**json.loads(row.result), "after": page[-1]})
            await self.requests.go_on(row, _AT_ONCE, "", result=result)
            return
        statements = await self.withdrawals.with_own_key(row.merchant, "", _CUSTOMERS)
        for one in statements:
            await self.vault.erase(row.merchant, one.id)
        if statements:
            await self.requests.go_on(row, _AT_ONCE, "")
            return
        is_last, _ = await self._search(row, None)
        if not is_last:
            await self.requests.go_on(row, _AT_ONCE, "", progress=row.progress, **_found(row))
            return
        await self.vault.erase(row.merchant, row.id)
        row.result = json.dumps({name: n for name, n in json.loads(row.result).items() if name != "after"})
        await self._finish(row, [], row.orders)

    async def _finish(self, row: PrivacyRequestRow, orders: list[str], count: int) -> None:
        now = await self.clocks.business_now(row.merchant)
        _count(row, "orders", count)
        line = partial(AuditLine, _ACTOR, "person_erased", now, subject=row.id)
        lines = [line(details=json.loads(row.result)), *(line(order=order) for order in orders)]
        await self.requests.finish(row, lines, now, row.result)


async def _is_about(search: TextSearch, one: KeptBody) -> bool:
    """In a thread, so that the process serves others meanwhile."""
    return await asyncio.to_thread(search.finds_any, one.body)


def _count(row: PrivacyRequestRow, what: str, number: int) -> None:
    result = json.loads(row.result)
    row.result = json.dumps({**result, what: result.get(what, 0) + number})


def _found(row: PrivacyRequestRow) -> dict[str, str]:
    return {"result": row.result}
