"""What a customer states to withdraw from a contract, in clear: it exists between the vault and its reader."""

from typing import Final

from domain.base import Frozen

MAX_GOODS: Final = 1000  # characters of what a customer writes about the goods


class WithdrawalStatement(Frozen):
    """What a customer stated."""

    name: str
    """The customer's name."""
    email: str
    """Where the confirmation goes."""
    number: str
    """The order's number, as the customer wrote it."""
    text: str
    """The whole statement, in the words that the customer confirmed."""
    partly: bool = False
    """Whether it names goods in words, and not the whole order: then a person finds out which units are meant."""
    locale: str = "en"
    """The language of the customer, as BCP 47."""
    zone: str = "UTC"
    """The time zone in which the customer reads times."""


def statement_in_english(shop: str, number: str, goods: str, name: str) -> str:
    """The statement of a customer who was shown none in their language."""
    about = f"the following goods of order {number}: {goods}" if goods else f"order {number}"
    return f"To {shop}: I hereby withdraw from the contract about {about}\n{name}"
