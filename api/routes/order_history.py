"""Routes: what happened to an order, why, and what its customer was sent."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.request_context import order_of, return_of
from api.schemas.orders import NoticeList, PageQuery, ScanList, Timeline
from api.schemas.policies import WhatIfQuery
from domain.actors import STAFF, Role
from domain.tracking.views import scan_view
from services.orders.history import Explanation
from services.orders.life import life_of_order
from services.orders.life_picture import draw_life
from services.orders.timeline import without_personal_texts
from services.returns.explaining import ReturnExplanation
from services.staff_orders.staff_page import StaffPage

READERS = {Role.STOREFRONT, Role.FINANCE, Role.WAREHOUSE} | STAFF


@endpoint("GET", "/v1/orders/{order}/timeline", roles=READERS, tags=("orders",))
async def get_timeline(call: Call[Services], query: PageQuery) -> Timeline:
    """Everything that happened to the order, by the time of each fact, the newest last.

    Scans, letters, decisions with who made them, money, returns, notes and replies, in one shape. A fact that becomes known late
    stands where it happened, so a page that was read before may have more entries later.

    Finance and the warehouse do not read what the customer and staff wrote.
    """
    page = await call.services.orders.timeline.page(await order_of(call), query.page())
    items = page.items
    if call.caller.role in (Role.FINANCE, Role.WAREHOUSE):
        items = [without_personal_texts(one) for one in items]
    return Timeline(items=tuple(items), next=page.next)


@endpoint(
    "GET", "/v1/orders/{order}/staff-page", roles=STAFF | {Role.FINANCE, Role.WAREHOUSE}, tags=("agents",)
)
async def get_staff_page(call: Call[Services]) -> StaffPage:
    """The order on one page, as the console shows it: four dates, what happened by lanes, what lies ahead, and the order."""
    return await call.services.staff_orders.pages.of(await order_of(call), call.caller.actor)


@endpoint("GET", "/v1/orders/{order}/life.svg", roles=READERS, tags=("orders",), produces="image/svg+xml")
async def get_life_svg(call: Call[Services]) -> bytes:
    """The order's life as a picture, SVG: a column each for shop, carrier, smot and customer, time going down.

    What happened is solid, what is planned is hollow. It holds no personal data, and nothing that people wrote.
    """
    life = await life_of_order(call.services.orders.timeline, await order_of(call))
    return draw_life(life).encode()


@endpoint("GET", "/v1/orders/{order}/parcels/{parcel}/scans", roles=READERS, tags=("orders",))
async def list_scans(call: Call[Services]) -> ScanList:
    """The carrier's scans of a parcel, oldest first; `parcel` as in the order's `parcels`.

    Where `precision` is not `instant` the instant is unknown: show `local`, a wall time at `location` or a bare day.
    """
    snapshot = await call.services.orders.reader.state(await order_of(call))
    parcel = snapshot.state.parcel(call.path["parcel"])
    if parcel is None:
        raise Problem("not_found")
    return ScanList(items=tuple(scan_view(scan) for scan in parcel.scans))


@endpoint("GET", "/v1/orders/{order}/explain", roles=READERS, tags=("orders",))
async def explain_order(call: Call[Services], query: WhatIfQuery) -> Explanation:
    """Why the order stands as it does, and what happens next by itself.

    With `policy` it says what could come back under that version of the policy; nothing changes by it.
    """
    order = await order_of(call)
    terms = await call.services.returns.explainer.terms_of(order, query.policy)
    if terms is None:
        raise Problem("not_found", "The merchant's policy has no such version.")
    return await call.services.orders.history.explain(order, terms)


@endpoint("GET", "/v1/returns/{return}/explain", roles=READERS, tags=("returns",))
async def explain_return(call: Call[Services], query: WhatIfQuery) -> ReturnExplanation:
    """Why the return was decided as it was: each unit with every reason, its facts, and the rule and version of the policy.

    With `policy` the rules decide it again under that version, with the order as it was when the return was opened; nothing
    changes by it.
    """
    found = await call.services.returns.explainer.explain(await return_of(call), query.policy)
    if found is None:
        raise Problem("not_found", "The merchant's policy has no such version.")
    return found


@endpoint("GET", "/v1/orders/{order}/notices", roles=STAFF | {Role.STOREFRONT}, tags=("orders",))
async def list_notices(call: Call[Services]) -> NoticeList:
    """The order's notices: sent, waiting to be sent, or dropped because they were no longer true.

    `reason` has every reason why a notice is held, was not sent, or waits for its next attempt, separated by commas:
    `quiet_hours`, `throttled`, `frequency_cap`, `digest` and `after_explanation` (of the notice that says why) hold it until
    `held_until`; `muted` is the customer's choice; `undeliverable` bounced by every channel. `status` is `bounced` or
    `complained` where a mail server reported it after the letter had left. Notices with the same `message` left in one message.
    """
    order = await order_of(call)
    with_text = call.caller.role in STAFF
    return NoticeList(items=tuple(await call.services.orders.history.notices(order, with_text=with_text)))
