"""What a customer has chosen to send back, as it travels in forms and addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from domain.model.exchange_quote import ExchangeWish
from domain.model.quote import ReturnItem
from domain.model.return_choices import ReturnMethod
from pages.web.fields import Fields

MAX_LINES = 60  # of one return by these pages, so that they fit into an address
_MAX_ID = 200
_METHODS: dict[str, ReturnMethod] = {"drop_off": "drop_off", "mail": "mail"}


@dataclass(frozen=True)
class Choice:
    """Units of a line, why they come back, and the article that is wanted instead. reason: empty while none is chosen."""

    line_id: str
    quantity: int
    reason: str
    wish: str = ""


@dataclass(frozen=True)
class Choices:
    """All that was chosen."""

    lines: tuple[Choice, ...] = ()
    method: ReturnMethod = "drop_off"

    @classmethod
    def ticked(cls, form: Fields) -> "Choices":
        """From the form of all lines: those whose box is ticked."""
        every, boxes = cls.read(form), form.beginning("line.")
        return cls(tuple(one for one in every.lines if one.line_id in boxes), every.method)

    @classmethod
    def read(cls, fields: Fields) -> "Choices":
        """From hidden fields or the query of an address. What is no number counts as nothing chosen."""
        reasons, wishes = fields.beginning("reason."), fields.beginning("want.")
        found = []
        for line_id, units in fields.beginning("units.").items():
            quantity = int(units) if units.isascii() and units.isdigit() and len(units) < 5 else 0
            if quantity and len(line_id) <= _MAX_ID:
                reason, wish = reasons.get(line_id, "")[:64], wishes.get(line_id, "")[:_MAX_ID]
                found.append(Choice(line_id, quantity, reason, wish))
        return cls(tuple(found), _METHODS.get(fields.text("method"), "drop_off"))

    @classmethod
    def of_return(
        cls, units: Mapping[str, int], reasons: Mapping[str, str], method: ReturnMethod
    ) -> "Choices":
        """What a return was opened with, to change it."""
        found = [Choice(line_id, count, reasons.get(line_id, "")) for line_id, count in units.items()]
        return cls(tuple(found), method)

    @property
    def items(self) -> list[ReturnItem]:
        """For the quote."""
        return [
            ReturnItem(line_id=one.line_id, quantity=min(one.quantity, 1000), reason=one.reason)
            for one in self.lines
        ]

    @property
    def wishes(self) -> Sequence[ExchangeWish]:
        """The articles that are wanted instead."""
        return [ExchangeWish(line_id=one.line_id, sku=one.wish) for one in self.lines if one.wish]

    @property
    def count(self) -> int:
        """How many units."""
        return sum(one.quantity for one in self.lines)

    def of(self, line_id: str) -> Choice | None:
        """What was chosen of that line."""
        return next((one for one in self.lines if one.line_id == line_id), None)

    def fields(self, *, wishes: bool = True) -> list[tuple[str, str]]:
        """The hidden fields that carry it on."""
        pairs = []
        for one in self.lines:
            pairs += [(f"units.{one.line_id}", str(one.quantity)), (f"reason.{one.line_id}", one.reason)]
            if one.wish and wishes:
                pairs.append((f"want.{one.line_id}", one.wish))
        return [*pairs, ("method", self.method)]

    def query(self, **more: str) -> str:
        """The same as the query of an address. more: fields that are added or replaced."""
        kept = [(name, value) for name, value in self.fields() if name not in more]
        return urlencode([*kept, *more.items()])
