"""Check digits of tracking numbers: whether the last character follows from those before it.

The sums are those of github.com/jkeen/tracking_number_data (MIT).
"""

from itertools import cycle

_FEDEX = (3, 1, 7)
_DPD = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def gs1(number: str) -> bool:
    """GS1's sum: weights 3 and 1 in turn, from the right."""
    weighted = (int(digit) * weight for digit, weight in zip(number[-2::-1], cycle((3, 1)), strict=False))
    return (-sum(weighted)) % 10 == int(number[-1])


def fedex(number: str) -> bool:
    """FedEx's sum of twelve digits: weights 3, 1 and 7 in turn, modulo 11, of which 10 counts as 0."""
    weighted = (int(digit) * weight for digit, weight in zip(number[:-1], cycle(_FEDEX), strict=False))
    return sum(weighted) % 11 % 10 == int(number[-1])


def dpd(number: str) -> bool:
    """ISO 7064, modulo 37 and 36."""
    rest = 36
    for character in number[:-1]:
        rest = (_DPD.index(character) + rest) % 36 or 36
        rest = rest * 2 % 37
    return _DPD[(37 - rest) % 36] == number[-1]
