"""What `verify` expects in the outbox is what the journey writes: one letter less is missed, none that was never due."""

from domain.orders.cancellation import cancel_rest
from runtime.verify.missing_rows import expected_notices
from tests.builders import a_state
from tests.domain.state_driver import StateDriver
from tests.domain.test_exchange_money import refuse
from tests.domain.test_exchange_stops import leaving


def test_goods_of_an_exchange_that_the_shop_does_not_send_have_no_letter_about_a_rest() -> None:
    driver = leaving()
    refuse(driver, driver.state.returns[0])
    assert driver.state.rest_cancelled_at is not None
    assert {*expected_notices(driver.state)} <= {notice.key for notice in driver.sent}


def test_units_that_were_cancelled_before_they_left_have_one() -> None:
    driver = StateDriver(a_state())
    driver.ship({"1": 1})
    cancel_rest(driver.state, driver.now)
    [due] = [key for key in expected_notices(driver.state) if "rest_cancelled" in key]
    assert due in {notice.key for notice in driver.state.pending_notices}
