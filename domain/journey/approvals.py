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


def needs_second(policy: Policy, role: Role, amount: Money) -> bool:
    """Whether that is above the role's limit. A role without a row has none; a currency without one is always above it."""
    limits = {str(name): row for name, row in policy.second_approver.items()}
    row = limits.get(role.value)
    return row is not None and amount.minor > row.get(amount.currency, 0)
