"""What the entries and commands of an order are about, in the numbers and sums that people know instead of ids."""

from dataclasses import dataclass

from domain.money import Money
from services.staff_orders.staff_page import StaffPage


@dataclass(frozen=True)
class Subject:
    """What a row is about, for people. package: its number; returned: the number of the return; paid: the sum of the payment."""

    package: int = 0
    returned: str = ""
    paid: Money | None = None

    @property
    def name(self) -> str | Money:
        """Its number or sum alone."""
        return self.paid or self.returned or str(self.package)


def subjects(page: StaffPage) -> dict[str, Subject]:
    """By the ids that entries name."""
    found = {
        parcel.parcel: Subject(package=number) for number, parcel in enumerate(page.order.parcels, start=1)
    }
    found |= {one.return_id: Subject(returned=one.number) for one in page.order.returns}
    settlements = [*page.order.settlements, *(s for one in page.order.returns for s in one.settlements)]
    for settlement in settlements:
        for leg in settlement.legs:
            found[leg.leg] = Subject(paid=leg.principal + leg.bonus)
    return found
