"""Tracking numbers as they are compared: two spellings of one number are equal, and what a barcode says around it is left out.

The spelling that was given is kept beside it, to be shown.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from domain.model import check_digits

# Below that a number may be one of the shop's own, and a separator in it may tell 1-12 from 11-2.
_SHORTEST_OF_A_CARRIER = 8


@lru_cache(maxsize=4096)
def normalize(spelled: str) -> str:
    """The number without case, width, blanks, dashes and dots; of a barcode's text only the tracking number in it.

    A text with nothing but separators stays as it is. Callers bound its length, for the results are kept.
    """
    text = unicodedata.normalize("NFKC", spelled).upper()
    bare = "".join(character for character in text if not _separates(character))
    if len(bare) < _SHORTEST_OF_A_CARRIER:
        return "".join(text.split()) or spelled
    return _inside_barcode(bare)


def same(one: str, other: str) -> bool:
    """Whether two spellings are of one number."""
    return one == other or normalize(one) == normalize(other)


def is_among(number: str, numbers: Iterable[str]) -> bool:
    """Whether one of the numbers is the same number."""
    return any(same(number, other) for other in numbers)


def _separates(character: str) -> bool:
    """Blanks, dashes of every script, dots, and characters without a width."""
    return character in ".\u2212" or unicodedata.category(character) in ("Zs", "Zl", "Zp", "Pd", "Cf", "Cc")


# What a barcode says around the number, and how to tell that the text is such a barcode: its check digit is right.
# The formats are those of github.com/jkeen/tracking_number_data (MIT).
_BARCODES: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    # USPS: 420 and the ZIP code of the destination before the number
    (re.compile(r"420\d{5}(?:\d{4})?(9[1-5](?:\d{20}|\d{24}))"), check_digits.gs1),
    # FedEx Ground: application identifier, codes, and a number of 15 digits
    (re.compile(r"96\d{5}(\d{15})"), check_digits.gs1),
    # FedEx: addressee and codes before the number of 12 digits, or around it
    (re.compile(r"(?:[0-8]\d{19}|96\d{18})00(\d{12})"), check_digits.fedex),
    (re.compile(r"3\d{15}(\d{12})\d{4}"), check_digits.fedex),
)
# DPD: the number of 14 digits and its check character, on labels with ZIP code, service and country around it
_DPD = re.compile(r"\d{7}(\d{14})\d{6}[0-9A-Z]|(\d{14})[0-9A-Z]")
_JJD = re.compile(r"J(JD\d{16,18})")


def _inside_barcode(text: str) -> str:
    for form, is_right in _BARCODES:
        found = form.fullmatch(text)
        if found and is_right(found[1]):
            return found[1]
    found = _DPD.fullmatch(text)
    if found and check_digits.dpd(text) and not _ends_as_fedex_ground(text):
        return found[1] or found[2]
    # DHL and Yodel print JJD and ask for JD
    found = _JJD.fullmatch(text)
    return found[1] if found else text


def _ends_as_fedex_ground(text: str) -> bool:
    """Whether these are 15 digits of FedEx Ground, of which one number in 36 ends as DPD would end it."""
    return len(text) == 15 and text.isdigit() and check_digits.gs1(text)
