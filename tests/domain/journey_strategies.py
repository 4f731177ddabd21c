"""What the journey machine draws: spans of time, lines, actors, policies, and an order whose prices do not divide."""

from typing import Any

import hypothesis.strategies as st

from domain.actors import Actor, Role
from domain.model.delay_terms import DelayTerms
from domain.model.order import OrderLine, Tender
from domain.model.terms import CreditTerms, Policy
from tests.builders import an_order, gbp

SPANS = st.sampled_from([1, 7, 26, 24 * 4, 24 * 9, 24 * 16, 24 * 45])


HOURS = st.sampled_from([-24 * 30, -24 * 3, -26, -1, 0, 0, 0, 5])


LINES = st.dictionaries(st.sampled_from(["1", "2", "3"]), st.integers(1, 3), min_size=1)


ROLES = st.sampled_from([*Role, Role.AGENT, *[Role.SENIOR_AGENT] * 6]).map(
    lambda role: Actor(role=role, name="x")
)


POLICIES = st.builds(
    Policy,
    pay_on=st.sampled_from(["drop_off", "receipt"]),
    review_above=st.sampled_from([None, {"GBP": 0}, {"GBP": 3000}]),
    review_default=st.sampled_from(["approve", "refuse"]),
    delays=st.builds(
        DelayTerms, slip=st.sampled_from([0, 24]), lead_time_trials=st.sampled_from([(), (24, 168)])
    ),
    credit=st.builds(
        CreditTerms,
        bonus=st.sampled_from([0, 999, 1000]),
        cap=st.sampled_from([0, 100, 9999]).map(lambda cap: {"GBP": cap}),
    ),
)


def an_uneven_order() -> Any:
    """Prices that do not divide: three socks for 10.00, two lamps less 0.01, a free sample; three tenders."""
    return an_order(
        lines=(
            OrderLine(
                line_id="1", sku="SOCK", title="Sock", quantity=3, unit_price=gbp(334), discount=gbp(2)
            ),
            OrderLine(
                line_id="2", sku="LAMP", title="Lamp", quantity=2, unit_price=gbp(4500), discount=gbp(1)
            ),
            OrderLine(line_id="3", sku="GIFT", title="Sample", quantity=1, unit_price=gbp(0)),
        ),
        shipping=gbp(399),
        tenders=(
            Tender(tender_id="card", kind="card", amount=gbp(7000), payment="pay_1", provider="sandbox"),
            Tender(tender_id="credit", kind="store_credit", amount=gbp(777)),
            Tender(tender_id="gift", kind="gift_card", amount=gbp(2621)),
        ),
    )
