"""Shares of small numbers: how high a share surely is, so that one case of one does not stand first."""

from math import sqrt
from typing import Final

_Z: Final = 1.96  # of the normal distribution: 95 of 100 such intervals hold the share


def sure_share(count: int, of: int) -> float:
    """The lower end of Wilson's interval around `count` of `of`, from 0 to 1; 0 for nothing.

    See E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    if of <= 0:
        return 0.0
    share = min(1.0, max(0.0, count / of))
    spread = _Z * sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    return max(0.0, (share + _Z**2 / (2 * of) - spread) / (1 + _Z**2 / of))
