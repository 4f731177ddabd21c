"""The evidence of a dispute as one HTML file that a person sends: no script, nothing from elsewhere, every text escaped."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

import iso4217

from domain.money import Money
from services.orders.dispute_evidence import DisputeEvidence

_STYLE = (
    "body{font:14px/1.5 sans-serif;margin:2em;max-width:60em}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #999;padding:.3em .5em;text-align:left;vertical-align:top}pre{white-space:pre-wrap}"
)
_Cell = str | datetime | Money | None


def evidence_page(evidence: DisputeEvidence) -> str:
    """The file. Times are UTC."""
    title = f"Evidence for dispute {evidence.dispute.reference or evidence.dispute.dispute}"
    body = "".join(
        (
            f"<h1>{escape(title)}</h1>",
            _facts(evidence),
            _table("What was bought", ("Article", "SKU", "Quantity", "Paid"), _lines(evidence)),
            _table("Carrier's scans", ("Parcel", "Time", "Status", "Place"), _scans(evidence)),
            _table("Collected or delivered without a parcel", ("Units", "Time"), _handovers(evidence)),
            _table(
                "Returns", ("Return", "Opened", "Handed over", "Goods", "Quoted refund"), _returns(evidence)
            ),
            _table(
                "Paid back",
                ("Amount", "Way", "State", "Time", "Reference", "Bank's reference"),
                _refunds(evidence),
            ),
            _table(
                "Questions to the customer",
                ("Asked", "Later date", "Answer", "Answered"),
                _consents(evidence),
            ),
            _letters(evidence),
            _table("Timeline", ("Time", "Kind", "What", "About"), _timeline(evidence)),
        )
    )
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def _facts(evidence: DisputeEvidence) -> str:
    dispute, customer = evidence.dispute, evidence.customer
    rows: list[tuple[str, _Cell]] = [
        ("Order", f"{evidence.number} ({evidence.order_id})"),
        ("Ordered", evidence.placed_at),
        ("Payment", dispute.payment),
        ("Paid", evidence.captured),
        ("Disputed", dispute.amount),
        ("Reason", dispute.reason),
        ("Answer until", dispute.respond_by),
        ("Already paid back of it", dispute.already_refunded),
        ("Customer", f"{customer.name}, {customer.email or ''}" if customer else None),
        ("Destination", f"{evidence.destination.postcode} {evidence.destination.country}"),
        ("Goods could be returned for", f"{evidence.agreement.return_days} days after delivery"),
        ("Put together", evidence.made_at),
    ]
    return _table("The order", ("", ""), [row for row in rows if row[1]])


def _lines(evidence: DisputeEvidence) -> Iterable[Sequence[_Cell]]:
    return [(one.title, one.sku, str(one.quantity), one.paid) for one in evidence.lines]


def _scans(evidence: DisputeEvidence) -> Iterable[Sequence[_Cell]]:
    for one in evidence.parcels:
        name = f"{one.parcel.carrier} {one.parcel.tracking_number or one.parcel.parcel}"
        for scan in one.scans:
            yield name, scan.local or scan.at, scan.status, scan.location


def _handovers(evidence: DisputeEvidence) -> Iterable[Sequence[_Cell]]:
    return [(_units(one.units), one.handed_over_at) for one in evidence.handovers]


def _returns(evidence: DisputeEvidence) -> Iterable[Sequence[_Cell]]:
    return [
        (one.number, one.opened_at, one.dropped_off_at, one.goods, one.refund) for one in evidence.returns
    ]


def _refunds(evidence: DisputeEvidence) -> Iterable[Sequence[_Cell]]:
    return [
        (one.amount, one.to, one.status, one.paid_at, one.reference, one.bank_reference)
        for one in evidence.refunds
    ]


def _consents(evidence: DisputeEvidence) -> Iterable[Sequence[_Cell]]:
    return [(one.requested_at, one.due, one.answer, one.answered_at) for one in evidence.agreement.consents]


def _timeline(evidence: DisputeEvidence) -> Iterable[Sequence[_Cell]]:
    return [(one.at, one.kind, one.action, one.subject) for one in evidence.timeline]


def _letters(evidence: DisputeEvidence) -> str:
    sent = [one for one in evidence.letters if one.sent_at is not None]
    parts = [
        f"<h3>{_shown(one.sent_at)} {escape(one.subject_line or one.kind)}</h3>"
        f"<p>{escape(one.channel or '')} {escape(one.status)}</p><pre>{escape(one.text or '')}</pre>"
        for one in sent
    ]
    return f"<h2>Letters to the customer</h2>{''.join(parts)}" if sent else ""


def _table(title: str, names: Sequence[str], rows: Iterable[Sequence[_Cell]]) -> str:
    """A section; nothing where there are no rows."""
    body = "".join(f"<tr>{''.join(f'<td>{_shown(cell)}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in names) if any(names) else ""
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>"


def _shown(cell: _Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return escape(cell.strftime("%Y-%m-%d %H:%M %Z"))
    return escape(_amount(cell) if isinstance(cell, Money) else cell)


def _amount(money: Money) -> str:
    decimals = iso4217.Currency(money.currency).exponent or 0
    whole, part = divmod(abs(money.minor), 10**decimals)
    sign = "-" if money.minor < 0 else ""
    return f"{sign}{whole}{f'.{part:0{decimals}}' if decimals else ''} {money.currency}"


def _units(units: dict[str, int]) -> str:
    return ", ".join(f"{count} of line {line}" for line, count in units.items())
