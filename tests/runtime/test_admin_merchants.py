"""What the command line refuses before it asks the API."""

import pytest

from runtime.admin.merchants import AdminApi, NoSimulator, set_carrier_account
from runtime.config.settings import Settings


async def test_a_sandbox_key_never_goes_to_the_real_service_because_no_simulator_is_set() -> None:
    nobody = AdminApi(Settings(), "http://127.0.0.1:9", "key")  # a request would fail in another way
    with pytest.raises(NoSimulator, match="SMOT_SIMULATOR"):
        await set_carrier_account(nobody, "acme", {"source": "easypost", "key": "k", "base": "simulator"})
