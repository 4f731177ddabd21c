"""What a notice says: what happened, what we do, what the customer can do. Plain words, dates in their zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import iso4217

from domain.base import Fact
from domain.notices import Notice


class Addressee(Fact):
    """Who reads it and which order it is about; opened from its seal only for the sending."""

    name: str
    order_id: str
    zone: str


_WHY = {
    "not_shipped": "It has not left the warehouse yet.",
    "no_movement": "Nobody has scanned it for a day.",
    "trouble": "The carrier reports a problem on the way.",
    "estimate_after_promise": "The carrier expects to need longer.",
    "promise_broken": "It has not arrived by the day we promised.",
}


def render(notice: Notice, to: Addressee) -> tuple[str, str]:
    """Subject and text."""
    subject, body = _words(notice, to)
    return f"{subject} (order {to.order_id})", f"Hello {to.name},\n\n{body}\n"


def _words(notice: Notice, to: Addressee) -> tuple[str, str]:
    facts = notice.facts
    match notice.kind:
        case "delayed":
            return _delayed(facts, to)
        case "delay_corrected":
            arrived = _day(str(facts["delivered_at"]), to.zone)
            return (
                "It did arrive",
                f"We told you of a delay, but your parcel had arrived on {arrived}. Sorry!",
            )
        case "return_authorized":
            return (
                "Your return is ready",
                "Show the QR code at a drop-off point: no box, no label, no printer.",
            )
        case "return_in_review":
            return (
                "We are looking at your return",
                "A colleague decides within two days and you hear from us.",
            )
        case "return_refused":
            return "We cannot take this return", "A colleague looked at it and decided against it."
        case "return_expired":
            return (
                "Your return code has expired",
                "You did not use it, so the return is off. You can start anew.",
            )
        case "return_cancelled":
            if facts.get("why") == "parcel_given_up":
                return (
                    "Your return is off",
                    "A parcel of it will not reach you, so there is nothing to send back: what was in that parcel is"
                    " paid back. Anything else you can still return anew.",
                )
            return (
                "Your return is cancelled",
                "You keep the goods. You can start a new return within the window.",
            )
        case "paid_back":
            return _paid(facts)
        case "credit_taken_back":
            amount = _money(int(facts["amount"]) + int(facts["bonus"]), str(facts["currency"]))
            return (
                "Store credit taken back",
                f"{amount} of store credit went back because the return was cancelled.",
            )
        case "order_cancelled":
            return "Your order is cancelled", "Everything you paid is on its way back to you."
        case "rest_cancelled":
            return (
                "Part of your order is cancelled",
                "What has not left yet will not be sent. What you paid for it is on its way back to you.",
            )
        case "consent_asked":
            return _consent(facts, to)
        case "parcel_lost":
            return "Your parcel will not arrive", "We have given it up and pay back what was in it."
        case _:
            return "News of your order", "Something about your delivery has changed."


def _delayed(facts: dict[str, str | int], to: Addressee) -> tuple[str, str]:
    promised = _day(str(facts["due"]), to.zone, before=True)
    expected = (
        f" It is now expected by {_day(str(facts['expected']), to.zone, before=True)}."
        if "expected" in facts
        else ""
    )
    why = _WHY[str(facts["reason"])]
    return "Your parcel may be late", (
        f"We promised your order by {promised}. {why}{expected}\n"
        "You need not do anything: we keep watching it and write again when there is news."
    )


def _consent(facts: dict[str, str | int], to: Addressee) -> tuple[str, str]:
    new, until = (_day(str(facts[name]), to.zone, before=True) for name in ("due", "deadline"))
    silent = (
        "we keep your order and send it then"
        if facts["if_silent"] == "wait"
        else "we cancel and pay you back"
    )
    return "Will you wait for your order?", (
        f"We cannot send your order in time. We can deliver it by {new}. You can wait, or cancel what has not left and"
        f" get your money back. Please tell us by {until}: if we hear nothing, {silent}."
    )


def _paid(facts: dict[str, str | int]) -> tuple[str, str]:
    currency, amount, credit = str(facts["currency"]), int(facts["amount"]), int(facts["credit"])
    bonus = int(facts["bonus"])
    parts = []
    if amount - credit:
        parts.append(f"{_money(amount - credit, currency)} to your original means of payment")
    if credit:
        parts.append(f"{_money(credit + bonus, currency)} as store credit")
    extra = f" That includes a bonus of {_money(bonus, currency)}." if bonus else ""
    return "Your money is on its way", f"We have paid back {' and '.join(parts)}.{extra}"


def _day(at: str, zone: str, before: bool = False) -> str:
    """The day at the destination. A promise of a day is due at the first instant after it, so `before` steps back."""
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
    if before and (local.hour, local.minute, local.second) == (0, 0, 0):
        local = datetime.fromtimestamp(local.timestamp() - 1, ZoneInfo(zone))
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip  # strftime's %B would follow the machine's locale


def _money(minor: int, currency: str) -> str:
    digits = iso4217.Currency(currency).exponent or 0
    whole, part = divmod(minor, 10**digits)
    return f"{currency} {whole}.{part:0{digits}d}" if digits else f"{currency} {whole}"
