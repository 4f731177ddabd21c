"""A payment that the shop reports of a tender which was not captured when the order was placed."""

from domain.base import Frozen
from domain.model.order import Identifier, Tender
from domain.money import Money
from domain.reasons import Reason, Violation


class ReportedPayment(Frozen):
    """amount: all of the tender, if it is None. payment, provider: see `Tender`; those of the tender, if None."""

    tender_id: Identifier
    amount: Money | None = None
    payment: Identifier | None = None
    provider: Identifier | None = None

    def of(self, tender: Tender | None) -> Tender | Violation:
        """The tender as it was captured, or why this is no payment of it. A report of a payment that is known is that payment."""
        if tender is None:
            return Violation(code=Reason.TENDER_UNKNOWN, details={"tender": self.tender_id})
        amount = self.amount or tender.amount
        paid = tender.model_copy(
            update={
                "captured": True,
                "amount": amount,
                "payment": self.payment or tender.payment,
                "provider": self.provider or tender.provider,
            }
        )
        if tender.captured:
            known = Violation(code=Reason.ALREADY_CAPTURED, details={"tender": self.tender_id})
            return tender if paid == tender else known
        if amount.currency != tender.amount.currency or not 0 < amount.minor <= tender.amount.minor:
            return Violation(
                code=Reason.MORE_THAN_DUE,
                details={"due": tender.amount.minor, "currency": tender.amount.currency},
            )
        return paid
