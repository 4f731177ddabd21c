"""The steps of claims outside the state as an arithmetic of their own: accounts, store credit, and pages to pay on."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from domain.model.claw_back_request import ClawBackRequest, ClawBackResult, PaidLink
from domain.money import Money


@dataclass
class ClaimLedger:
    """`credit`: what the customer has to spend. `pages`: a provider takes payments. `paid_unseen`: paid, without a webhook."""

    credit: int = 0
    pages: bool = True
    accounts: Counter[str] = field(default_factory=Counter)
    done: dict[str, ClawBackResult] = field(default_factory=dict)
    debits: list[datetime] = field(default_factory=list)
    open_pages: dict[str, int] = field(default_factory=dict)
    paid_unseen: dict[str, PaidLink] = field(default_factory=dict)

    def do(self, request: ClawBackRequest) -> ClawBackResult:
        """Do the step once per key."""
        if request.key not in self.done:
            self.done[request.key] = self._steps[request.kind](request)
        return self.done[request.key]

    @property
    def _steps(self) -> dict[str, Callable[[ClawBackRequest], ClawBackResult]]:
        book = self._book
        return {"collect": self._collect, "open_link": self._open, "close_link": self._close,
                "write_off": book, "payment": book, "reduction": book}  # fmt: skip

    def _collect(self, request: ClawBackRequest) -> ClawBackResult:
        taken = min(self.credit, request.amount.minor)
        self.credit -= taken
        self.debits += [request.now] if taken else []
        self.accounts.update(claim=request.amount.minor - taken, claimed=-request.amount.minor, credit=taken)
        netted = Money(minor=taken, currency=request.amount.currency)
        return ClawBackResult(key=request.key, outcome="done", netted=netted, booked=request.amount)

    def _book(self, request: ClawBackRequest) -> ClawBackResult:
        assert sum(one.minor for one in request.postings) == 0, "the entry balances"
        for posting in request.postings:
            self.accounts[posting.account] += posting.minor
            if posting.account == "credit":
                self.credit -= posting.minor
        return ClawBackResult(key=request.key, outcome="done")

    def _open(self, request: ClawBackRequest) -> ClawBackResult:
        if not self.pages:
            return ClawBackResult(key=request.key, outcome="unavailable")
        name = f"plink_{request.link.rpartition('/')[2]}"
        self.open_pages[name] = request.amount.minor
        return ClawBackResult(
            key=request.key, outcome="done", provider="stripe", reference=name, url=f"https://pay.test/{name}"
        )

    def _close(self, request: ClawBackRequest) -> ClawBackResult:
        self.open_pages.pop(request.link_reference, None)
        paid = self.paid_unseen.pop(request.link_reference, None)
        return ClawBackResult(key=request.key, outcome="done", payments=(paid,) if paid else ())
