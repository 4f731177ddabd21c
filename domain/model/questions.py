"""The questions that a journey opens for people: one row a kind. `journey/attention.py` registers the defaults.

Every question has an owner, a deadline and a default, so that an order never waits without end (NEW-10).
"""

from datetime import timedelta
from operator import attrgetter
from typing import Literal

from domain.base import Frozen
from domain.model.attention import AttentionDefault, AttentionKind, Owner
from domain.model.terms import Policy


class AnswerTime(Frozen):
    """The time to answer: a setting of the merchant's policy, in its unit."""

    setting: str
    unit: Literal["days", "hours"] = "days"

    def of(self, policy: Policy) -> timedelta:
        return timedelta(**{self.unit: attrgetter(self.setting)(policy)})


class DefaultSetting(Frozen):
    """A default that the merchant chooses: a setting of the policy."""

    setting: str

    def of(self, policy: Policy) -> AttentionDefault:
        default: AttentionDefault = attrgetter(self.setting)(policy)
        return default


class Question(Frozen):
    """One kind of question.

    text: the question, as the owner reads it.
    owner: the role that answers.
    default: what happens without an answer; None if the opener of the question gives it.
    otherwise: what that default means for the order.
    time: how long the owner has; None if the opener of the question gives the deadline.
    answers: the overrides and routes by which a person answers it; none where closing it is the only answer.
    closing: what happens when a person closes it with a reason (`close_question`); empty where only an answer closes it.
    audited: opening it writes an audit entry. The others are opened by a change that writes its own.
    """

    text: str
    owner: Owner
    default: AttentionDefault | DefaultSetting | None
    otherwise: str
    time: AnswerTime | None = AnswerTime(setting="attention_days")
    answers: tuple[str, ...] = ()
    closing: str = ""
    audited: bool = False


QUESTIONS: dict[AttentionKind, Question] = {
    "review": Question(
        text="The order's refunds are above the merchant's limit, or there is none in its currency, or the storefront paid back "
        "an unknown amount for unnamed units. May it be returned?",
        owner="agent",
        default=DefaultSetting(setting="review_default"),
        otherwise="The return is authorized (`approve`) or refused (`refuse`; always, beside an unknown amount).",
        time=AnswerTime(setting="review_hours", unit="hours"),
        answers=("approve", "refuse"),
    ),
    "hold": Question(
        text="An agent holds the return; no money leaves for it. Is there a reason to go on holding it?",
        owner="agent",
        default="release",
        otherwise="The hold ends, and what the goods have earned is paid.",
        time=None,
        answers=("release",),
    ),
    "presumed_lost": Question(
        text="Is the parcel lost? The customer may ask for a resend or a refund meanwhile.",
        owner="agent",
        default="refund",
        otherwise="The parcel counts as lost and its units are refunded.",
        audited=True,
        answers=("mark_delivered", "mark_lost", "resolve_lost_parcel"),
    ),
    "returned_to_sender": Question(
        text="The parcel goes back to the sender. Shall it be sent again or refunded?",
        owner="agent",
        default="refund",
        otherwise="The parcel counts as lost and its units are refunded.",
        audited=True,
        answers=("mark_delivered", "mark_lost", "resolve_lost_parcel"),
    ),
    "never_scanned": Question(
        text="The carrier never scanned the parcel, days after its promise. Was it handed over, and where is it?",
        owner="agent",
        default="dismiss",
        otherwise="The journey stops waiting for the parcel. Nothing is refunded by guess. The customer gets a notice.",
        audited=True,
        answers=("mark_delivered", "mark_lost", "resolve_lost_parcel"),
        closing="The journey stops waiting for the parcel. Nothing is refunded. The customer gets a notice.",
    ),
    "contents_unknown": Question(
        text="One of several parcels of a fulfilment is missing or comes back. What was in it? (`set_contents`)",
        owner="agent",
        default="dismiss",
        otherwise="The journey stops waiting for the parcel. Nothing is refunded by guess. The customer gets a notice.",
        audited=True,
        answers=("set_contents", "mark_delivered"),
        closing="The journey stops waiting for the parcel. Nothing is refunded. The customer gets a notice.",
    ),
    "not_received": Question(
        text="The carrier says delivered, the customer has nothing. What does the carrier's trace say?",
        owner="agent",
        default=DefaultSetting(setting="trace.default"),
        otherwise="The parcel is lost and refunded (`refund`), or stays as it is (`dismiss`; always, where the carrier never "
        "scanned it or its contents are not known). The customer gets a notice.",
        time=AnswerTime(setting="trace.days"),
        audited=True,
        answers=("mark_delivered", "mark_lost"),
    ),
    "resend": Question(
        text="The customer chose a resend. Please pack the units again.",
        owner="merchant",
        default="refund",
        otherwise="Units that were not packed again are refunded.",
        audited=True,
        answers=("register_parcel",),
        closing="Nothing is packed again: units that are in no other parcel are refunded now.",
    ),
    "parcel_found": Question(
        text="A parcel that was refunded as lost moves or has arrived. Is there anything to settle with the customer?",
        owner="agent",
        default="dismiss",
        otherwise="Nothing. The refund stays.",
        closing="Acknowledged. The refund stays.",
    ),
    "shipped_after_cancel": Question(
        text="Units that were cancelled and refunded are on their way. Can the parcel be stopped?",
        owner="merchant",
        default="dismiss",
        otherwise="Nothing. The refund stays.",
        closing="Acknowledged. The refund stays.",
    ),
    "carrier_claim": Question(
        text="The carrier lost the parcel. Please claim it from the carrier.",
        owner="merchant",
        default="dismiss",
        otherwise="Nothing.",
        time=AnswerTime(setting="claim_days"),
        audited=True,
        closing="Acknowledged: the loss was claimed from the carrier, or will not be.",
    ),
    "tracker_ended": Question(
        text="The carrier reports no more on a parcel that has not arrived. Where is it?",
        owner="agent",
        default="dismiss",
        otherwise="The journey waits on; without a further scan a question about the parcel follows.",
        audited=True,
        answers=("mark_delivered", "mark_lost"),
        closing="Acknowledged. The journey waits on; without a further scan a question about the parcel follows.",
    ),
    "unknown_parcel": Question(
        text="A carrier reports on a number that no parcel has for an hour. Which order is it of, or is it none of yours?",
        owner="agent",
        default="dismiss",
        otherwise="After 72 hours the reports are dead deliveries. They are applied if the parcel is registered later.",
        time=None,
        answers=("register_parcel", "dismiss_unknown_parcel"),
    ),
    "payment_difference": Question(
        text="A payment provider's records differ from the ledger, as `GET /v1/payments/differences` says. What happened?",
        owner="finance",
        default="remind",
        otherwise="Nothing is booked or paid. The question is asked again, and ends when both sides agree.",
        time=None,
        answers=("close_payment_difference",),
    ),
    "address_bounced": Question(
        text="Letters to the customer's e-mail address come back, or the customer reported one as unwanted. How to reach them?",
        owner="agent",
        default="dismiss",
        otherwise="No letter goes to that address until a person lifts it. Other channels are used where the customer agreed.",
        closing="Acknowledged. Letters go to the address again only once a person lifts it (`lift_suppression`).",
    ),
    "not_shipped": Question(
        text="Units have not shipped long after the promised date. Were they shipped without us?",
        owner="merchant",
        default="dismiss",
        otherwise="The journey stops waiting for them. Nothing is refunded by guess.",
        audited=True,
        answers=("register_parcel", "cancel"),
        closing="The journey stops waiting for the units. Nothing is refunded.",
    ),
    "not_collected": Question(
        text="Goods that the customer collects in the shop were not reported as collected. Are they still there?",
        owner="merchant",
        default="dismiss",
        otherwise="The journey stops waiting for them. Nothing is refunded by guess.",
        audited=True,
        answers=("report_handover", "cancel"),
        closing="The journey stops waiting for the goods. Nothing is refunded.",
    ),
    "consent": Question(
        text="Do you agree to wait for a later date?",
        owner="customer",
        default=None,
        otherwise="The later date is the promise (`wait`), or what has not left is cancelled and refunded (`cancel`).",
        time=None,
        answers=("respond_to_delay_consent",),
    ),
    "unexpected_goods": Question(
        text="Goods arrived that were not announced, or of a return that is over; the return lists them. What becomes of them?",
        owner="agent",
        default="dismiss",
        otherwise="Nothing is paid for them.",
        closing="Acknowledged. Nothing is paid for the goods.",
    ),
    "goods_condition": Question(
        text="Announced goods arrived damaged, used, incomplete or as another article. Are they accepted (`accept_goods`)?",
        owner="agent",
        default="dismiss",
        otherwise="Nothing more is paid for them. What was paid at the drop-off is asked back, if the policy says so.",
        answers=("accept_goods",),
        closing="The goods are not accepted: nothing more is paid for them. What was paid at the drop-off is asked back, if "
        "the policy says so.",
    ),
    "payment_failed": Question(
        text="The provider declined a payment. Retry it, skip it, or pay in another way?",
        owner="finance",
        default="retry",
        otherwise="The payment is tried again with a new key; after three such tries the question is asked again (`remind`).",
        answers=("retry_step", "skip_step", "paid_by_hand", "choose_refund"),
    ),
    "payment_unknown": Question(
        text="The outcome of a payment is unknown. What does the provider's account say?",
        owner="finance",
        default="retry",
        otherwise="It is looked up and tried again with the same key; after three tries the question is asked again (`remind`).",
        answers=("retry_step", "confirm_paid", "confirm_unpaid"),
    ),
    "address_changed": Question(
        text="The address was changed in the storefront after a parcel had left. Can it be redirected?",
        owner="agent",
        default="dismiss",
        otherwise="Nothing. The parcel goes where it was sent.",
        audited=True,
        closing="Acknowledged. The parcel goes where it was sent.",
    ),
    "payment_not_captured": Question(
        text="Money is due to a customer who has not paid it yet. Reduce what they have to pay, or report the payment when it "
        "comes.",
        owner="finance",
        default="dismiss",
        otherwise="Nothing goes back of what was not paid.",
        closing="Acknowledged. Nothing goes back of what was not paid.",
        time=AnswerTime(setting="claim_days"),
        audited=True,
    ),
    "refund_by_hand": Question(
        text="No provider can pay this money back. Please pay it, and report that (`paid_by_hand`).",
        owner="finance",
        default="remind",
        otherwise="It stays owed, and the question is asked again after ever longer times.",
        answers=("paid_by_hand",),
        time=None,
        audited=True,
    ),
    "action_stuck": Question(
        text="An automatic step stays due although it was performed. This is a defect; please report it. What is wrong?",
        owner="agent",
        default="retry",
        otherwise="The step is performed again, and parked again if it stays due.",
        audited=True,
        closing="The step is performed again, and parked again if it stays due.",
    ),
    "no_goodwill_limit": Question(
        text="The order was late, and the policy's goodwill has no limits in its currency. What does the customer get?",
        owner="merchant",
        default="dismiss",
        otherwise="No goodwill is given.",
        audited=True,
        closing="Acknowledged. No goodwill is given by itself.",
    ),
    "refund_mismatch": Question(
        text="More was refunded, or promised, than there is. Was the customer paid twice, or too little?",
        owner="finance",
        default="dismiss",
        otherwise="Nothing.",
        closing="Acknowledged. No money moves.",
    ),
    "refund_failed": Question(
        text="A refund made in the storefront failed after it was reported as paid. The customer does not have the money. "
        "Please pay it once more there.",
        owner="finance",
        default="dismiss",
        otherwise="Nothing is paid by itself. `refunded` of the order leaves the amount out.",
        time=AnswerTime(setting="claim_days"),
        audited=True,
        closing="Acknowledged. No money moves, and `refunded` of the order leaves the amount out.",
    ),
    "claw_back": Question(
        text="You have money for goods that did not reach us, or that were rejected, as the notice says. Is that right?",
        owner="customer",
        default="collect",
        otherwise="It is taken from the customer's store credit with this shop, and the rest is to be paid by a link.",
        answers=("answer_claw_back", "decide_claw_back"),
        time=None,
        audited=True,
    ),
    "claw_back_answer": Question(
        text="The customer has answered the notice of a claim, or it did not reach them, or goods of a lost parcel should be "
        "back by now. Does the customer keep the money (`accept`), or does the claim stand (`reject`)?",
        owner="agent",
        default="waive",
        otherwise="The customer keeps the money.",
        answers=("decide_claw_back",),
        audited=True,
    ),
    "claw_back_unpaid": Question(
        text="Store credit did not cover a claim. When is the rest paid?",
        owner="customer",
        default="write_off",
        otherwise="The rest is written off. The link takes no payment any more.",
        answers=("decide_claw_back",),
        time=None,
        audited=True,
    ),
    "refund_returned": Question(
        text="Money that was on its way to the customer came back, or could not be paid after all. It is owed again, and they "
        "may choose store credit. How else do they get it?",
        owner="finance",
        default="remind",
        otherwise="It stays owed, and the question is asked again after ever longer times.",
        answers=("retry_step", "paid_by_hand", "choose_refund"),
        time=None,
        audited=True,
    ),
    "refund_due": Question(
        text="Money of a return has a date by which it leaves, by law or by the shop's promise, and has not left. What keeps it?",
        owner="agent",
        default=None,
        otherwise="Before the date the money leaves by itself if the goods or a proof of sending are there (`refund`). Where it "
        "may not, the question goes to the merchant at the date and is asked again after ever longer times (`remind`).",
        time=None,
        audited=True,
        answers=("approve", "refuse", "release", "accept_goods", "retry_step", "paid_by_hand"),
    ),
    "refund_late": Question(
        text="The provider accepted a refund days ago and has not finished it. Please ask the provider, by the reference that "
        "the payment names.",
        owner="finance",
        default="remind",
        otherwise="It is looked up every day, and the question is asked again after ever longer times.",
        answers=("look_up",),
        time=None,
        audited=True,
    ),
    "refund_amount_differs": Question(
        text="The provider states another amount, or another refund, for this payment than was asked for. What was paid?",
        owner="finance",
        default="dismiss",
        otherwise="Nothing. No money moves and nothing is booked.",
        time=AnswerTime(setting="claim_days"),
        audited=True,
        answers=("look_up",),
        closing="Acknowledged. No money moves and nothing is booked.",
    ),
    "exchange_unanswered": Question(
        text="Your fulfilment system did not say whether it sends the new goods of an exchange. Are they sent? Report it, or the "
        "parcel.",
        owner="merchant",
        default="retry",
        otherwise="It is asked again with the same key.",
        audited=True,
        answers=("report_exchange", "register_parcel", "end_exchange"),
    ),
    "exchange_to_stop": Question(
        text="Your fulfilment system was asked to send new goods of an exchange, and the money that pays for them went back to "
        "the customer, or is with a bank. Can the goods be stopped?",
        owner="merchant",
        default="dismiss",
        otherwise="Nothing: goods that nobody stops leave. No money moves.",
        audited=True,
        answers=("report_exchange", "end_exchange"),
        closing="Acknowledged. No money moves.",
    ),
    "refund_seen_twice": Question(
        text="The storefront and the payment provider each report a refund that was made there, and it is not clear whether both "
        "are the same money. Was the customer paid once or twice?",
        owner="finance",
        default="dismiss",
        otherwise="Both stay entered, so nothing of it is paid again.",
        audited=True,
        closing="Acknowledged. Both stay entered, and no money moves.",
    ),
    "storefront_behind": Question(
        text="The storefront does not show what happened to the order here: it did not answer for a day, or it refuses a return "
        "or a refund that was entered here. Does its own record have to be put right?",
        owner="agent",
        default="dismiss",
        otherwise="Nothing: returns and money do not wait for it. What it did not answer is sent again, and each week the "
        "question is asked again.",
        closing="Acknowledged. What it did not answer is still sent again.",
        audited=True,
    ),
    "dispute": Question(
        text="A bank asks a payment back, or asks about it. Please answer at the provider before the deadline; the evidence is "
        "at `GET /v1/orders/{order}/disputes/{dispute}/evidence`. Has it ended without us?",
        owner="finance",
        default="remind",
        otherwise="Nothing is paid. Refunds of that payment wait, and the question is asked again until the dispute has ended.",
        answers=("state_dispute",),
        time=None,
        audited=True,
    ),
    "dispute_refunded": Question(
        text="A disputed payment was paid back before, whole or in part. Please send the bank the references of these refunds "
        "(the evidence has them). If the dispute is lost, the customer has that money twice: is it asked back?",
        owner="finance",
        default="dismiss",
        otherwise="Nothing. What is lost of it is written off.",
        time=None,
        audited=True,
        closing="Acknowledged. No money moves; what is lost of it is written off.",
    ),
    "dispute_units": Question(
        text="A dispute about a part of a payment was lost. For which units has the bank paid the customer?",
        owner="finance",
        default="remind",
        otherwise="Nothing is paid: all refunds of the order wait, and the question is asked again.",
        answers=("assign_dispute",),
        time=None,
        audited=True,
    ),
    "dispute_outcome_changed": Question(
        text="A dispute that was lost is stated to have another outcome: the bank gave the money back. Is the customer owed it?",
        owner="finance",
        default="dismiss",
        otherwise="Nothing is paid. The money is in the ledger's account of the dispute.",
        time=AnswerTime(setting="claim_days"),
        audited=True,
        closing="Acknowledged. No money moves.",
    ),
    "refund_amount_unknown": Question(
        text="The storefront paid back an amount that cannot be read in the order's currency. How much was it?",
        owner="finance",
        default="dismiss",
        otherwise="Nothing. The units that it names stay paid back. A cancellation of the order pays nothing. Where it names no "
        "units, nothing is paid without a person: not for returns, for lost parcels or for what has not shipped.",
        closing="Acknowledged. No money moves.",
    ),
}
