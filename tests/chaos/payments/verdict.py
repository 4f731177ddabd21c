"""What is right after a case: by the provider's own books, and by what our API shows."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from domain import payment_keys
from tests.chaos.payments.books import BookedRefund
from tests.chaos.payments.cases import Case, tender_of

_OWED = ("failed", "unknown", "reversed")


async def judge(case: Case) -> tuple[str, list[str]]:
    """The outcome of the case, and what is wrong with it."""
    wrong: list[str] = []
    for payment in case.payments:
        booked = await case.stand_in.refunds(payment)
        wrong += _doubles(booked)
        total = sum(one.minor for one in booked if one.alive)
        if total > payment.amount.minor:
            wrong.append(f"over-refund: {total} of {payment.amount.minor} on {payment.id}")
        for leg in case.legs:
            if _goes_through(case, leg, payment.id):
                wrong += _against_books(case, leg, booked)
    wrong += [text for leg in case.legs for text in _unsettled(case, leg)]
    return outcome(case), wrong


def outcome(case: Case) -> str:
    """One word for all of it: the worst of its legs."""
    if not case.legs:
        return "nothing owed"
    if any(leg["status"] in _OWED or leg["awaits"] == "person" or _is_held(case, leg) for leg in case.legs):
        return "failed with a question"
    if any(_is_credited(leg) for leg in case.legs):
        return "credited"
    return "settled"


def _is_credited(leg: dict[str, Any]) -> bool:
    """Whether it was for a card and went to store credit, which only the customer can have chosen."""
    return leg["to"] == "credit" and tender_of(leg) != "gift"


def _goes_through(case: Case, leg: dict[str, Any], payment: str) -> bool:
    place = {"first": 0, "second": 1}.get(tender_of(leg))
    return place is not None and case.payments[place].id == payment


def _doubles(booked: Sequence[BookedRefund]) -> list[str]:
    """Refunds of ours that live at the same time for one leg, whatever its epoch."""
    alive = Counter(payment_keys.leg_without_epoch(one.key) for one in booked if one.key and one.alive)
    return [f"double: {count} refunds for {leg}" for leg, count in alive.items() if count > 1]


def _against_books(case: Case, leg: dict[str, Any], booked: Sequence[BookedRefund]) -> list[str]:
    """The leg's status, against the refunds that its provider has under its key."""
    own = payment_keys.provider_refund(case.shop.name, leg["leg"])
    alive = [one for one in booked if one.key == own and one.alive]
    status, wanted = leg["status"], leg["principal"]["minor"]
    if leg["to"] != "provider":
        return [f"{leg['leg']} was paid otherwise, and the provider has it too"] if alive else []
    if status in ("settled", "accepted") and len(alive) != 1:
        return [f"{leg['leg']} is {status}, and the provider has {len(alive)} refunds"]
    if status in ("failed", "reversed") and alive:
        return [f"{leg['leg']} is {status}, and the provider has it"]
    return [
        f"{leg['leg']} is {wanted} and the provider paid {one.minor}" for one in alive if one.minor != wanted
    ]


def _unsettled(case: Case, leg: dict[str, Any]) -> list[str]:
    """What is neither settled nor known to a person."""
    if leg["status"] in ("settled", "skipped"):
        return []
    if leg["status"] in _OWED or leg["awaits"] == "person":
        return (
            []
            if case.open_questions(leg["leg"])
            else [f"{leg['leg']} is {leg['status']}, and nobody is asked"]
        )
    return [] if _is_held(case, leg) else [f"{leg['leg']} is still {leg['status']}"]


def _is_held(case: Case, leg: dict[str, Any]) -> bool:
    """Whether it waits for a dispute, about which a person is asked."""
    asked = any(one["kind"] == "dispute" for one in case.view["attention"])
    return leg["status"] == "planned" and asked
