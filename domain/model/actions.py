"""Deeds: what the agenda says must be done. All but `PayLeg` and `LookAt` are changes of state and nothing else."""

from typing import Literal

from domain.base import Frozen
from domain.model.attention import AttentionItem
from domain.model.delay import Delay
from domain.model.promise import LeadTimeTrial


class SendDelayNotice(Frozen):
    kind: Literal["send_delay_notice"] = "send_delay_notice"
    delay: Delay


class SendCorrection(Frozen):
    kind: Literal["send_correction"] = "send_correction"
    subject: str


class SendFollowUp(Frozen):
    """Write although nothing is new, because we said that we would."""

    kind: Literal["send_follow_up"] = "send_follow_up"
    subject: str


class SendPickupReminder(Frozen):
    kind: Literal["send_pickup_reminder"] = "send_pickup_reminder"
    parcel_id: str


class OfferDelayOption(Frozen):
    """Ask the customer to agree to a later date for what has not left."""

    kind: Literal["offer_delay_option"] = "offer_delay_option"


class IssueGoodwill(Frozen):
    """Credit what a broken promise earns."""

    kind: Literal["issue_goodwill"] = "issue_goodwill"


class OpenCarrierClaim(Frozen):
    kind: Literal["open_carrier_claim"] = "open_carrier_claim"
    parcel_id: str


class RecordLeadTimeTrial(Frozen):
    """Write down what another lead time would have told now; nobody is told."""

    kind: Literal["record_lead_time_trial"] = "record_lead_time_trial"
    trial: LeadTimeTrial


class OpenQuestion(Frozen):
    """Open a question for a person; unanswered, its default happens."""

    kind: Literal["open_question"] = "open_question"
    item: AttentionItem


class ApplyDefault(Frozen):
    kind: Literal["apply_default"] = "apply_default"
    attention: str


class ExpireReturn(Frozen):
    kind: Literal["expire_return"] = "expire_return"
    return_id: str


class WriteOffGoods(Frozen):
    kind: Literal["write_off_goods"] = "write_off_goods"
    return_id: str


class PlanReturn(Frozen):
    kind: Literal["plan_return"] = "plan_return"
    return_id: str


class PlanUndelivered(Frozen):
    """Pay back what is left unpaid of a parcel given up."""

    kind: Literal["plan_undelivered"] = "plan_undelivered"
    parcel_id: str


class PayLeg(Frozen):
    """The one deed with an effect: its intent (the planned leg) is committed before it is ever due."""

    kind: Literal["pay_leg"] = "pay_leg"
    leg: str


class PollTracker(Frozen):
    """Ask the carrier's tracker: a read beside the loop, whose answer is taken in as a fact."""

    kind: Literal["poll_tracker"] = "poll_tracker"
    parcel_id: str


class Close(Frozen):
    kind: Literal["close"] = "close"


Change = (
    SendDelayNotice
    | SendCorrection
    | SendFollowUp
    | SendPickupReminder
    | OfferDelayOption
    | IssueGoodwill
    | OpenCarrierClaim
    | RecordLeadTimeTrial
    | OpenQuestion
    | ApplyDefault
    | ExpireReturn
    | WriteOffGoods
    | PlanReturn
    | PlanUndelivered
    | Close
)
Action = Change | PayLeg | PollTracker
