"""What each step of a claim books, as a pure function of the claim: the two sides of each entry sum to zero."""

from domain.model.claw_back import ClawBack, ClawBackPayment, ClawBackPosting, ClawBackWork

_Sides = tuple[ClawBackPosting, ...]


def postings_of(claim: ClawBack, work: ClawBackWork) -> _Sides:
    """The postings of a step as the claim stands when the step begins; none for steps that book nothing themselves."""
    match work.kind:
        case "write_off":
            return _write_off(claim)
        case "payment":
            return _payment(claim, work)
        case "reduction":
            assert work.target is not None, "a reduction has a target"
            return _reduction(claim, claim.amount.minor - work.target.minor)
        case _:
            return ()


def _sides(**minors: int) -> _Sides:
    return tuple(
        ClawBackPosting.model_validate({"account": account, "minor": minor})
        for account, minor in minors.items()
        if minor
    )


def _write_off(claim: ClawBack) -> _Sides:
    """What is owed is not asked for any more. What was never booked is asked for and written off in one entry."""
    if claim.booked:
        return _sides(claim=-claim.receivable.minor, write_off=claim.receivable.minor)
    return _sides(claimed=-claim.amount.minor, write_off=claim.amount.minor)


def _payment(claim: ClawBack, work: ClawBackWork) -> _Sides:
    """What was paid settles what is owed, or what was written off as unpaid; more than that goes back to the customer."""
    paid = payment_named(claim, work.payment).amount.minor
    owed = min(paid, claim.receivable.minor)
    recovered = min(paid - owed, claim.written_off.minor) if claim.end == "written_off" else 0
    return _sides(cash=paid, claim=-owed, write_off=-recovered, refundable=owed + recovered - paid)


def _reduction(claim: ClawBack, minor: int) -> _Sides:
    """Less is asked for: first what is owed goes, then what was written off, then credit and money are given back."""
    owed = min(minor, claim.receivable.minor)
    unpaid = min(minor - owed, claim.written_off.minor)
    credit = min(minor - owed - unpaid, claim.netted.minor)
    paid = minor - owed - unpaid - credit
    return _sides(claimed=minor, claim=-owed, write_off=-unpaid, credit=-credit, refundable=-paid)


def payment_named(claim: ClawBack, payment: str) -> ClawBackPayment:
    """The payment with that id at its provider."""
    return next(one for one in claim.payments if one.payment == payment)
