"""Where a reader stands in the queue: the view, the reason, the page and the question. Each has an address of its own."""

from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import urlencode

from domain.model.attention import AttentionKind
from pages.web.fields import Fields
from services.console.queue import AttentionFilters

ViewName = Literal["all", "mine", "unassigned", "overdue", "customer"]
VIEWS: Final[tuple[ViewName, ...]] = get_args(ViewName)
_LONGEST = 600  # characters of a cursor


@dataclass(frozen=True)
class QueuePlace:
    """One state of the queue's page. `after`: the cursor of the page; `item`: the question that is open beside it."""

    view: ViewName = "all"
    kind: str = ""
    after: str = ""
    item: str = ""

    def filters(self, caller: str) -> AttentionFilters:
        """Which questions are listed. `caller`: the id of the user."""
        holder = {"mine": caller, "unassigned": ""}.get(self.view)
        return AttentionFilters(
            owner="customer" if self.view == "customer" else None,
            kind=self.kind or None,
            holder=holder,
            overdue=True if self.view == "overdue" else None,
        )

    def address(self, **changes: str) -> str:
        """The address of the page with these changes."""
        fields = {**self.fields(), **changes}
        query = urlencode({name: value for name, value in fields.items() if value not in ("", "all")})
        return "/agents" + (f"?{query}" if query else "")

    def fields(self) -> dict[str, str]:
        """For the hidden fields of forms, so that an answer comes back to the same place."""
        named = {"view": self.view, "kind": self.kind, "after": self.after, "item": self.item}
        return {name: value for name, value in named.items() if value}


def read_place(fields: Fields) -> QueuePlace:
    """The place that an address or a form names; what it cannot name is left out."""
    view = fields.choice("view", VIEWS)
    return QueuePlace(
        view=next((one for one in VIEWS if one == view), "all"),
        kind=fields.choice("kind", get_args(AttentionKind)) or "",
        after=fields.text("after", _LONGEST),
        item=fields.text("item", 64),
    )
