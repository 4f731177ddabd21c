"""Commands above a limit need a second person: how much a command is about, and whether a role may give it alone (NEW-11)."""

from datetime import timedelta
from typing import Final

from domain.actors import Role
from domain.journey.preview import CommandPreview
from domain.model.terms import Policy
from domain.money import Money

APPROVAL_LIFE: Final = timedelta(days=3)
_PAYS: Final = ("refunded", "after_goods")


def amount_at_stake(found: CommandPreview) -> Money | None:
    """What the command pays, records as paid, or would pay once goods are here; None where no money follows."""
    rises = [one.after - one.before for one in found.sums if one.what in _PAYS]
    sums = [one for one in [found.amount, *rises] if one is not None and one.minor > 0]
    return max(sums, key=lambda one: one.minor, default=None)


def limit_of(policy: Policy, role: Role, currency: str) -> Money | None:
    """What the role may move alone. A role without a row has no limit; the limit of a currency without one is nothing."""
    limits = {str(name): row for name, row in policy.second_approver.items()}
    row = limits.get(role.value)
    return None if row is None else Money(minor=row.get(currency, 0), currency=currency)


def needs_second(policy: Policy, role: Role, amount: Money) -> bool:
    """Whether that is above the role's limit."""
    limit = limit_of(policy, role, amount.currency)
    return limit is not None and amount.minor > limit.minor
