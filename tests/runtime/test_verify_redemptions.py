"""`verify` checks spent store credit: a sound redemption breaks nothing, each corrupted fact of one is named (I5)."""

# ruff: noqa: F401, F811 - fixtures are imported under the names they are asked for by

import pytest

from domain.actors import Actor, Role
from store.ledger.redemptions import Redemption, redeem
from tests.builders import gbp
from tests.runtime.test_verify import deployment, sound
from tests.runtime.verified_deployment import VerifiedDeployment
from tests.runtime.verify_corruptions import CREDIT, GIFT

SHOP = Actor(role=Role.STOREFRONT, name="k1")
ENTRY = "(SELECT id FROM ledger_entries WHERE kind = 'redeem')"


async def redeemed(deployment: VerifiedDeployment) -> str:
    """The account of the customer who spent 500 of their 2320."""
    state = await deployment.state()
    customer, now = state.order.customer.customer, state.clock
    assert now is not None
    redemption = Redemption(merchant="acme", customer=customer, reference="cart-1", amount=gbp(500))
    async with deployment.database.write() as session:
        done = await redeem(session, redemption, SHOP, now)
    assert (done.outcome, done.remaining) == ("new", gbp(1820))
    assert (await deployment.verify()).broken == ()
    return f"customer {customer} of acme"


@pytest.mark.databases_in_turn  # each report asks all queries of the database it is on
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "UPDATE credit_lots SET remaining = granted",
            "{who} has 1820 minor units GBP of credit but lots of 2320",
        ),
        ("UPDATE credit_lots SET remaining = 0", "{who} has 1820 minor units GBP of credit but lots of 0"),
        (
            f"DELETE FROM ledger_postings WHERE entry = {ENTRY}",
            "{who} has 2320 minor units GBP of credit but lots of 1820",
        ),
        (
            f"UPDATE ledger_postings SET account = 'redeemed/cart-1' WHERE minor > 0 AND entry = {ENTRY}",
            "{who} has 2320 minor units GBP of credit but lots of 1820",
        ),
        (
            f"UPDATE ledger_postings SET minor = -499 WHERE minor < 0 AND entry = {ENTRY}",
            "entry redeem/cart-1 is out of balance by 1 minor units GBP",
        ),
        (
            "UPDATE credit_lots SET granted = 400 WHERE remaining = 620",
            f"credit {GIFT} of acme has 620 minor units GBP left of 400",
        ),
    ],
)
async def test_verify_names_what_does_not_fit_a_redemption(
    deployment: VerifiedDeployment, change: str, says: str
) -> None:
    who = await redeemed(deployment)
    await deployment.sql(change)
    messages = [broken.message for broken in (await deployment.verify()).broken if broken.invariant == "I5"]
    assert says.format(who=who) + ("" if says.endswith("GBP") else " minor units GBP") in messages, messages


async def test_credit_that_was_spent_twice_is_named_also_where_other_credit_hides_it(
    deployment: VerifiedDeployment,
) -> None:
    await redeemed(deployment)
    await deployment.sql(
        "UPDATE credit_lots SET remaining = CASE granted WHEN 1000 THEN -100 WHEN 1200 THEN 1920 ELSE 0 END"
    )
    messages = [broken.message for broken in (await deployment.verify()).broken if broken.invariant == "I5"]
    assert sorted(messages) == [
        f"credit {GIFT} of acme has -100 minor units GBP left of 1000 minor units GBP",
        f"credit {CREDIT} of acme has 1920 minor units GBP left of 1200 minor units GBP",
    ]


async def test_money_of_the_customers_own_that_expires_is_named(deployment: VerifiedDeployment) -> None:
    await redeemed(deployment)
    await deployment.sql(
        "DELETE FROM credit_lots WHERE granted = 1200"
    )  # else two parts of one leg were equal
    await deployment.sql(
        f"UPDATE credit_lots SET part = 'principal' WHERE granted = 120 AND leg = '{CREDIT}'"
    )
    messages = [broken.message for broken in (await deployment.verify()).broken if broken.invariant == "I5"]
    says = f"credit {CREDIT} of acme is principal and expires at "
    assert any(message.startswith(says) for message in messages), messages
