"""The storefront does not show what happened here: a person is asked, and money goes on."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.state import JourneyState


class StorefrontBehind(Frozen):
    """Whether the storefront lacks something of this order: it did not take it for a day, or refuses it.

    now: a sandbox merchant's clock.
    """

    type: Literal["storefront_behind"] = "storefront_behind"
    behind: bool
    now: Instant | None = None


def apply_storefront_behind(state: JourneyState, report: StorefrontBehind, now: datetime) -> bool:
    """Ask an agent, or close the question as the storefront shows all of it by now."""
    asked = state.has_open("storefront_behind", state.order.order)
    if report.behind == asked:
        return False
    if report.behind:
        state.open_question("storefront_behind", state.order.order, now)
    else:
        state.settle_question("storefront_behind", state.order.order)
    return True
