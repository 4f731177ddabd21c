"""Deeds: what the agenda says must be done. All but `PayLeg` and `LookAt` are changes of state and nothing else."""

from typing import Literal

from domain.attention import Attention
from domain.base import Fact
from domain.delays import Delay
from domain.promises import Risk


class TellDelay(Fact):
    kind: Literal["tell_delay"] = "tell_delay"
    delay: Delay


class CorrectDelay(Fact):
    kind: Literal["correct_delay"] = "correct_delay"
    subject: str


class KeepWord(Fact):
    """Write although nothing is new, because we said that we would."""

    kind: Literal["keep_word"] = "keep_word"
    subject: str


class RemindOfPickup(Fact):
    kind: Literal["remind_of_pickup"] = "remind_of_pickup"
    parcel_id: str


class OfferDelay(Fact):
    """Ask the customer to agree to a later date for what has not left."""

    kind: Literal["offer_delay"] = "offer_delay"


class MakeGood(Fact):
    """Credit what a broken promise earns."""

    kind: Literal["make_good"] = "make_good"


class ClaimLoss(Fact):
    kind: Literal["claim_loss"] = "claim_loss"
    parcel_id: str


class NoteRisk(Fact):
    """Write down what another lead time would have told now; nobody is told."""

    kind: Literal["note_risk"] = "note_risk"
    risk: Risk


class Ask(Fact):
    """Open a question for a person; unanswered, its default happens."""

    kind: Literal["ask"] = "ask"
    question: Attention


class TakeDefault(Fact):
    kind: Literal["take_default"] = "take_default"
    attention: str


class ExpireReturn(Fact):
    kind: Literal["expire_return"] = "expire_return"
    return_id: str


class GiveUpGoods(Fact):
    kind: Literal["give_up_goods"] = "give_up_goods"
    return_id: str


class PlanReturn(Fact):
    kind: Literal["plan_return"] = "plan_return"
    return_id: str


class PlanUndelivered(Fact):
    """Pay back what is left unpaid of a parcel given up."""

    kind: Literal["plan_undelivered"] = "plan_undelivered"
    parcel_id: str


class PayLeg(Fact):
    """The one deed with an effect: its intent (the planned leg) is committed before it is ever due."""

    kind: Literal["pay_leg"] = "pay_leg"
    leg: str


class LookAt(Fact):
    """Ask the carrier's tracker: a read beside the loop, whose answer is taken in as a fact."""

    kind: Literal["look_at"] = "look_at"
    parcel_id: str


class Close(Fact):
    kind: Literal["close"] = "close"


Change = (
    TellDelay
    | CorrectDelay
    | KeepWord
    | RemindOfPickup
    | OfferDelay
    | MakeGood
    | ClaimLoss
    | NoteRisk
    | Ask
    | TakeDefault
    | ExpireReturn
    | GiveUpGoods
    | PlanReturn
    | PlanUndelivered
    | Close
)
Deed = Change | PayLeg | LookAt
