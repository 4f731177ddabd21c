"""Five at once about one payment at a real provider's stand-in: nothing is paid twice, and never more than was captured."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.payments.cases import Case
from tests.chaos.payments.races import race
from tests.chaos.payments.stripe_stand_in import StripeInProgramme
from tests.scenarios.admins import as_platform
from tests.scenarios.shop import Shop


@pytest_asyncio.fixture(loop_scope="session")
async def stripe(tmp_path: Path) -> AsyncIterator[StripeInProgramme]:
    stand_in = StripeInProgramme()
    await stand_in.open(tmp_path)
    yield stand_in
    await stand_in.close()


@pytest.mark.scenario("S-73")
async def test_five_who_want_the_same_payment_at_once_get_it_back_once_at_most(
    shop: Shop, stripe: StripeInProgramme
) -> None:
    account = await stripe.connect(shop, "GBP", "after_answer")
    for seed in range(3):
        case = Case("race", "full", seed, stripe, account)
        await race(case, 5)
        assert case.broken == ""
    # The comparison of this deployment must not wait for a provider that has gone.
    await as_platform(shop, "DELETE", f"/v1/merchants/{shop.name}/payments/stripe")
