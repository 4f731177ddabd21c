"""The returns of an order in Shopify, and which of them were made here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, ValidationError

from adapters.shopify.answers import AdminPart, Gid, Text, UserError, number_of
from adapters.shopify.client import ShopifyClient
from domain import storefront_keys
from ports.payments import OutcomeUnknown

MAX_RETURNS: Final = 50
"""Of one order. With more, a look-up cannot prove that a return was not made."""
_MAX_LINES: Final = 100

_SHOWN: Final = f"""
fragment ShownReturn on Return {{
  id status createdAt
  returnLineItems(first: {_MAX_LINES}) {{
    nodes {{
      id returnReasonNote processableQuantity processedQuantity
      ... on ReturnLineItem {{ fulfillmentLineItem {{ id lineItem {{ id }} }} }}
    }}
  }}
  reverseFulfillmentOrders(first: 5) {{
    nodes {{ lineItems(first: {_MAX_LINES}) {{ nodes {{ id fulfillmentLineItem {{ id }} }} }} }}
  }}
}}
"""
RETURNS: Final = f"""
query ReturnsOfOrder($id: ID!) {{
  order(id: $id) {{ id returns(first: {MAX_RETURNS}) {{ nodes {{ ...ShownReturn }} }} }}
}}
{_SHOWN}"""

RETURNABLE: Final = f"""
query UnitsOutsideReturns($id: ID!) {{
  returnableFulfillments(orderId: $id, first: 50) {{
    nodes {{
      returnableFulfillmentLineItems(first: {_MAX_LINES}) {{
        nodes {{ quantity fulfillmentLineItem {{ id lineItem {{ id }} }} }}
      }}
    }}
  }}
}}
"""


def _mutation(name: str, argument: str, kind: str) -> str:
    call = f"{name}({argument}: ${argument})"
    return f"""
mutation Change(${argument}: {kind}) {{
  {call} {{ return {{ id status }} userErrors {{ code field message }} }}
}}
"""


CREATE: Final = _mutation("returnCreate", "returnInput", "ReturnInput!")
CLOSE: Final = _mutation("returnClose", "id", "ID!")
REOPEN: Final = _mutation("returnReopen", "id", "ID!")
CANCEL: Final = _mutation("returnCancel", "id", "ID!")
PROCESS: Final = _mutation("returnProcess", "input", "ReturnProcessInput!")


class _Line(AdminPart):
    id: Gid


class _Fulfilled(AdminPart):
    id: Gid
    line_item: _Line


class ReturnLine(AdminPart):
    """A line of a return."""

    id: Gid
    return_reason_note: Text = ""
    processable_quantity: int
    processed_quantity: int
    fulfillment_line_item: _Fulfilled | None = None

    @property
    def line_id(self) -> str:
        """The number of the order's line; empty for a line that was never in a fulfilment."""
        return number_of(self.fulfillment_line_item.line_item.id) if self.fulfillment_line_item else ""


class _Lines(AdminPart):
    nodes: Annotated[Sequence[ReturnLine], Field(max_length=_MAX_LINES)]


class _ReverseLine(AdminPart):
    id: Gid
    fulfillment_line_item: _Line | None = None


class _ReverseLines(AdminPart):
    nodes: Sequence[_ReverseLine]


class _ReverseOrder(AdminPart):
    line_items: _ReverseLines


class _ReverseOrders(AdminPart):
    nodes: Sequence[_ReverseOrder]


class ShownReturn(AdminPart):
    """A return as Shopify has it."""

    id: Gid
    status: Text
    created_at: AwareDatetime
    return_line_items: _Lines
    reverse_fulfillment_orders: _ReverseOrders = _ReverseOrders(nodes=())

    def is_of(self, return_id: str) -> bool:
        """Whether it was made here for that return, and is not cancelled or declined."""
        noted = any(
            line.return_reason_note == storefront_keys.return_note(return_id)
            for line in self.return_line_items.nodes
        )
        return noted and self.status not in ("CANCELED", "DECLINED")

    def processable(self) -> Counter[str]:
        """How many units of each line of the order may still be processed."""
        left = Counter[str]()
        for line in self.return_line_items.nodes:
            left[line.line_id] += line.processable_quantity
        return left

    def holds(self, units: Mapping[str, int]) -> bool:
        """Whether it is open, and all those units may still be processed: none of them was."""
        left = self.processable()
        return self.status == "OPEN" and all(left[line] >= quantity for line, quantity in units.items())

    @property
    def any_processed(self) -> bool:
        return any(line.processed_quantity for line in self.return_line_items.nodes)

    def to_process(self, units: Mapping[str, int], *, are_here: bool = False) -> list[dict[str, Any]]:
        """The input of `returnProcess` for those units of the order's lines, as far as they may be processed.

        are_here: they have arrived: Shopify is told so, and its staff put them into stock.
        """
        wanted, found = Counter(units), list[dict[str, Any]]()
        for line in self.return_line_items.nodes:
            quantity = min(wanted[line.line_id], line.processable_quantity)
            if quantity > 0:
                wanted[line.line_id] -= quantity
                places = self._dispositions(line, quantity) if are_here else {}
                found.append({"id": line.id, "quantity": quantity, **places})
        return found

    def _dispositions(self, line: ReturnLine, quantity: int) -> dict[str, Any]:
        fulfilled = line.fulfillment_line_item.id if line.fulfillment_line_item else ""
        for order in self.reverse_fulfillment_orders.nodes:
            for reverse in order.line_items.nodes:
                if reverse.fulfillment_line_item and reverse.fulfillment_line_item.id == fulfilled:
                    stated = {"reverseFulfillmentOrderLineItemId": reverse.id, "quantity": quantity}
                    return {"dispositions": [{**stated, "dispositionType": "PROCESSING_REQUIRED"}]}
        return {}


class _Returns(AdminPart):
    nodes: Annotated[Sequence[ShownReturn], Field(max_length=MAX_RETURNS)]


class OrderReturns(AdminPart):
    """An order with its returns."""

    id: Gid
    returns: _Returns


class _Returnable(AdminPart):
    quantity: int
    fulfillment_line_item: _Fulfilled


class _ReturnableLines(AdminPart):
    nodes: Sequence[_Returnable]


class _ReturnableFulfilment(AdminPart):
    returnable_fulfillment_line_items: _ReturnableLines


class UnitsOutsideReturns(AdminPart):
    """What of an order is in no return and may come back."""

    nodes: Sequence[_ReturnableFulfilment]

    def choose(self, units: Mapping[str, int], note: str) -> list[dict[str, Any]] | None:
        """Those units of the order's lines as lines of a return; None where they are not there."""
        wanted, chosen = Counter(units), list[dict[str, Any]]()
        for one in (line for part in self.nodes for line in part.returnable_fulfillment_line_items.nodes):
            line = number_of(one.fulfillment_line_item.line_item.id)
            quantity = min(wanted[line], one.quantity)
            if quantity > 0:
                wanted[line] -= quantity
                place = {"fulfillmentLineItemId": one.fulfillment_line_item.id, "quantity": quantity}
                chosen.append({**place, "returnReason": "OTHER", "returnReasonNote": note})
        return None if +wanted else chosen


class _Named(AdminPart):
    id: Gid


class ReturnChanged(AdminPart):
    """What a change of a return answers."""

    returned: _Named | None = Field(default=None, alias="return")
    user_errors: Sequence[UserError]


async def our_return(client: ShopifyClient, merchant: str, order: str, return_id: str) -> ShownReturn | None:
    """The return that was made here, of all of the order; None where it has none.

    Raises OutcomeUnknown, also for an order that is not there or has more returns than can be looked through.
    """
    data = await client.call(merchant, RETURNS, {"id": order})
    try:
        found = OrderReturns.model_validate(data.get("order"))
    except ValidationError:
        raise OutcomeUnknown("an answer about returns that cannot be read") from None
    if found.id != order:
        raise OutcomeUnknown("the answer is about another order")
    ours = [one for one in found.returns.nodes if one.is_of(return_id)]
    if not ours and len(found.returns.nodes) >= MAX_RETURNS:
        raise OutcomeUnknown("more returns than can be looked through")
    return ours[-1] if ours else None
