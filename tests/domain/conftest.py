import os

import pytest
from hypothesis import HealthCheck, settings

from tests.builders import a_state
from tests.domain.state_driver import StateDriver

settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("ci"), derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def journey() -> StateDriver:
    """Two mugs and a lamp for 68.00, placed on Monday 2 March 2026 in London, promised for Friday 6 March."""
    return StateDriver(a_state())


@pytest.fixture
def delivered(journey: StateDriver) -> StateDriver:
    """Everything arrived two days after the order."""
    journey.advance(days=2).deliver()
    return journey


@pytest.fixture
def opened(delivered: StateDriver) -> str:
    """Both mugs, with a code valid for fourteen days."""
    return delivered.open({"1": 2}).subject
