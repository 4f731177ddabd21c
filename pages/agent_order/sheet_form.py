"""The form of a command sheet: what its person typed, with every mistake."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from domain.journey.command_choices import ABOUT, WITH_DAYS, CommandChoice
from domain.model.override import MAX_CUSTOMER_TEXT
from pages.web.visit import Visit
from pages.web.written import is_message
from services.orders.timeline import TimelineMark

MIN_REASON: Final = 3
MAX_REASON: Final = 500
MAX_REPLY: Final = 4000
_SHEET: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class SheetForm:
    """A sheet as it was opened or sent.

    sheet: its random name, which makes two clicks one command. version: the version that its person looked at; 0 for none yet.
    mark: how far the timeline went then. customer_text: of a refusal, what the customer is told.
    """

    command: str
    subject: str
    resolution: str
    days: int | None
    reason: str
    sheet: str
    version: int
    mark: TimelineMark = field(default_factory=TimelineMark)
    customer_text: str = ""
    mistakes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def choice(self) -> CommandChoice:
        """What its person wants."""
        return CommandChoice(
            command=self.command,
            subject=self.subject,
            days=self.days,
            resolution=self.resolution if self.resolution in ("refund", "store_credit") else None,
        )

    @property
    def refuses(self) -> bool:
        """Whether the customer may be told something in the shop's words."""
        return self.command == "refuse"

    @property
    def longest(self) -> int:
        """The most characters of its text."""
        return MAX_REPLY if self.command == "reply" else MAX_REASON


def opened_form(visit: Visit) -> SheetForm | None:
    """A new sheet for the command in the address; None for one that does not exist."""
    command = visit.path["command"]
    if command not in ABOUT:
        return None
    return SheetForm(
        command=command,
        subject=visit.query.text("subject", 200),
        resolution=visit.query.text("resolution", 40),
        days=visit.query.number("days") or WITH_DAYS.get(command),
        reason="",
        sheet=secrets.token_hex(16),
        version=0,
    )


def sent_form(visit: Visit) -> SheetForm | None:
    """The sheet that was sent, with its mistakes; None for a command that does not exist."""
    opened = opened_form(visit)
    if opened is None:
        return None
    text = visit.form.text("because", 20_000)
    sheet, days = visit.form.text("sheet", 64), visit.form.number("days")
    mistakes = []
    if not MIN_REASON <= len(text) <= opened.longest:
        said = visit.sentence(
            "Between %(least)s and %(most)s characters", least=str(MIN_REASON), most=str(opened.longest)
        )
        mistakes.append(("f-because", said))
    customer_text = visit.form.text("customer_text", 20_000).replace("\r\n", "\n") if opened.refuses else ""
    if customer_text and not (len(customer_text) <= MAX_CUSTOMER_TEXT and is_message(customer_text)):
        most = str(MAX_CUSTOMER_TEXT)
        mistakes.append(("f-customer_text", visit.sentence("At most %(most)s plain characters", most=most)))
    if opened.days is not None and not 1 <= (days or 0) <= 365:
        mistakes.append(("f-days", visit.sentence("Between 1 and 365 days")))
    return SheetForm(
        command=opened.command,
        subject=visit.form.text("subject", 200),
        resolution=visit.form.text("resolution", 40),
        days=(days if days and 1 <= days <= 365 else opened.days) if opened.days is not None else None,
        reason=text,
        sheet=sheet if _SHEET.fullmatch(sheet) else opened.sheet,
        version=visit.form.number("version") or 0,
        mark=TimelineMark(visit.form.number("line") or 0, visit.form.number("letter") or 0),
        customer_text=customer_text,
        mistakes=mistakes,
    )
