"""Returns: what was authorized, where the goods are, and the state of the drop-off code."""

from datetime import datetime
from typing import Literal

from domain.actors import Actor
from domain.base import Frozen, State
from domain.clock import Instant
from domain.model.bonus_table import BonusRow
from domain.model.exchange import Exchange
from domain.model.quote import Quote
from domain.model.received_goods import UnexpectedGoods, UnitReceipt
from domain.model.return_choices import Resolution, ReturnMethod
from domain.model.risk import RiskAssessment
from domain.model.withdrawal import Withdrawal
from domain.reasons import Violation
from domain.units import UnitsByLine, units_in, without

ReturnDecision = Literal["in_review", "authorized", "refused", "cancelled", "expired"]
MAX_ARRIVALS = 50  # parcels of one return
GoodsStatus = Literal["awaiting", "dropped_off", "partly_received", "received", "lost", "not_expected"]


class DropOff(Frozen):
    """The drop-off scan. Its answer is the customer's receipt, the same for every repetition with this key and nonce.

    key: the name of the partner's key, whose locations and nonces these are.
    """

    at: Instant
    location_id: str
    nonce: str
    key: str = ""


class ProofOfSending(Frozen):
    """What shows that the goods are under way: a carrier has them, or the customer proved that they were sent."""

    at: Instant
    """When they were sent."""
    carrier: str
    """Who carries them; empty where it is not known."""
    tracking_number: str
    """The carrier's number of the parcel; empty where there is none."""


class ArrivedParcel(Frozen):
    """A parcel of the return that came to the warehouse, whether its goods were scanned or not."""

    at: Instant
    """When it came."""
    carrier: str
    """Who brought it; empty where it is not known."""
    tracking_number: str
    """The carrier's number of it; empty where there is none."""


class ReturnCase(State):
    """One return of one order. Its quote is what was shown to the customer and is what will be paid.

    code_hash: hash of the drop-off code. The code itself is never stored; it is derived where it is shown.
    received: the announced units that arrived in good condition or were accepted, per line.
    disputed: the announced units that arrived in another condition; they earn nothing unless a person accepts them.
    unexpected: goods that arrived and were not announced, and the disputed ones, as the warehouse describes them.
    receipts: what each receipt of the warehouse found, in its order, and what becomes of the goods.
    held_until: the end of an agent's hold. No money leaves during a hold.
    received_at: when the warehouse first reported goods of it.
    arrivals: the parcels that came to the warehouse.
    unscanned_at: when it was last decided about one that the warehouse had not scanned.
    sent: the proof that the goods were sent; the first one stays.
    risk: the points that decided when its money leaves, as its quote froze them; None where the policy has none.
    review: why a person had to decide it, as of the opening or of the storefront's refund that came after.
    statutory_at: the end of the last day on which its money may leave by law; None where there is none.
    released_at: since then its money waits for nothing but the goods or a proof of sending: its date was near.
    alerted: how much of its time was over when people were last told that money is still here, in percent.
    customer_text: what the customer was told when a person refused it, sealed; empty for the usual sentences alone.
    fast_return: the quote's table of the fast-return bonus, with the dates that hold since the authorization.
    revision: rises when the return is reopened, so that its notices are sent again.
    exchange: the exchange of its goods for others; kept also where it fell back to money.
    authorized_at: when it was authorized last; the days of its fast-return bonus count from there.
    decided_at: when a review of it ended last, whichever way; None where it was never reviewed.
    withdrawal: the statement by which the customer withdrew from the contract; None for every other return.
    """

    return_id: str
    number: str
    quote: Quote
    resolution: Resolution
    method: ReturnMethod
    decision: ReturnDecision
    opened_at: Instant
    opened_by: Actor
    authorized_at: Instant | None = None
    decided_at: Instant | None = None
    review: list[Violation] = []
    waived: list[Violation] = []
    reason: str = ""
    customer_text: str = ""
    code_hash: str
    code_expires_at: Instant
    dropped_off: DropOff | None = None
    sent: ProofOfSending | None = None
    risk: RiskAssessment | None = None
    statutory_at: Instant | None = None
    released_at: Instant | None = None
    alerted: int = 0
    received_at: Instant | None = None
    arrivals: list[ArrivedParcel] = []
    unscanned_at: Instant | None = None
    fast_return: tuple[BonusRow, ...] = ()
    received: UnitsByLine = {}
    disputed: UnitsByLine = {}
    unexpected: list[UnexpectedGoods] = []
    receipts: list[UnitReceipt] = []
    written_off_at: Instant | None = None
    held_until: Instant | None = None
    exchange: Exchange | None = None
    withdrawal: Withdrawal | None = None
    revision: int = 1

    @property
    def units(self) -> UnitsByLine:
        return {item.line_id: list(item.units) for item in self.quote.items}

    @property
    def announced_at(self) -> datetime:
        """When the shop knew that the goods come back."""
        return self.withdrawal.received_at if self.withdrawal else self.opened_at

    @property
    def exchange_tenders(self) -> list[str]:
        """The tenders whose money pays for the new goods of its exchange."""
        on_top = self.exchange.tender_id if self.exchange else ""
        return [*(share.tender_id for share in self.quote.shares), *([on_top] if on_top else [])]

    @property
    def fast_return_rows(self) -> tuple[BonusRow, ...]:
        """What goods add that are dropped off soon. Goods that are exchanged add nothing, as no money moves for them."""
        return () if self.resolution == "exchange" else self.fast_return or self.quote.fast_return

    @property
    def live(self) -> bool:
        """Whether the return is in review or authorized: its units may be on no other return."""
        return self.decision in ("in_review", "authorized")

    @property
    def missing(self) -> UnitsByLine:
        """Units announced and not yet received."""
        return without(self.units, units_in([self.received, self.disputed]))

    @property
    def handed_over_at(self) -> datetime | None:
        """When the customer handed the goods over: the drop-off scan, else the sending, else the receipt."""
        if self.dropped_off:
            return self.dropped_off.at
        return self.sent.at if self.sent else self.received_at

    @property
    def left_customer(self) -> bool:
        """Whether it is proved that the customer gave the goods away, whatever has arrived."""
        return self.dropped_off is not None or self.sent is not None

    @property
    def earned(self) -> UnitsByLine:
        """The units that have earned their money, paid or not: of goods that are under way all of them, else what arrived.

        Goods that were written off have earned it only if they left the customer: a missing unit of goods sent by mail
        without a proof is paid when it arrives (S-63).
        """
        if not self.left_customer:
            return self.received
        pay_on = self.quote.pay_on
        early = pay_on == "drop_off" or (pay_on == "sent" and self.sent is not None)
        waits = not early and self.written_off_at is None and self.released_at is None
        return self.received if waits else self.units

    @property
    def arrived(self) -> bool:
        """Whether any announced unit has arrived, in whatever condition."""
        return bool(self.received or self.disputed)

    @property
    def goods(self) -> GoodsStatus:
        if self.decision not in ("authorized", "in_review"):
            return "not_expected"
        if not self.missing:
            return "received"
        if self.written_off_at is not None:
            return "lost"
        if self.arrived:
            return "partly_received"
        return "dropped_off" if self.left_customer else "awaiting"

    @property
    def goods_settled(self) -> bool:
        """Whether the journey waits for no more goods."""
        return self.goods in ("received", "lost", "not_expected")

    def code_state(self, now: datetime) -> Literal["valid", "used", "expired", "revoked"]:
        if self.decision == "expired":
            return "expired"
        if self.decision != "authorized":
            return "revoked"
        if self.left_customer or self.arrived:
            return "used"
        return "valid" if now < self.code_expires_at else "expired"
