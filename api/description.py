"""The API as its OpenAPI document introduces it: what each tag holds, and the names of words that several schemas share."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from api.http.api_description import ApiDescription
from api.http.versions import CURRENT
from api.schemas.events import outgoing_events
from domain.branding import BrandLocale
from domain.journey.customer_page.page import StayReason
from domain.model.attention import AttentionDefault, AttentionKind, Owner
from domain.model.consent import ConsentDecision
from domain.model.country_packs import Exemption, PackName
from domain.model.delivery_terms import Weekday
from domain.model.dispute import DisputeState
from domain.model.leg_data import LegStatus, RefundWay
from domain.model.notice import NoticeKind
from domain.model.notice_kinds import Severity, Topic
from domain.model.notice_policy import ChannelName
from domain.model.order import Fulfilment, TenderKind
from domain.model.override import OrderOverrideKind, ReturnOverrideKind
from domain.model.parcel import LostParcelChoice
from domain.model.payment import PaidTo, Purpose
from domain.model.policy_tables import RowVerdict, WindowAnchor
from domain.model.received_goods import GoodsCondition
from domain.model.return_case import GoodsStatus
from domain.model.return_choices import PayOn, Resolution, ReturnMethod
from domain.model.risk import RiskReason, RiskTier
from domain.model.scan import Fault, Precision
from domain.model.state import Stage
from domain.model.terms import LimitedRole
from domain.money import CURRENCIES
from domain.notifications.preferences import PreferenceSource
from domain.payments.money_status import MoneyStatus
from domain.returns.views import ReturnStatus
from domain.tracking.commands.report_handover import HandoverStatus
from domain.tracking.eta import EtaKind
from domain.tracking.polling import TrackerSource
from domain.webhooks.events import EventType

EXAMPLES: Final = Path(__file__).parent / "schemas" / "examples"
"""`events.json`, and one file for each operation."""

TEXT: Final = f"""What happens after a shop's customer has paid: tracking, delay notices, returns and refunds.

**Keys.** `Authorization: Bearer` with a key of one role of one merchant, or with a customer's link to one order.

**Amounts** are integers in minor units of their currency. **Times** are ISO 8601 with an offset.

**Lists** answer `{{"items": [...], "next": ...}}`: send `next` as `cursor` for the next page, or follow `Link: rel="next"`.

**Repetitions.** With an `Idempotency-Key` a request has its effect once, and a repetition gets the first answer.

**Versions.** Every answer names the API's version in `Smot-Version`; a request may name it and is refused if it is not
served. The present one is `{CURRENT}`. Members may be added to answers at any time, so ignore those you do not know.

**Problems** are RFC 9457 documents with a `code` that never changes; all codes are listed at `/docs/plain`.

**Changes** that were made by other people are found with `ETag`, `If-Match` and `If-None-Match`, or arrive as webhooks."""

TAGS: Final[Mapping[str, str]] = {
    "orders": "Orders are placed, read, shipped and cancelled, and their parcels tracked.",
    "returns": "Returns are quoted, opened, handed in by code, and paid back.",
    "withdrawals": "Customers withdraw from contracts, as the law of the European Union has it, and people decide what is left.",
    "customers": "What customers may see, want to be sent, and have as store credit.",
    "drop-off": "Scanners at drop-off points.",
    "warehouse": "What the merchant's warehouse reports.",
    "agents": "Questions that wait for a person, and steps that people overrule.",
    "letters": "The pages behind the links of letters, which answer their questions.",
    "notices": "Notices that were not sent, and how to send them again.",
    "channels": "How customers are reached, and by which providers.",
    "exchanges": "Goods for goods: your stock and fulfilment systems, what is paid on top, and what is sent.",
    "webhook endpoints": "Where events are sent, what was sent, and what is sent again.",
    "webhooks": "Deliveries of carriers, storefronts and providers to us.",
    "reports": "A merchant's figures.",
    "merchants": "Merchants, their senders of mail and their accounts at carriers.",
    "keys": "API keys of a merchant: with a role, a name and an end, replaced and revoked.",
    "users": "People of a merchant who sign in, with their sessions, second factors and approvals.",
    "privacy": "What a person may demand: everything that is kept about them, and that it is erased.",
    "policies": "What a merchant decides, as a document in versions.",
    "sandbox": "The clock of merchants that are for trials.",
    "health": "Whether this process lives and can work.",
    "events": "What is sent to the merchant's own systems (`webhooks` of this document).",
}

ENUMS: Final[Mapping[str, Sequence[str]]] = {
    "LimitedRole": get_args(LimitedRole),
    "BrandLocale": get_args(BrandLocale),
    "AttentionDefault": get_args(AttentionDefault),
    "AttentionKind": get_args(AttentionKind),
    "ChannelName": get_args(ChannelName),
    "ConsentDecision": get_args(ConsentDecision),
    "Currency": sorted(CURRENCIES),
    "DisputeState": get_args(DisputeState),
    "EtaKind": get_args(EtaKind),
    "EventType": get_args(EventType),
    "Exemption": get_args(Exemption),
    "Fault": get_args(Fault),
    "Fulfilment": get_args(Fulfilment),
    "GoodsCondition": get_args(GoodsCondition),
    "GoodsStatus": get_args(GoodsStatus),
    "HandoverStatus": get_args(HandoverStatus),
    "LegStatus": get_args(LegStatus),
    "LostParcelChoice": get_args(LostParcelChoice),
    "MoneyStatus": get_args(MoneyStatus),
    "NoticeKind": get_args(NoticeKind),
    "OrderOverrideKind": get_args(OrderOverrideKind),
    "Owner": get_args(Owner),
    "PackName": get_args(PackName),
    "PaidTo": get_args(PaidTo),
    "PayOn": get_args(PayOn),
    "Precision": get_args(Precision),
    "PreferenceSource": get_args(PreferenceSource),
    "Purpose": get_args(Purpose),
    "RefundWay": get_args(RefundWay),
    "Resolution": get_args(Resolution),
    "ReturnMethod": get_args(ReturnMethod),
    "ReturnOverrideKind": get_args(ReturnOverrideKind),
    "ReturnStatus": get_args(ReturnStatus),
    "RiskReason": get_args(RiskReason),
    "RiskTier": get_args(RiskTier),
    "RowVerdict": get_args(RowVerdict),
    "Severity": get_args(Severity),
    "StayReason": get_args(StayReason),
    "Stage": get_args(Stage),
    "TenderKind": get_args(TenderKind),
    "Topic": get_args(Topic),
    "TrackerSource": get_args(TrackerSource),
    "Weekday": get_args(Weekday),
    "WindowAnchor": get_args(WindowAnchor),
}


def recorded_examples() -> dict[str, dict[str, Any]]:
    """Requests and answers of real runs by operation; `python -m tests.api_examples` writes them."""
    return {
        file.stem: json.loads(file.read_text()) for file in sorted((EXAMPLES / "operations").glob("*.json"))
    }


def description(version: str) -> ApiDescription:
    """The description of the whole API. `version`: of the product."""
    return ApiDescription(
        title="smot",
        version=version,
        text=TEXT,
        tags=TAGS,
        enums=ENUMS,
        events=outgoing_events(json.loads((EXAMPLES / "events.json").read_text())),
        examples=recorded_examples(),
    )
