"""Five at once about one order's money at each provider's stand-in: nothing is paid twice, and never more than was captured.

`RACE_CLIENTS=50 RACE_SEEDS=10` has more at once, and more often.
"""

import os
from pathlib import Path

import pytest

from tests.chaos.payments.books import PROVIDERS, Provider
from tests.chaos.payments.races import race, race_of
from tests.chaos.payments.run import STAND_INS
from tests.scenarios.admins import as_platform
from tests.scenarios.shop import Shop

CLIENTS = int(os.environ.get("RACE_CLIENTS", "5"))
SEEDS = int(os.environ.get("RACE_SEEDS", "2"))


@pytest.mark.scenario("S-73")
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_who_want_the_same_money_at_once_get_it_back_once_at_most(
    shop: Shop, provider: Provider, tmp_path: Path
) -> None:
    stand_in = STAND_INS[provider]()
    await stand_in.open(tmp_path)
    try:
        account = await stand_in.connect(shop, "GBP", "after_answer")
        for seed in range(SEEDS):
            case = race_of(CLIENTS, seed, stand_in, account)
            await race(case, CLIENTS)
            assert case.broken == ""
        # The comparison of this deployment must not wait for a provider that has gone.
        await as_platform(shop, "DELETE", f"/v1/merchants/{shop.name}/payments/{provider}")
    finally:
        await stand_in.close()
