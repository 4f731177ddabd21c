"""Receipts by the names that a warehouse gave them, where it names no return but the order."""

from collections.abc import Sequence

from domain.model.return_case import ReturnCase


def return_of_receipt(cases: Sequence[ReturnCase], receipt: str) -> ReturnCase | None:
    """The return of one order that goods are of: the one that has a receipt of that name, else the one that waits for goods.

    The name comes first: goods that are sent again are of the return that they completed, whatever waits by now. None where no
    return waits, or several do.
    """
    known = next((case for case in cases if any(one.receipt == receipt for one in case.receipts)), None)
    waiting = [case for case in cases if case.live and case.missing]
    return known or (waiting[0] if len(waiting) == 1 else None)
