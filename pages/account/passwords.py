"""What the forms for passwords share."""

from domain.staff.accounts import PasswordFault
from pages.web.visit import Visit


def fault_sentence(visit: Visit, fault: PasswordFault) -> str:
    """Why a password is refused, in the reader's language."""
    match fault:
        case "too_short":
            return visit.sentence("The password needs at least 12 characters.")
        case "too_long":
            return visit.sentence("The password has more than 128 characters.")
        case "too_simple":
            return visit.sentence("The password needs at least five different characters.")
        case "contains_name":
            return visit.sentence("The password is little more than your own name.")


def typed(visit: Visit, name: str) -> str:
    """A password as it was typed: blanks at its ends belong to it."""
    return next(iter(visit.form.all_values().get(name, ())), "")[:512]
